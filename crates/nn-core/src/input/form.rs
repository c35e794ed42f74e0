//! The choice between dense and sparse batches.

use std::fmt;
use std::str::FromStr;

/// The form in which the first layer reads its input. Both forms give the same results up to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InputForm {
    /// The faster form: sparse if fewer than half of the numbers are not 0.
    #[default]
    Auto,
    /// A matrix with all numbers.
    Dense,
    /// Only the numbers that are not 0, with a correction for the normalisation.
    Sparse,
}

impl InputForm {
    /// Every form, in the order of messages.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Dense, Self::Sparse];

    /// The name that [`FromStr`] reads: `auto`, `dense` or `sparse`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dense => "dense",
            Self::Sparse => "sparse",
        }
    }
}

impl fmt::Display for InputForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a name that is not an input form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown input form `{0}`; expected auto, dense or sparse")]
pub struct UnknownInputForm(String);

impl FromStr for InputForm {
    type Err = UnknownInputForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|form| form.name() == name)
            .ok_or_else(|| UnknownInputForm(name.to_owned()))
    }
}
