//! The functions that the exercises ask for.

use ndarray::Array2;
use nn_core::Activation;
use nn_core::textbook::{self, LayerParams};

/// `log_softmax` of the textbook, or an answer.
pub type LogSoftmax = fn(&Array2<f64>) -> Array2<f64>;
/// `cross_entropy` of the textbook, or an answer.
pub type CrossEntropy = fn(&Array2<f64>, &[u8]) -> (f64, Array2<f64>);
/// `pre_activations` of the textbook, or an answer.
pub type PreActivations = fn(&Array2<f64>, &LayerParams) -> Array2<f64>;
/// `activate` or `derivative` of the textbook, or an answer.
pub type Activate = fn(Activation, &Array2<f64>) -> Array2<f64>;
/// `forward` of the textbook, or an answer.
pub type Forward =
    fn(&[LayerParams], Activation, &Array2<f64>) -> (Vec<Array2<f64>>, Vec<Array2<f64>>);
/// `delta_below` of the textbook, or an answer.
pub type DeltaBelow = fn(&Array2<f64>, &Array2<f64>, Activation, &Array2<f64>) -> Array2<f64>;
/// `layer_gradient` of the textbook, or an answer.
pub type LayerGradient = fn(&Array2<f64>, &Array2<f64>) -> LayerParams;
/// `loss_and_grad` of the textbook, or an answer.
pub type LossAndGrad =
    fn(&[LayerParams], Activation, &Array2<f64>, &[u8]) -> (f64, Vec<LayerParams>);
/// `numerical_gradient` of the textbook, or an answer.
pub type NumericalGradient = fn(&dyn Fn(&[f64]) -> f64, &[f64], f64) -> Vec<f64>;
/// `sgd_step` of the textbook, or an answer.
pub type SgdStep = fn(&mut LayerParams, &mut LayerParams, &LayerParams, f64, f64);
/// `penalty` of the textbook, or an answer.
pub type Penalty = fn(&Array2<f64>, f64, f64) -> f64;
/// `penalty_gradient` of the textbook, or an answer.
pub type PenaltyGradient = fn(&Array2<f64>, f64, f64) -> Array2<f64>;
/// `early_stopping` of the textbook, or an answer.
pub type EarlyStopping = fn(&[f64], usize) -> (usize, usize);

/// A table of the textbook's functions, of which any can be replaced: by an answer, or by a mistake.
#[derive(Clone, Copy)]
#[expect(
    missing_docs,
    reason = "the fields have the names of the textbook's functions"
)]
pub struct Functions {
    pub log_softmax: LogSoftmax,
    pub cross_entropy: CrossEntropy,
    pub pre_activations: PreActivations,
    pub activate: Activate,
    pub forward: Forward,
    pub derivative: Activate,
    pub delta_below: DeltaBelow,
    pub layer_gradient: LayerGradient,
    /// `None` is backpropagation by the other functions of the table, so that a mistake in one of them has its effect.
    pub loss_and_grad: Option<LossAndGrad>,
    pub numerical_gradient: NumericalGradient,
    pub sgd_step: SgdStep,
    pub penalty: Penalty,
    pub penalty_gradient: PenaltyGradient,
    pub early_stopping: EarlyStopping,
    /// Whether dW is made of the pre-activations below instead of the outputs below: a mistake of the whole pass.
    pub(crate) inputs_not_activated: bool,
}

impl Functions {
    /// The functions of [`nn_core::textbook`].
    pub const TEXTBOOK: Self = Self {
        log_softmax: textbook::log_softmax,
        cross_entropy: textbook::cross_entropy,
        pre_activations: textbook::pre_activations,
        activate: textbook::activate,
        forward: textbook::forward,
        derivative: textbook::derivative,
        delta_below: textbook::delta_below,
        layer_gradient: textbook::layer_gradient,
        loss_and_grad: None,
        numerical_gradient: textbook::numerical_gradient,
        sgd_step: textbook::sgd_step,
        penalty: textbook::penalty,
        penalty_gradient: textbook::penalty_gradient,
        early_stopping: textbook::early_stopping,
        inputs_not_activated: false,
    };

    /// The loss and the gradient of every layer.
    pub fn loss_and_grad(
        &self,
        layers: &[LayerParams],
        f: Activation,
        x: &Array2<f64>,
        labels: &[u8],
    ) -> (f64, Vec<LayerParams>) {
        if let Some(loss_and_grad) = self.loss_and_grad {
            return loss_and_grad(layers, f, x, labels);
        }
        let (a, z) = (self.forward)(layers, f, x);
        let (loss, mut delta) = (self.cross_entropy)(&z[layers.len() - 1], labels);
        let mut d_layers = Vec::new();
        for l in (0..layers.len()).rev() {
            let use_z = self.inputs_not_activated && l > 0;
            let inputs = if use_z { &z[l - 1] } else { &a[l] };
            d_layers.push((self.layer_gradient)(inputs, &delta));
            if l > 0 {
                delta = (self.delta_below)(&delta, &layers[l].w, f, &z[l - 1]);
            }
        }
        d_layers.reverse();
        (loss, d_layers)
    }
}
