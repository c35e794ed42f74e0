//! The backward pass: backpropagation, written by hand.
//!
//! With δ_l = dE/dZ_l, the derivative with respect to layer l's weighted input Z_l = A_{l−1}·W_l + b_l,
//! and E the mean over the batch:
//!
//! 1. at the output, softmax and cross-entropy together give δ = (y − t) / B (eq. 4);
//! 2. dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, since Z_l is linear in both;
//! 3. one layer down, δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}): back through the weights, then through the
//!    activation;
//!
//! and so on down to the first layer, whose A₀ is the input X.

use pulp::{Arch, Simd, WithSimd};

use crate::activation::Activation;
use crate::error::Error;
use crate::input::Input;
use crate::loss::cross_entropy;
use crate::mlp::Mlp;
use crate::params::{Grads, Params};
use crate::product::{Matrix, product};
use crate::scalar::Scalar;
use crate::workspace::Workspace;

impl Mlp {
    /// The batch's mean cross-entropy (eq. 3, in nats), and its derivative with respect to every
    /// weight and bias in `grads`, which is overwritten.
    ///
    /// Loss and gradient come from one forward pass, so they cannot disagree.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Grads, Mlp, Params, Workspace};
    ///
    /// // Softmax regression from zero weights: y = 1/2 each, so E = ln 2 and dW = x (y − t).
    /// let network = Mlp::new(&[3, 2], Activation::Tanh)?;
    /// let params = Params::<f64>::zeros(&network);
    /// let mut grads = Grads::zeros(&network);
    /// let x = array![[1.0, 2.0, 3.0]];
    /// let loss = network.loss_and_grad(&params, &x, &[1], &mut Workspace::new(), &mut grads)?;
    /// assert!((loss - 2f64.ln()).abs() < 1e-15);
    /// assert_eq!(grads.weight(0), array![[0.5, -0.5], [1.0, -1.0], [1.5, -1.5]]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Parameters or gradients of another network, a batch that is empty or has another number of
    /// features, labels that are too few, too many or of no class.
    pub fn loss_and_grad<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &mut Workspace<F>,
        grads: &mut Grads<F>,
    ) -> Result<F, Error> {
        self.expect_input(params, x)?;
        self.expect_labels(x.rows(), y)?;
        grads.expect_network(self)?;
        if y.is_empty() {
            return Err(Error::EmptyBatch);
        }
        workspace.reserve(self, y.len(), true);
        self.propagate(params, x, workspace);
        let loss = self.output_delta(y, workspace);
        self.hidden_deltas(params, y.len(), workspace);
        self.gradients(x, workspace, grads);
        Ok(loss)
    }

    /// Step 1: the loss, and δ of the output layer.
    fn output_delta<F: Scalar>(&self, y: &[u8], workspace: &mut Workspace<F>) -> F {
        let last = self.depth() - 1;
        let classes = self.classes();
        let count = F::of(y.len() as f64);
        let losses = &mut workspace.losses[..y.len()];
        cross_entropy(
            &workspace.outputs[last][..y.len() * classes],
            y,
            classes,
            losses,
            &mut workspace.deltas[last][..y.len() * classes],
            Some(count.recip()),
        );
        losses.iter().fold(F::zero(), |sum, &loss| sum + loss) / count
    }

    /// Step 3: δ of every hidden layer, the last one first.
    fn hidden_deltas<F: Scalar>(
        &self,
        params: &Params<F>,
        examples: usize,
        workspace: &mut Workspace<F>,
    ) {
        for index in (1..self.depth()).rev() {
            let layer = self.layer(index);
            let (below, from_here) = workspace.deltas.split_at_mut(index);
            let d_above = &from_here[0][..examples * layer.fan_out];
            let d_below = &mut below[index - 1][..examples * layer.fan_in];
            product(
                Matrix::new(d_above, examples, layer.fan_out),
                Matrix::new(params.weight_slice(index), layer.fan_in, layer.fan_out).t(),
                d_below,
                &mut workspace.scratch.panel,
            );
            Arch::new().dispatch(Chain {
                activation: self.activation(),
                gradient: d_below,
                output: &workspace.outputs[index - 1][..examples * layer.fan_in],
            });
        }
    }

    /// Step 2: dW and db of every layer.
    fn gradients<F: Scalar>(
        &self,
        x: &impl Input<F>,
        workspace: &mut Workspace<F>,
        grads: &mut Grads<F>,
    ) {
        let examples = x.rows();
        for (index, layer) in self.layers().enumerate() {
            let delta = &workspace.deltas[index][..examples * layer.fan_out];
            let (d_weights, d_biases) = grads.layer_mut(index);
            if index == 0 {
                let features = 0..layer.fan_in;
                x.tr_mul(
                    features,
                    delta,
                    layer.fan_out,
                    d_weights,
                    &mut workspace.scratch,
                );
            } else {
                let input = &workspace.outputs[index - 1][..examples * layer.fan_in];
                product(
                    Matrix::new(input, examples, layer.fan_in).t(),
                    Matrix::new(delta, examples, layer.fan_out),
                    d_weights,
                    &mut workspace.scratch.panel,
                );
            }
            d_biases.fill(F::zero());
            for row in delta.chunks_exact(layer.fan_out) {
                for (d_bias, &d) in d_biases.iter_mut().zip(row) {
                    *d_bias += d;
                }
            }
        }
    }
}

/// `gradient` ← `gradient` ∘ f′, given the activation's output.
struct Chain<'a, F> {
    activation: Activation,
    gradient: &'a mut [F],
    output: &'a [F],
}

impl<F: Scalar> WithSimd for Chain<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.activation.chain(self.gradient, self.output);
    }
}
