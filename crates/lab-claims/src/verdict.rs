//! The verdicts on a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The verdict of runs on a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The runs agree with the claim.
    Reproduced,
    /// The paper claims a difference, and the runs show only that it is negligible.
    Equivalent,
    /// The runs disagree with the printed numbers, and are better.
    Better,
    /// The runs disagree with the claim.
    NotReproduced,
    /// The runs show neither agreement nor disagreement.
    #[default]
    Undecided,
    /// The numbers that the paper printed disagree with the claim.
    Contradicted,
}

impl Verdict {
    /// All verdicts, in the order in which they are counted.
    pub const ALL: [Self; 6] = [
        Self::Reproduced,
        Self::Equivalent,
        Self::Better,
        Self::NotReproduced,
        Self::Undecided,
        Self::Contradicted,
    ];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reproduced => "reproduced",
            Self::Equivalent => "equivalent",
            Self::Better => "differs: ours is better",
            Self::NotReproduced => "not reproduced",
            Self::Undecided => "undecided",
            Self::Contradicted => "contradicted by the paper's own numbers",
        })
    }
}
