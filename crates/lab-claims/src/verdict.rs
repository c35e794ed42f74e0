//! What runs may say of a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What runs say of a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Reproduced,
    /// It does not.
    NotReproduced,
    /// A difference is claimed, and it is as good as none.
    Equivalent,
    /// More seeds are needed.
    #[default]
    Undecided,
    /// The paper's own numbers say otherwise.
    Contradicted,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
            Self::Contradicted => "contradicted by the paper's own numbers",
        })
    }
}
