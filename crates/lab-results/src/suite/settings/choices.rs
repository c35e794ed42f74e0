//! The choices among names that only suites know.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};
use serde::{Deserialize, Serialize};

use crate::quote::quoted;

/// Defines an enum whose variants have names in suite files.
macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $type:ident { $($(#[doc = $of:literal])+ $variant:ident = $name:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $type {
            $($(#[doc = $of])+ #[serde(rename = $name)] $variant,)+
        }

        impl Default for $type {
            /// The first.
            fn default() -> Self {
                [$(Self::$variant),+][0]
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $name,)+ })
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => bail!("unknown name {}; expected {}", quoted(name), [$($name),+].join(" or ")),
                }
            }
        }
    )+};
}

choices! {
    /// The sign of the penalties in the loss.
    PenaltySign {
        /// As in equations 6 and 7: large weights cost.
        Plus = "plus",
        /// Reversed: large weights lower the loss. Equation 4 is a negative gradient; a program that follows it and
        /// adds λw to it has this sign.
        Minus = "minus",
    }
    /// The loss that early stopping watches on the validation set.
    StoppingLoss {
        /// The cross-entropy alone.
        Data = "data",
        /// The cross-entropy and the penalties with their λ as given, whatever the penalties' sign and scale in the
        /// gradient.
        Objective = "objective",
    }
    /// The weights of a run that are tested and kept.
    Weights {
        /// The weights with the lowest validation loss.
        Best = "best",
        /// The weights after the last epoch.
        Last = "last",
    }
    /// The choice of the validation examples.
    SplitOrder {
        /// Examples that are drawn with the run's seed.
        Random = "random",
        /// The last examples.
        Sequential = "sequential",
    }
    /// The type of all numbers in a run.
    Precision {
        /// Single precision.
        F32 = "f32",
        /// Double precision.
        F64 = "f64",
    }
}
