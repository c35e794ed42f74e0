//! The tests of statements: comparisons of two experiments, and a limit for gradients.

use anyhow::{Result, bail};
use lab_results::stats::Quantity;
use serde::Deserialize;

/// A statement in a form that runs can test.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Test {
    /// One experiment has more of a quantity than another, or less.
    Compare {
        /// The first experiment's id.
        experiment: String,
        /// The claimed side.
        has: Direction,
        /// The quantity that is compared.
        quantity: Quantity,
        /// The second experiment's id.
        than: String,
        /// The largest difference that counts as "a little", if the statement says so; for epochs, a factor.
        by_at_most: Option<f64>,
    },
    /// Two experiments have about as much of a quantity.
    Alike {
        /// The first experiment's id.
        experiment: String,
        /// The second experiment's id.
        and: String,
        /// The quantity that is compared.
        quantity: Quantity,
        /// The largest difference that counts as alike; for epochs, a factor.
        margin: f64,
    },
    /// All differences in the paper's table of gradients are at most this.
    GradientsWithin(f64),
}

impl Test {
    /// Checks the ids and the limit.
    ///
    /// # Errors
    /// An unknown experiment, or a limit that is not a finite number above 0.
    pub(crate) fn check(&self, is_known: impl Fn(&str) -> bool) -> Result<()> {
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
            bail!("unknown experiment `{id}`");
        }
        if let Some(found) = limit.filter(|limit| !(limit.is_finite() && *limit > 0.0)) {
            bail!("the limit is {found}; expected a finite number above 0");
        }
        Ok(())
    }
}

/// The claimed side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger.
    More,
    /// Smaller.
    Less,
}
