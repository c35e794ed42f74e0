//! The backward pass: backpropagation, written by hand.
//!
//! With δ_l = dE/dZ_l, the derivative with respect to layer l's weighted input Z_l = A_{l−1}·W_l + b_l,
//! and E the mean over the batch:
//!
//! 1. at the output, softmax and cross-entropy together give δ = (y − t) / B (eq. 4; `loss.rs`);
//! 2. one layer down, δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}): back through the weights, then through the
//!    activation (here);
//! 3. dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, since Z_l is linear in both (`gradient.rs`);
//!
//! with A₀ = X, the input. Steps 1 and 2 treat each example for itself; step 3 sums over examples.

use pulp::{Arch, Simd, WithSimd};

use crate::activation::Activation;
use crate::error::Error;
use crate::input::{Factor, Input};
use crate::loss::Labels;
use crate::mlp::Mlp;
use crate::params::{Grads, Params};
use crate::product::{Matrix, product};
use crate::scalar::Scalar;
use crate::workspace::{Rows, Workspace};

/// A batch's loss and every layer's δ: all of backpropagation but the last products, whose result,
/// the gradient, may be wanted whole or part by part.
#[must_use = "the gradient is still to be taken"]
pub struct Backpropagation<'a, F: Scalar, X> {
    pub(crate) network: &'a Mlp,
    pub(crate) x: &'a X,
    pub(crate) workspace: &'a mut Workspace<F>,
    pub(crate) loss: F,
}

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
        grads.expect_network(self)?;
        let pass = self.backpropagate(params, x, y, workspace)?;
        let loss = pass.loss();
        pass.gradient(grads);
        Ok(loss)
    }

    /// As [`loss_and_grad`](Self::loss_and_grad), but for the gradient, which the result gives.
    ///
    /// # Errors
    /// Parameters of another network, a batch that is empty or has another number of features, labels
    /// that are too few, too many or of no class.
    pub fn backpropagate<'a, F: Scalar, X: Input<F>>(
        &'a self,
        params: &Params<F>,
        x: &'a X,
        y: &[u8],
        workspace: &'a mut Workspace<F>,
    ) -> Result<Backpropagation<'a, F, X>, Error> {
        self.expect_input(params, x)?;
        self.expect_labels(x.rows(), y)?;
        if y.is_empty() {
            return Err(Error::EmptyBatch);
        }
        let count = F::of(y.len() as f64);
        let labels = Labels {
            y,
            scale: Some(count.recip()),
        };
        workspace.reserve(self, y.len(), true);
        self.propagate(params, x, workspace, Some(labels));
        let losses = &workspace.losses[..y.len()];
        Ok(Backpropagation {
            loss: losses.iter().fold(F::zero(), |sum, &loss| sum + loss) / count,
            network: self,
            x,
            workspace,
        })
    }

    /// Step 2: some examples' δ of every hidden layer, the last one first. `transposes` are the
    /// weights' from the second layer on.
    pub(crate) fn hidden_deltas<F: Scalar>(
        &self,
        transposes: &[Factor<'_, F>],
        rows: &mut Rows<'_, F>,
    ) {
        let examples = rows.examples.len();
        for index in (1..self.depth()).rev() {
            let (below, from_here) = rows.layers.split_at_mut(index);
            let (above, below) = (&from_here[0], &mut below[index - 1]);
            product(
                Matrix::new(above.delta, examples, above.fan_out),
                0..examples,
                &transposes[index - 1],
                below.delta,
            );
            Arch::new().dispatch(Chain {
                activation: self.activation(),
                gradient: below.delta,
                output: below.output,
            });
        }
    }
}

impl<F: Scalar, X> Backpropagation<'_, F, X> {
    /// The batch's mean cross-entropy, in nats.
    pub fn loss(&self) -> F {
        self.loss
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
