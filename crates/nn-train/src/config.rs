//! Hyperparameters, checked once.

use crate::early_stopping::Stopping;
use crate::penalty::Penalty;
use crate::schedule::Schedule;

/// The hyperparameters of a training run. [`check`](Self::check) turns them into the
/// [`ValidConfig`] that a [`Trainer`](crate::Trainer) takes.
///
/// ```
/// use nn_train::Config;
///
/// let config = Config { learning_rate: 0.1, momentum: 0.9, ..Config::default() };
/// assert!(config.check().is_ok());
///
/// let error = Config { momentum: 1.0, ..Config::default() }.check().unwrap_err();
/// assert_eq!(error.to_string(), "momentum is 1; expected a number from 0 to below 1");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The learning rate α of algorithm 1; positive.
    pub learning_rate: f64,
    /// The factor of the learning rate in each epoch; 1 in the paper.
    pub schedule: Schedule,
    /// The momentum γ of eq. 5, from 0 (plain SGD) to below 1. Another optimizer than [`Sgd`](crate::Sgd) does not use
    /// it, except with [`PenaltyPlace::DampedUpdate`](crate::PenaltyPlace::DampedUpdate).
    pub momentum: f64,
    /// The penalty on large weights (eq. 6 and 7).
    pub penalty: Penalty,
    /// The batch size B of algorithm 1, at least 1 and at most the size of the training set.
    pub batch_size: usize,
    /// The maximum number of epochs; at least 1.
    pub epochs: u32,
    /// The rule of early stopping.
    pub stopping: Stopping,
    /// The penalty in the loss that early stopping watches: validation loss plus this penalty of the weights after the
    /// epoch. None by default. It has no influence on a step, so its place is unused.
    pub stopping_penalty: Penalty,
    /// The number of bad epochs in a row that stop the run; at least 1. Unused with [`Stopping::Never`].
    pub patience: u32,
    /// Whether each epoch has a new random order of the examples, as in algorithm 1.
    pub shuffle: bool,
    /// The seed of the random orders.
    pub seed: u64,
}

impl Default for Config {
    /// The paper's common values (batches of 128, patience 3, at most 100 epochs), a learning rate of 0.1, and no
    /// momentum.
    fn default() -> Self {
        Self {
            learning_rate: 0.1,
            schedule: Schedule::Constant,
            momentum: 0.0,
            penalty: Penalty::default(),
            batch_size: 128,
            epochs: 100,
            stopping: Stopping::Consecutive,
            stopping_penalty: Penalty::default(),
            patience: 3,
            shuffle: true,
            seed: 0,
        }
    }
}

impl Config {
    /// Checks every value.
    ///
    /// # Errors
    /// The first invalid value; the error has its name.
    pub fn check(self) -> Result<ValidConfig, ConfigError> {
        let refuse = |name, found: f64, expected| {
            Err(ConfigError {
                name,
                found: found.to_string(),
                expected,
            })
        };
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return refuse("learning rate", self.learning_rate, "a positive number");
        }
        if let Schedule::Step { every, factor } = self.schedule {
            if every == 0 {
                return refuse("epochs of a learning rate's step", 0.0, "at least 1");
            }
            if !(factor > 0.0 && factor.is_finite()) {
                return refuse(
                    "factor of a learning rate's step",
                    factor,
                    "a positive number",
                );
            }
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return refuse("momentum", self.momentum, "a number from 0 to below 1");
        }
        for (name, found) in [
            ("l1", self.penalty.l1),
            ("l2", self.penalty.l2),
            ("l1 of early stopping", self.stopping_penalty.l1),
            ("l2 of early stopping", self.stopping_penalty.l2),
        ] {
            if !found.is_finite() {
                return refuse(name, found, "a finite number");
            }
        }
        if self.batch_size == 0 {
            return refuse("batch size", 0.0, "at least 1");
        }
        if self.epochs == 0 {
            return refuse("epochs", 0.0, "at least 1");
        }
        if self.patience == 0 {
            return refuse("patience", 0.0, "at least 1");
        }
        Ok(ValidConfig(self))
    }
}

/// A [`Config`] that passed [`Config::check`]. It cannot be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidConfig(Config);

impl std::ops::Deref for ValidConfig {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.0
    }
}

/// An invalid hyperparameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {found}; expected {expected}")]
pub struct ConfigError {
    /// The hyperparameter's name.
    pub name: &'static str,
    /// The value found.
    pub found: String,
    /// The values allowed.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_usable() {
        assert!(Config::default().check().is_ok());
    }

    #[test]
    fn every_unusable_value_is_refused_by_name() {
        type Spoil = fn(&mut Config);
        let cases: [(&str, &str, Spoil); 17] = [
            ("learning rate", "0", |c| c.learning_rate = 0.0),
            ("learning rate", "-1", |c| c.learning_rate = -1.0),
            ("learning rate", "NaN", |c| c.learning_rate = f64::NAN),
            ("learning rate", "inf", |c| c.learning_rate = f64::INFINITY),
            ("epochs of a learning rate's step", "0", |c| {
                c.schedule = Schedule::Step {
                    every: 0,
                    factor: 0.1,
                };
            }),
            ("factor of a learning rate's step", "0", |c| {
                c.schedule = Schedule::Step {
                    every: 1,
                    factor: 0.0,
                };
            }),
            ("momentum", "1", |c| c.momentum = 1.0),
            ("momentum", "-0.1", |c| c.momentum = -0.1),
            ("momentum", "NaN", |c| c.momentum = f64::NAN),
            ("momentum", "inf", |c| c.momentum = f64::INFINITY),
            ("l1", "NaN", |c| c.penalty.l1 = f64::NAN),
            ("l1", "inf", |c| c.penalty.l1 = f64::INFINITY),
            ("l2", "NaN", |c| c.penalty.l2 = f64::NAN),
            ("l2", "inf", |c| c.penalty.l2 = f64::INFINITY),
            ("batch size", "0", |c| c.batch_size = 0),
            ("epochs", "0", |c| c.epochs = 0),
            ("patience", "0", |c| c.patience = 0),
        ];
        for (name, found, spoil) in cases {
            let mut config = Config::default();
            spoil(&mut config);
            let error = config.check().unwrap_err();
            assert_eq!((error.name, error.found.as_str()), (name, found));
        }
    }
}
