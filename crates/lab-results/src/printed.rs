//! What the paper printed of an experiment.

use serde::{Deserialize, Serialize};

/// Numbers that the paper printed; each may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Printed {
    /// "The training early stopped at epoch …".
    pub stop_epoch: Option<u32>,
    /// A fraction.
    pub test_accuracy: Option<f64>,
    /// Mean cross-entropy, in nats.
    pub test_loss: Option<f64>,
}
