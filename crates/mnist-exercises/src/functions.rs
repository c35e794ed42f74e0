//! The functions that the exercises ask for.

use ndarray::Array2;
use nn_core::Activation;
use nn_core::textbook::{self, LayerParams};

type Matrix = Array2<f64>;

macro_rules! functions {
    ($($name:ident: $Type:ident = $signature:ty;)*) => {
        $(#[doc = concat!("[`textbook::", stringify!($name), "`], or an answer.")] pub type $Type = $signature;)*

        /// A table of the textbook's functions, of which any can be replaced: by an answer, or by a mistake.
        #[derive(Clone, Copy)]
        pub struct Functions {
            $(#[doc = concat!("[`textbook::", stringify!($name), "`], or another function.")] pub $name: $Type,)*
            /// `None` is backpropagation by the other functions of the table, so that a mistake in one of them has its
            /// effect.
            pub loss_and_grad: Option<LossAndGrad>,
        }

        impl Functions {
            /// The functions of [`nn_core::textbook`].
            pub const TEXTBOOK: Self = Self { $($name: textbook::$name,)* loss_and_grad: None };
        }
    };
}

functions! {
    log_softmax: LogSoftmax = fn(&Matrix) -> Matrix;
    cross_entropy: CrossEntropy = fn(&Matrix, &[u8]) -> (f64, Matrix);
    pre_activations: PreActivations = fn(&Matrix, &LayerParams) -> Matrix;
    activate: Activate = fn(Activation, &Matrix) -> Matrix;
    forward: Forward = fn(&[LayerParams], Activation, &Matrix) -> (Vec<Matrix>, Vec<Matrix>);
    derivative: Derivative = fn(Activation, &Matrix) -> Matrix;
    delta_below: DeltaBelow = fn(&Matrix, &Matrix, Activation, &Matrix) -> Matrix;
    layer_gradient: LayerGradient = fn(&Matrix, &Matrix) -> LayerParams;
    numerical_gradient: NumericalGradient = fn(&dyn Fn(&[f64]) -> f64, &[f64], f64) -> Vec<f64>;
    sgd_step: SgdStep = fn(&mut LayerParams, &mut LayerParams, &LayerParams, f64, f64);
    penalty: Penalty = fn(&Matrix, f64, f64) -> f64;
    penalty_gradient: PenaltyGradient = fn(&Matrix, f64, f64) -> Matrix;
    early_stopping: EarlyStopping = fn(&[f64], usize) -> (usize, usize);
}

/// [`textbook::loss_and_grad`], or an answer.
pub type LossAndGrad = fn(&[LayerParams], Activation, &Matrix, &[u8]) -> (f64, Vec<LayerParams>);

impl Functions {
    /// The loss and the gradient of every layer.
    pub fn loss_and_grad(
        &self,
        layers: &[LayerParams],
        f: Activation,
        x: &Matrix,
        labels: &[u8],
    ) -> (f64, Vec<LayerParams>) {
        if let Some(loss_and_grad) = self.loss_and_grad {
            return loss_and_grad(layers, f, x, labels);
        }
        let (a, z) = (self.forward)(layers, f, x);
        let (loss, mut delta) = (self.cross_entropy)(&z[layers.len() - 1], labels);
        let mut d_layers = Vec::new();
        for l in (0..layers.len()).rev() {
            d_layers.push((self.layer_gradient)(&a[l], &delta));
            if l > 0 {
                delta = (self.delta_below)(&delta, &layers[l].w, f, &z[l - 1]);
            }
        }
        d_layers.reverse();
        (loss, d_layers)
    }
}
