//! Early stopping by the validation loss.

use std::fmt;
use std::str::FromStr;

/// The rule of early stopping: the epochs that count as bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stopping {
    /// Epochs with a higher validation loss than the epoch before: "consecutive increase" (section 2.4).
    #[default]
    Consecutive,
    /// Epochs without a new lowest validation loss, as in most libraries.
    NoImprovement,
    /// No epochs, so all epochs run. The best weights are still those of the lowest validation loss. Only this rule needs
    /// no validation set.
    Never,
}

impl Stopping {
    /// Every rule, in the order of messages.
    pub const ALL: [Self; 3] = [Self::Consecutive, Self::NoImprovement, Self::Never];

    /// The number of epochs after which this rule ends a run with these validation losses; `None` if it does not. With
    /// this function, one long run shows where each rule would have ended it.
    ///
    /// ```
    /// use nn_train::Stopping;
    ///
    /// let losses = [3.0, 2.0, 2.5, 2.4, 2.3, 1.0];
    /// assert_eq!(Stopping::NoImprovement.stops_after(3, &losses), Some(5));
    /// assert_eq!(Stopping::Consecutive.stops_after(3, &losses), None);
    /// ```
    pub fn stops_after(self, patience: u32, losses: &[f64]) -> Option<usize> {
        let mut stopping = EarlyStopping::new(self, patience);
        let stop = losses.iter().position(|&loss| stopping.record(loss).stop)?;
        Some(stop + 1)
    }

    /// The name that [`FromStr`] reads: `consecutive`, `no-improvement` or `never`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consecutive => "consecutive",
            Self::NoImprovement => "no-improvement",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a name that is not a stopping rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown stopping rule `{0}`; expected consecutive, no-improvement or never")]
pub struct UnknownStopping(String);

impl FromStr for Stopping {
    type Err = UnknownStopping;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.name() == name)
            .ok_or_else(|| UnknownStopping(name.to_owned()))
    }
}

/// The count of bad epochs in a row (section 2.4).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EarlyStopping {
    rule: Stopping,
    patience: u32,
    previous: f64,
    lowest: f64,
    streak: u32,
}

/// The result of recording an epoch's validation loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the loss is the lowest so far.
    pub(crate) is_best: bool,
    /// Whether early stopping ends the run.
    pub(crate) stop: bool,
}

impl EarlyStopping {
    pub(crate) fn new(rule: Stopping, patience: u32) -> Self {
        Self {
            rule,
            patience,
            previous: f64::INFINITY,
            lowest: f64::INFINITY,
            streak: 0,
        }
    }

    /// Records the validation loss of the next epoch.
    pub(crate) fn record(&mut self, loss: f64) -> Outcome {
        let is_best = loss < self.lowest;
        let bad = match self.rule {
            Stopping::Consecutive => loss > self.previous,
            Stopping::NoImprovement => !is_best,
            Stopping::Never => false,
        };
        self.streak = if bad { self.streak + 1 } else { 0 };
        self.previous = loss;
        self.lowest = self.lowest.min(loss);
        Outcome {
            is_best,
            stop: self.exhausted(),
        }
    }

    /// Whether early stopping has ended the run.
    pub(crate) fn exhausted(&self) -> bool {
        self.streak >= self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epoch, from 1, at which these losses end a run, and the best epoch until then.
    fn run(rule: Stopping, patience: u32, losses: &[f64]) -> (Option<usize>, usize) {
        let mut stopping = EarlyStopping::new(rule, patience);
        let mut best = 0;
        for (i, &loss) in losses.iter().enumerate() {
            let outcome = stopping.record(loss);
            if outcome.is_best {
                best = i + 1;
            }
            if outcome.stop {
                return (Some(i + 1), best);
            }
        }
        (None, best)
    }

    #[test]
    fn consecutive_increases_stop() {
        let losses = [3.0, 2.0, 2.1, 2.2, 2.3, 1.0];
        assert_eq!(run(Stopping::Consecutive, 3, &losses), (Some(5), 2));
    }

    #[test]
    fn an_equal_or_lower_loss_begins_a_new_count() {
        let losses = [3.0, 2.0, 2.1, 2.2, 2.2, 2.3, 2.4, 2.35, 2.5];
        assert_eq!(run(Stopping::Consecutive, 3, &losses), (None, 2));
    }

    #[test]
    fn no_improvement_counts_what_is_not_best() {
        // Never three increases in a row, but three epochs without a new best.
        let losses = [3.0, 2.0, 2.5, 2.4, 2.3, 1.0];
        assert_eq!(run(Stopping::Consecutive, 3, &losses), (None, 6));
        assert_eq!(run(Stopping::NoImprovement, 3, &losses), (Some(5), 2));
    }

    #[test]
    fn the_rule_is_the_textbooks() {
        // Every run of six epochs with three different losses.
        for code in 0..3_usize.pow(6) {
            let losses: Vec<f64> = (0..6).map(|n| (code / 3_usize.pow(n) % 3) as f64).collect();
            for patience in 1..=4 {
                let (stop, best) = run(Stopping::Consecutive, patience, &losses);
                let expected = nn_core::textbook::early_stopping(&losses, patience as usize);
                assert_eq!((stop.unwrap_or(6), best), expected, "{losses:?}");
            }
        }
    }

    #[test]
    fn never_never_stops() {
        assert_eq!(run(Stopping::Never, 1, &[1.0, 2.0, 3.0, 4.0]), (None, 1));
    }

    #[test]
    fn the_first_of_equal_losses_is_best() {
        assert_eq!(run(Stopping::Consecutive, 3, &[1.0, 1.0, 1.0]), (None, 1));
    }
}
