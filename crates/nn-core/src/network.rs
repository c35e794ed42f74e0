//! The functions of a network: prediction, score and gradient.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use crate::error::Error;
use crate::float::Float;
use crate::gradient::{Backpropagation, GradientBlock};
use crate::input::{Batch, Input};
use crate::loss::{Score, argmax, expect_weights};
use crate::mlp::Mlp;
use crate::params::{Grads, Params};
use crate::workspace::Workspace;

impl Mlp {
    /// The logits a of a batch [examples × classes] (eq. 2); [`softmax`](crate::softmax) turns them
    /// into probabilities.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Mlp, Params, Workspace};
    ///
    /// let network = Mlp::new(&[2, 2], Activation::Tanh)?; // no hidden layer
    /// // weights [2 × 2] row by row, then biases
    /// let params = Params::from_vec(&network, vec![1.0, 2.0, 3.0, 4.0, 0.5, -0.5])?;
    /// let mut workspace = Workspace::new();
    /// let logits = network.forward(&params, &array![[1.0, 10.0]], &mut workspace)?;
    /// assert_eq!(logits, array![[31.5, 41.5]]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Parameters of another network, or a batch with another number of features.
    pub fn forward<'w, F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &'w mut Workspace<F>,
    ) -> Result<ArrayView2<'w, F>, Error> {
        let x = self.expect_input(params, x)?;
        let logits = F::logits(self, params, x, workspace);
        Ok(self.logits_view(x, logits))
    }

    /// The predicted class of each example, which is the class of the largest logit (the first of equals).
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Params, Workspace};
    ///
    /// let layers = [(array![[1.0, -1.0]], array![0.0, 0.5])];
    /// let params = Params::from_layers(Activation::Tanh, &layers)?;
    /// let (network, x) = (params.network(), array![[1.0], [-1.0]]);
    /// assert_eq!(network.predict(&params, &x, &mut Workspace::new())?, [0, 1]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Parameters of another network, or a batch with another number of features.
    pub fn predict<F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<Vec<u8>, Error> {
        let x = self.expect_input(params, x)?;
        let logits = F::logits(self, params, x, workspace);
        let rows = logits.chunks_exact(self.classes());
        // At most 256 classes.
        Ok(rows.map(|row| argmax(row) as u8).collect())
    }

    /// The probabilities y [examples × classes], the softmax of the logits (eq. 1).
    ///
    /// # Errors
    /// Parameters of another network, or a batch with another number of features.
    pub fn predict_proba<F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<Array2<F>, Error> {
        let mut logits = self.forward(params, x, workspace)?.to_owned();
        F::softmax(logits.view_mut());
        Ok(logits)
    }

    /// The loss and the number of correct predictions on a labelled batch; `y` has one label per example.
    ///
    /// # Errors
    /// Parameters of another network, a batch with another number of features, too few or too many labels, or a label
    /// of no class.
    pub fn score<F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &mut Workspace<F>,
    ) -> Result<Score, Error> {
        let (score, _) = self.score_with_logits(params, x, y, workspace)?;
        Ok(score)
    }

    /// The [`score`](Self::score) together with the logits [examples × classes] of the same forward pass.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_with_logits<'w, F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &'w mut Workspace<F>,
    ) -> Result<(Score, ArrayView2<'w, F>), Error> {
        let x = self.expect_input(params, x)?;
        self.expect_labels(x, y)?;
        let (score, logits) = F::score(self, params, x, y, workspace);
        Ok((score, self.logits_view(x, logits)))
    }

    fn logits_view<'w, F>(&self, x: Batch<'_, F>, logits: &'w [F]) -> ArrayView2<'w, F> {
        let shape = (x.shape().0, self.classes());
        ArrayView2::from_shape(shape, logits).expect("the logits fill examples × classes")
    }

    /// The mean cross-entropy of a batch (eq. 3), in nats. Its derivatives with respect to the weights and biases
    /// replace the contents of `grads`.
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
    /// Parameters or gradients of another network, a batch that is empty or has another number of features, too few or
    /// too many labels, or a label of no class.
    pub fn loss_and_grad<F: Float>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &mut Workspace<F>,
        grads: &mut Grads<F>,
    ) -> Result<F, Error> {
        grads.expect_network(self)?;
        let backpropagation = self.backpropagate(params, x, y, workspace)?;
        let loss = backpropagation.loss();
        backpropagation.gradient(grads);
        Ok(loss)
    }

    /// Does all steps of backpropagation except the last. The result has the loss, and computes the gradient on
    /// request, complete or block by block.
    ///
    /// # Errors
    /// Parameters of another network, a batch that is empty or has another number of features, too few or too many
    /// labels, or a label of no class.
    pub fn backpropagate<'a, F: Float>(
        &'a self,
        params: &Params<F>,
        x: &'a impl Input<F>,
        y: &[u8],
        workspace: &'a mut Workspace<F>,
    ) -> Result<Backpropagation<'a, F>, Error> {
        let x = self.expect_batch(params, x, y)?;
        Ok(F::backpropagate(self, params, x, y, None, workspace))
    }

    /// [`backpropagate`](Self::backpropagate) with the weighted mean of the examples' cross-entropies E_n as the loss:
    /// Σ s_n E_n / Σ s_n. So an example with weight 2 counts like two equal examples. If all weights are 0, the loss and
    /// the gradient are 0.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Grads, Mlp, Params, Workspace};
    ///
    /// let network = Mlp::new(&[1, 2], Activation::Tanh)?;
    /// let (params, mut grads) = (Params::<f64>::zeros(&network), Grads::zeros(&network));
    /// let (x, mut workspace) = (array![[1.0], [9.0]], Workspace::new());
    /// let weighted = network.backpropagate_weighted(&params, &x, &[0, 1], &[2.0, 0.0], &mut workspace)?;
    /// weighted.gradient(&mut grads);
    /// assert_eq!(grads.weight(0), array![[-0.5, 0.5]]); // the second example does not count
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`backpropagate`](Self::backpropagate), and also too few or too many weights, or a weight that is negative,
    /// infinite or NaN.
    pub fn backpropagate_weighted<'a, F: Float>(
        &'a self,
        params: &Params<F>,
        x: &'a impl Input<F>,
        y: &[u8],
        weights: &[F],
        workspace: &'a mut Workspace<F>,
    ) -> Result<Backpropagation<'a, F>, Error> {
        let x = self.expect_batch(params, x, y)?;
        expect_weights(weights, y.len())?;
        let weights = Some(weights);
        Ok(F::backpropagate(self, params, x, y, weights, workspace))
    }

    /// The input of a batch that has examples, with a label for each.
    fn expect_batch<'x, F: Float>(
        &self,
        params: &Params<F>,
        x: &'x impl Input<F>,
        y: &[u8],
    ) -> Result<Batch<'x, F>, Error> {
        let x = self.expect_input(params, x)?;
        self.expect_labels(x, y)?;
        match y.is_empty() {
            true => Err(Error::EmptyBatch),
            false => Ok(x),
        }
    }

    fn expect_input<'x, F: Float>(
        &self,
        params: &Params<F>,
        x: &'x impl Input<F>,
    ) -> Result<Batch<'x, F>, Error> {
        params.expect_network(self)?;
        let x = x.as_batch();
        match x.shape() {
            (_, features) if features == self.features() => Ok(x),
            (_, found) => Err(Error::Features {
                expected: self.features(),
                found,
            }),
        }
    }

    fn expect_labels<F>(&self, x: Batch<'_, F>, y: &[u8]) -> Result<(), Error> {
        let (examples, _) = x.shape();
        match y.len() == examples {
            true => self.check_labels(y),
            false => Err(Error::LabelCount {
                examples,
                labels: y.len(),
            }),
        }
    }

    /// Checks that each label is a class of this network.
    ///
    /// # Errors
    /// The first label without an output unit.
    pub fn check_labels(&self, y: &[u8]) -> Result<(), Error> {
        let classes = self.classes();
        match y.iter().position(|&label| usize::from(label) >= classes) {
            None => Ok(()),
            Some(position) => Err(Error::Label {
                position,
                label: y[position],
                classes,
            }),
        }
    }
}

impl<F: Float> Backpropagation<'_, F> {
    /// Computes the whole gradient, which replaces the contents of `grads`.
    ///
    /// # Panics
    /// If `grads` has another number of parameters than the network.
    pub fn gradient(self, grads: &mut Grads<F>) {
        self.expect_size(grads);
        let grads = grads.as_mut_slice();
        F::take_gradient(self, &mut |range, _, gradient| {
            grads[range].copy_from_slice(gradient);
        });
    }

    /// Calls `update` for all parameters, block by block. `state` is the optimizer state of all parameters, which is
    /// divided into the same blocks.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Mlp, Params, Workspace};
    ///
    /// let network = Mlp::new(&[3, 2], Activation::Tanh)?;
    /// let (mut params, mut sums) = (Params::<f64>::zeros(&network), Params::zeros(&network));
    /// let (x, mut workspace) = (array![[1.0, 2.0, 3.0]], Workspace::new());
    /// let backpropagation = network.backpropagate(&params, &x, &[1], &mut workspace)?;
    /// // A step of AdaGrad, whose optimizer state is the sums of squares.
    /// backpropagation.update(&mut params, [&mut sums], |block| {
    ///     let [sums] = block.state;
    ///     for ((w, s), g) in block.params.iter_mut().zip(sums).zip(&*block.gradient) {
    ///         *s += g * g;
    ///         *w -= 0.1 * g / s.sqrt();
    ///     }
    /// });
    /// assert_eq!(params.bias(0), array![-0.1, 0.1]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `params` or one of `state` has another number of parameters than the network.
    pub fn update<const N: usize>(
        self,
        params: &mut Params<F>,
        state: [&mut Params<F>; N],
        mut update: impl FnMut(GradientBlock<'_, F, N>),
    ) {
        self.expect_size(params);
        state.iter().for_each(|numbers| self.expect_size(numbers));
        let (params, mut state) = (params.as_mut_slice(), state.map(Params::as_mut_slice));
        F::take_gradient(self, &mut |range, is_bias, gradient| {
            update(GradientBlock {
                params: &mut params[range.clone()],
                state: state.each_mut().map(|numbers| &mut numbers[range.clone()]),
                range,
                is_bias,
                gradient,
            });
        });
    }
}

/// Replaces each row of logits a [examples × classes] by its softmax y (eq. 1),
/// y_k = e^(a_k) / Σ_k' e^(a_k').
///
/// The maximum of each row is subtracted first. This does not change the result, but keeps e^a finite.
///
/// ```
/// let mut logits = ndarray::array![[1e4_f32, -1e4, 1e4]];
/// nn_core::softmax(logits.view_mut());
/// assert_eq!(logits, ndarray::array![[0.5, 0.0, 0.5]]);
/// ```
pub fn softmax<F: Float>(logits: ArrayViewMut2<'_, F>) {
    F::softmax(logits);
}
