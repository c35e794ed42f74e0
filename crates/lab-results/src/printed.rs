//! The numbers that the paper printed for an experiment.

use serde::{Deserialize, Serialize};

/// The numbers that the paper printed for an experiment; each may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Printed {
    /// The epoch in "The training early stopped at epoch …".
    pub stop_epoch: Option<u32>,
    /// The test accuracy, as a fraction.
    pub test_accuracy: Option<f64>,
    /// The mean cross-entropy on the test set, in nats.
    pub test_loss: Option<f64>,
}
