//! Learning-rate schedules.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The factor of the learning rate in each epoch. The paper's learning rate is constant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// A factor of 1, as in algorithm 1.
    #[default]
    Constant,
    /// A multiplication by `factor` after every `every` epochs.
    Step {
        /// The number of epochs between two changes; at least 1.
        every: u32,
        /// The factor of each change; positive, usually 0.1.
        factor: f64,
    },
    /// Half a cosine, from 1 in the first epoch towards 0 after the last of the configuration's epochs
    /// (Loshchilov and Hutter 2017, without restarts).
    Cosine,
}

impl Schedule {
    /// The factor in epoch `epoch` of `epochs`, counted from 1.
    ///
    /// ```
    /// use nn_train::Schedule;
    ///
    /// let step = Schedule::Step { every: 2, factor: 0.1 };
    /// assert_eq!([1, 2, 3, 5].map(|epoch| step.factor(epoch, 9)), [1.0, 1.0, 0.1, 0.1 * 0.1]);
    /// assert_eq!([1, 3].map(|epoch| Schedule::Cosine.factor(epoch, 4)), [1.0, 0.5]);
    /// ```
    pub fn factor(self, epoch: u32, epochs: u32) -> f64 {
        let done = epoch.saturating_sub(1);
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => {
                (0..done / every.max(1)).fold(1.0, |product, _| product * factor)
            }
            Self::Cosine => {
                let share = f64::from(done) / f64::from(epochs);
                // The platform's cosine may differ from another's in the last digit.
                (1.0 + libm::cos(PI * share)) / 2.0
            }
        }
    }
}

/// The error for a name that is not a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown schedule `{0}`, expected constant, cosine or step(epochs,factor)")]
pub struct UnknownSchedule(String);

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.pad("constant"),
            Self::Step { every, factor } => f.pad(&format!("step({every},{factor})")),
            Self::Cosine => f.pad("cosine"),
        }
    }
}

impl FromStr for Schedule {
    type Err = UnknownSchedule;

    /// Reads what [`Display`](fmt::Display) writes.
    ///
    /// ```
    /// use nn_train::Schedule;
    ///
    /// assert_eq!("step(10,0.1)".parse(), Ok(Schedule::Step { every: 10, factor: 0.1 }));
    /// assert_eq!(Schedule::Cosine.to_string(), "cosine");
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let step = || {
            let numbers = text.strip_prefix("step(")?.strip_suffix(')')?;
            let (every, factor) = numbers.split_once(',')?;
            let every = every.trim().parse().ok().filter(|every| *every > 0)?;
            let factor = factor.trim().parse().ok();
            let factor = factor.filter(|factor: &f64| *factor > 0.0 && factor.is_finite())?;
            Some(Self::Step { every, factor })
        };
        match text {
            "constant" => Ok(Self::Constant),
            "cosine" => Ok(Self::Cosine),
            _ => step().ok_or_else(|| UnknownSchedule(text.to_owned())),
        }
    }
}
