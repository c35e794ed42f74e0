//! Claims of a paper in words, as a suite's file lists them.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::stats::Quantity;

/// A claim in words, from the suite's file. The printed numbers are claims as well, without being listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claim {
    /// What the paper says.
    pub text: String,
    /// Where.
    pub section: String,
    /// What it comes to.
    pub test: Test,
}

/// A statement about runs that can be tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Test {
    /// One experiment has more of a quantity than another, or less.
    Compare {
        /// Its id.
        experiment: String,
        /// More, or less.
        has: Direction,
        /// The quantity that is compared.
        quantity: Quantity,
        /// The other's id.
        than: String,
        /// How much is a little, if that is the claim; of epochs, a factor.
        by_at_most: Option<f64>,
    },
    /// Two experiments have about as much of a quantity.
    Alike {
        /// One's id.
        experiment: String,
        /// The other's id.
        and: String,
        /// The quantity that is compared.
        quantity: Quantity,
        /// How much is about as much; of epochs, a factor.
        margin: f64,
    },
    /// All differences of the paper's gradient table are at most this.
    GradientsWithin(f64),
}

impl Test {
    /// Checks that it is about experiments that there are, and that its limit is one.
    ///
    /// # Errors
    /// The id that there is not, or the limit.
    pub fn check(&self, is_known: impl Fn(&str) -> bool) -> Result<()> {
        let (ids, limit) = match self {
            Self::Compare {
                experiment,
                than,
                by_at_most,
                ..
            } => (vec![experiment, than], *by_at_most),
            Self::Alike {
                experiment,
                and,
                margin,
                ..
            } => (vec![experiment, and], Some(*margin)),
            Self::GradientsWithin(limit) => (Vec::new(), Some(*limit)),
        };
        if let Some(id) = ids.into_iter().find(|id| !is_known(id)) {
            bail!("there is no experiment `{id}`");
        }
        if let Some(found) = limit.filter(|limit| !(limit.is_finite() && *limit > 0.0)) {
            bail!("the limit is {found}; expected a finite number above 0");
        }
        Ok(())
    }
}

/// The claimed side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger.
    More,
    /// Smaller.
    Less,
}
