//! The tests of statements.

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
pub(crate) enum Test {
    /// One experiment has more of a quantity than each of some others, or less.
    Compare {
        /// The experiment's id.
        experiment: String,
        /// The claimed side.
        has: Direction,
        /// The quantity that is compared.
        quantity: Quantity,
        /// The ids of the others.
        than: Vec<String>,
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
    /// An experiment has at most this much of a quantity.
    Level {
        /// The experiment's id.
        experiment: String,
        /// The quantity.
        quantity: Quantity,
        /// The limit.
        at_most: f64,
    },
    /// The numbers that the paper printed of some experiments are, on average, like ours.
    Pooled {
        /// The experiments' ids.
        experiments: Vec<String>,
        /// The printed quantity.
        quantity: Quantity,
    },
    /// All differences in the paper's table of gradients are at most this.
    GradientsWithin(f64),
    /// The differences between gradients fall with this power of ε, give or take a fifth.
    GradientsFallBy(f64),
}

impl Test {
    /// Checks that the limit is a finite number above 0, and that there are experiments to compare with.
    pub(crate) fn check(&self) -> Result<()> {
        let limit = match self {
            Self::Compare { by_at_most, .. } => *by_at_most,
            Self::Alike { margin, .. } => Some(*margin),
            Self::Level { at_most, .. } => Some(*at_most),
            Self::Pooled { .. } => None,
            Self::GradientsWithin(limit) | Self::GradientsFallBy(limit) => Some(*limit),
        };
        if let Some(found) = limit.filter(|limit| !(limit.is_finite() && *limit > 0.0)) {
            bail!("the limit is {found}; expected a finite number above 0");
        }
        match self {
            Self::Compare { than: of, .. }
            | Self::Pooled {
                experiments: of, ..
            } if of.is_empty() => {
                bail!("expected at least one experiment, found none")
            }
            _ => Ok(()),
        }
    }
}

/// The claimed side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    /// Larger.
    More,
    /// Smaller.
    Less,
}
