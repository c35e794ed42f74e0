//! The forward pass and backpropagation, in the order of their derivation.
//!
//! A network of L layers turns a batch A_0 = X [examples × features] into logits Z_L
//! [examples × classes]. Layer l computes its weighted inputs and, except in the last layer, its outputs
//!
//! Z_l = A_{l−1}·W_l + 1·b_lᵀ,  A_l = f(Z_l).
//!
//! E is the mean of the examples' cross-entropies between the targets t and y = softmax(Z_L) (eq. 1 and
//! 3). Its derivatives follow from those with respect to the weighted inputs, δ_l = dE/dZ_l:
//!
//! 1. *Outputs.* The two formulas above, from the first layer to the last.
//! 2. *Cross-entropy.* At the output, softmax and cross-entropy together have a simple derivative,
//!    δ_L = (y − t) / B for a batch of B examples (eq. 4).
//! 3. *Deltas.* Z_l depends on Z_{l−1} through A_{l−1} = f(Z_{l−1}) only. By the chain rule, back through
//!    the weights and then through the activation, δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}), from the last
//!    layer to the second.
//! 4. *Gradient.* Z_l is linear in W_l and b_l, so dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l.
//!
//! Steps 1 to 3 treat each example for itself, so threads share the batch by examples; step 4 sums over
//! the examples, and threads share it by rows of the weights (`gradient.rs`). The same four steps in
//! plain matrices are in [`textbook`](crate::textbook).

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use crate::activation;
use crate::error::Error;
use crate::gradient::{Backpropagation, LayerGradient, Take};
use crate::input::{Batch, Input, LayerInput, SparseScratch};
use crate::kernel::product::{Matrix, MatrixScratch, PackedMatrix, pack, product};
use crate::kernel::scalar::Scalar;
use crate::loss::{self, Score, argmax};
use crate::mlp::Mlp;
use crate::params::{Grads, Params};
use crate::vectorised;
use crate::workspace::{Chunk, PerLayer, Results, Workspace};

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
    pub fn forward<'w, F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &'w mut Workspace<F>,
    ) -> Result<ArrayView2<'w, F>, Error> {
        let x = self.expect_input(params, x)?;
        let shape = (x.shape().0, self.classes());
        let logits = F::logits(self, params, x, workspace);
        Ok(ArrayView2::from_shape(shape, logits).expect("the logits fill examples × classes"))
    }

    /// Each example's class, that of its largest logit, the first of equals.
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
    pub fn predict<F: Scalar>(
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

    /// Each example's probabilities y [examples × classes], the softmax of its logits (eq. 1).
    ///
    /// # Errors
    /// Parameters of another network, or a batch with another number of features.
    pub fn predict_proba<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<Array2<F>, Error> {
        let mut logits = self.forward(params, x, workspace)?.to_owned();
        F::softmax(logits.view_mut());
        Ok(logits)
    }

    /// How well the network does on a labelled batch; `y` has one label an example.
    ///
    /// # Errors
    /// Parameters of another network, a batch with another number of features, labels that are too few,
    /// too many or of no class.
    pub fn score<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &mut Workspace<F>,
    ) -> Result<Score, Error> {
        let x = self.expect_input(params, x)?;
        self.expect_labels(x, y)?;
        Ok(F::score(self, params, x, y, workspace))
    }

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
        let backpropagation = self.backpropagate(params, x, y, workspace)?;
        let loss = backpropagation.loss();
        backpropagation.gradient(grads);
        Ok(loss)
    }

    /// As [`loss_and_grad`](Self::loss_and_grad), but the gradient is computed when the result is asked
    /// for it, whole or block by block.
    ///
    /// # Errors
    /// Parameters of another network, a batch that is empty or has another number of features, labels
    /// that are too few, too many or of no class.
    pub fn backpropagate<'a, F: Scalar>(
        &'a self,
        params: &Params<F>,
        x: &'a impl Input<F>,
        y: &[u8],
        workspace: &'a mut Workspace<F>,
    ) -> Result<Backpropagation<'a, F>, Error> {
        let x = self.expect_input(params, x)?;
        self.expect_labels(x, y)?;
        if y.is_empty() {
            return Err(Error::EmptyBatch);
        }
        Ok(F::backpropagate(self, params, x, y, workspace))
    }

    fn expect_input<'x, F: Scalar>(
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
    /// The first label that is none.
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

/// The passes for one type of numbers.
///
/// Generic functions are compiled in the crate that calls them. These are not generic: they are compiled
/// with this crate and optimised as it is, so that a program built without optimisation is fast too, as
/// long as its dependencies are optimised.
pub trait Passes: Sized {
    /// The logits [examples × classes].
    fn logits<'w>(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        workspace: &'w mut Workspace<Self>,
    ) -> &'w [Self];

    /// How well the network does.
    fn score(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        y: &[u8],
        workspace: &mut Workspace<Self>,
    ) -> Score;

    /// All of backpropagation but its last step.
    fn backpropagate<'a>(
        network: &'a Mlp,
        params: &Params<Self>,
        x: Batch<'a, Self>,
        y: &[u8],
        workspace: &'a mut Workspace<Self>,
    ) -> Backpropagation<'a, Self>;

    /// Backpropagation's last step.
    fn take_gradient(
        backpropagation: Backpropagation<'_, Self>,
        all: &mut [&mut Params<Self>],
        take: Take<'_, Self>,
    );

    /// Replaces logits by their softmax.
    fn softmax(logits: ArrayViewMut2<'_, Self>);
}

macro_rules! passes {
    ($float:ty) => {
        impl Passes for $float {
            fn logits<'w>(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                workspace: &'w mut Workspace<Self>,
            ) -> &'w [Self] {
                let numbers = x.shape().0 * network.classes();
                forward(network, params, x, None, workspace);
                workspace.results.output(network.depth() - 1, numbers)
            }

            fn score(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                y: &[u8],
                workspace: &mut Workspace<Self>,
            ) -> Score {
                score(network, params, x, y, workspace)
            }

            fn backpropagate<'a>(
                network: &'a Mlp,
                params: &Params<Self>,
                x: Batch<'a, Self>,
                y: &[u8],
                workspace: &'a mut Workspace<Self>,
            ) -> Backpropagation<'a, Self> {
                backpropagate(network, params, x, y, workspace)
            }

            fn take_gradient(
                backpropagation: Backpropagation<'_, Self>,
                all: &mut [&mut Params<Self>],
                take: Take<'_, Self>,
            ) {
                backpropagation.by_blocks(all, take);
            }

            fn softmax(logits: ArrayViewMut2<'_, Self>) {
                loss::softmax_rows(logits);
            }
        }
    };
}

passes!(f32);
passes!(f64);

/// A forward pass, and what it makes of the labels.
fn score<F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    x: Batch<'_, F>,
    y: &[u8],
    workspace: &mut Workspace<F>,
) -> Score {
    forward(network, params, x, Some(y), workspace);
    let results = &workspace.results;
    let logits = results.output(network.depth() - 1, y.len() * network.classes());
    let predictions = logits.chunks_exact(network.classes()).map(argmax);
    let losses = results.losses(y.len()).iter();
    Score {
        loss_sum: losses.map(|loss| loss.to_double()).sum(),
        correct: predictions
            .zip(y)
            .filter(|&(prediction, &label)| prediction == usize::from(label))
            .count(),
        examples: y.len(),
    }
}

/// Backpropagation: the four steps of this file's head, in their order.
fn backpropagate<'a, F: Scalar>(
    network: &'a Mlp,
    params: &Params<F>,
    x: Batch<'a, F>,
    y: &[u8],
    workspace: &'a mut Workspace<F>,
) -> Backpropagation<'a, F> {
    let count = F::of(y.len() as f64);
    let x = LayerInput::of_batch(x, &mut workspace.dense_copy);
    let weights = pack_weights(network, params, x, &mut workspace.weights);
    let transposes = pack_transposes(network, params, &mut workspace.transposes);

    let all = workspace
        .results
        .chunk(network, y.len(), true, &mut workspace.sparse);
    all.for_each(&|mut chunk| {
        outputs(network, params, x, &weights, true, &mut chunk);
        cross_entropy(network, y, Some(count.recip()), &mut chunk);
        deltas(network, &transposes, &mut chunk);
    });
    let losses = workspace.results.losses(y.len()).iter();
    let loss = losses.fold(F::zero(), |sum, &loss| sum + loss) / count;
    let layers = gradients(
        network,
        x,
        y.len(),
        &workspace.results,
        &workspace.sparse,
        &mut workspace.deltas,
    );
    Backpropagation::new(network, loss, layers, &mut workspace.blocks)
}

/// The forward pass: step 1, and with labels the losses of step 2.
fn forward<F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    x: Batch<'_, F>,
    labels: Option<&[u8]>,
    workspace: &mut Workspace<F>,
) {
    let (examples, _) = x.shape();
    let x = LayerInput::of_batch(x, &mut workspace.dense_copy);
    let weights = pack_weights(network, params, x, &mut workspace.weights);
    let all = workspace
        .results
        .chunk(network, examples, false, &mut workspace.sparse);
    all.for_each(&|mut chunk| {
        outputs(network, params, x, &weights, false, &mut chunk);
        if let Some(y) = labels {
            cross_entropy(network, y, None, &mut chunk);
        }
    });
}

/// Step 1 for a chunk: Z_l = A_{l−1}·W_l + 1·b_lᵀ, then A_l = f(Z_l) except in the last layer. With `keep`
/// the chunk's scratch then has what step 4 needs of the batch.
fn outputs<F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    x: LayerInput<'_, F>,
    weights: &[PackedMatrix<'_, F>],
    keep: bool,
    chunk: &mut Chunk<'_, F>,
) {
    let examples = chunk.examples.len();
    for (index, layer) in network.layers().enumerate() {
        let (below, from_here) = chunk.layers.split_at_mut(index);
        let out = &mut *from_here[0].output;
        match below.last() {
            None => {
                let examples = chunk.examples.clone();
                x.mul(examples, &weights[0], keep, &mut chunk.scratch[0], out);
            }
            Some(below) => {
                let input = Matrix::new(below.output, examples, layer.fan_in);
                product(input, 0..examples, &weights[index], out);
            }
        }
        add_biases(out, params.bias_slice(index));
        if index + 1 < network.depth() {
            activation::apply(network.activation(), out);
        }
    }
}

/// Step 2 for a chunk: each example's cross-entropy, and with a scale δ_L = (y − t)·scale, which 1/B
/// makes the derivative of the mean.
fn cross_entropy<F: Scalar>(
    network: &Mlp,
    labels: &[u8],
    scale: Option<F>,
    chunk: &mut Chunk<'_, F>,
) {
    let last = &mut chunk.layers[network.depth() - 1];
    let labels = &labels[chunk.examples.clone()];
    let classes = network.classes();
    loss::cross_entropy(
        last.output,
        labels,
        classes,
        chunk.losses,
        last.delta,
        scale,
    );
}

/// Step 3 for a chunk: δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}), the last hidden layer first. `transposes` are
/// the weights' from the second layer on.
fn deltas<F: Scalar>(network: &Mlp, transposes: &[PackedMatrix<'_, F>], chunk: &mut Chunk<'_, F>) {
    let examples = chunk.examples.len();
    for index in (1..network.depth()).rev() {
        let (below, from_here) = chunk.layers.split_at_mut(index);
        let (here, below) = (&from_here[0], &mut below[index - 1]);
        let delta = Matrix::new(here.delta, examples, here.fan_out);
        product(delta, 0..examples, &transposes[index - 1], below.delta);
        activation::chain(network.activation(), below.delta, below.output);
    }
}

/// Step 4: of each layer the factors of dW_l = A_{l−1}ᵀ·δ_l. They are multiplied block by block when the
/// gradient is taken.
fn gradients<'a, F: Scalar>(
    network: &Mlp,
    x: LayerInput<'a, F>,
    examples: usize,
    results: &'a Results<F>,
    sorted: &'a [SparseScratch<F>],
    scratch: &'a mut Vec<MatrixScratch<F>>,
) -> PerLayer<LayerGradient<'a, F>> {
    scratch.resize_with(network.depth(), MatrixScratch::default);
    let mut input = x;
    let layers = network.layers().zip(scratch).enumerate();
    let layers = layers.map(|(index, (layer, scratch))| {
        let numbers = examples * layer.fan_out;
        let delta = results.delta(index, numbers);
        let gradient = LayerGradient::new(layer, input, delta, sorted, scratch);
        let output = Matrix::new(results.output(index, numbers), examples, layer.fan_out);
        input = LayerInput::Dense(output);
        gradient
    });
    layers.collect()
}

/// The layers' weights W_l, packed for A_{l−1}·W_l.
fn pack_weights<'p, F: Scalar>(
    network: &Mlp,
    params: &'p Params<F>,
    x: LayerInput<'_, F>,
    scratch: &'p mut Vec<MatrixScratch<F>>,
) -> PerLayer<PackedMatrix<'p, F>> {
    scratch.resize_with(network.depth(), MatrixScratch::default);
    let layers = network.layers().zip(scratch).enumerate();
    let layers = layers.map(|(index, (layer, scratch))| {
        let weights = params.weight_slice(index);
        match index {
            0 => x.pack_weights(weights, layer.fan_out, scratch),
            _ => pack(Matrix::new(weights, layer.fan_in, layer.fan_out), scratch),
        }
    });
    layers.collect()
}

/// The transposes W_lᵀ from the second layer on, packed for δ_l·W_lᵀ.
fn pack_transposes<'p, F: Scalar>(
    network: &Mlp,
    params: &Params<F>,
    scratch: &'p mut Vec<MatrixScratch<F>>,
) -> PerLayer<PackedMatrix<'p, F>> {
    scratch.resize_with(network.depth(), MatrixScratch::default);
    let layers = network.layers().zip(scratch).enumerate().skip(1);
    let layers = layers.map(|(index, (layer, scratch))| {
        let weights = Matrix::new(params.weight_slice(index), layer.fan_in, layer.fan_out);
        pack(weights.t(), scratch)
    });
    layers.collect()
}

vectorised! {
    /// Adds the biases [width] to each row of `out` [examples × width].
    fn add_biases<'a, F>(out: &'a mut [F], biases: &'a [F]) {
        for row in out.chunks_exact_mut(biases.len()) {
            for (z, &b) in row.iter_mut().zip(biases) {
                *z += b;
            }
        }
    }
}
