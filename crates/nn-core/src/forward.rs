//! The forward pass: from a batch to its logits, and to its loss.

use ndarray::ArrayView2;
use pulp::{Arch, Simd, WithSimd};

use crate::activation::Activation;
use crate::error::Error;
use crate::input::{Factor, Input};
use crate::loss::{Labels, argmax};
use crate::mlp::Mlp;
use crate::params::Params;
use crate::product::{Matrix, pack, product};
use crate::scalar::Scalar;
use crate::workspace::{LayerRows, PerLayer, Rows, Workspace};

/// What a batch's examples cost, and how many are classified rightly. Sums, so that batches of
/// different sizes add up to a data set's exact mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Σ of the examples' cross-entropies (eq. 3), in nats.
    pub loss_sum: f64,
    /// Examples whose largest logit is their label's.
    pub correct: usize,
    /// Examples.
    pub examples: usize,
}

impl Score {
    /// Mean cross-entropy an example, in nats; NaN without examples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.examples as f64
    }

    /// The share of examples classified rightly, from 0 to 1; NaN without examples.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.examples as f64
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.examples += other.examples;
    }
}

impl Mlp {
    /// The logits a of a batch [examples × classes] (eq. 2); [`softmax`](crate::softmax) turns them
    /// into probabilities.
    ///
    /// Layer by layer, with A₀ = X: Z = A·W + 1·bᵀ, then A = f(Z) except after the last.
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
        self.expect_input(params, x)?;
        workspace.reserve(self, x.rows(), false);
        self.propagate(params, x, workspace, None);
        let logits = &workspace.layers[self.depth() - 1].output[..x.rows() * self.classes()];
        Ok(ArrayView2::from_shape((x.rows(), self.classes()), logits)
            .expect("the logits fill examples × classes"))
    }

    /// How well the network does on a labelled batch; `y` has one label an example.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), or labels that are too few, too many or of no class.
    pub fn score<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        y: &[u8],
        workspace: &mut Workspace<F>,
    ) -> Result<Score, Error> {
        self.expect_input(params, x)?;
        self.expect_labels(x.rows(), y)?;
        workspace.reserve(self, x.rows(), false);
        let labels = Labels { y, scale: None };
        self.propagate(params, x, workspace, Some(labels));
        let classes = self.classes();
        let logits = &workspace.layers[self.depth() - 1].output[..y.len() * classes];
        let correct = logits
            .chunks_exact(classes)
            .zip(y)
            .filter(|&(row, &label)| argmax(row) == usize::from(label))
            .count();
        let losses = &workspace.losses[..y.len()];
        Ok(Score {
            loss_sum: losses.iter().map(|loss| loss.to_double()).sum(),
            correct,
            examples: y.len(),
        })
    }

    /// Leaves every layer's output in the workspace, which has the room; with labels each example's
    /// loss too; and with a scale every layer's δ.
    pub(crate) fn propagate<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        workspace: &mut Workspace<F>,
        labels: Option<Labels<'_, F>>,
    ) {
        let examples = x.rows();
        let backward = labels.is_some_and(|labels| labels.scale.is_some());
        let depth = self.depth();

        // What all examples share: the weights, as the products want them.
        let mut rows = PerLayer::new();
        let mut weights = PerLayer::new();
        let mut transposes = PerLayer::new();
        for (index, (layer, room)) in self.layers().zip(&mut workspace.layers).enumerate() {
            let matrix = Matrix::new(params.weight_slice(index), layer.fan_in, layer.fan_out);
            weights.push(match index {
                0 => x.ready_mul(params.weight_slice(0), layer.fan_out, &mut room.forward),
                _ => pack(matrix, &mut room.forward.packed),
            });
            if backward && index > 0 {
                transposes.push(pack(matrix.t(), &mut room.backward.packed));
            }
            let room_for_delta = backward || index + 1 == depth;
            rows.push(LayerRows {
                fan_out: layer.fan_out,
                output: &mut room.output[..examples * layer.fan_out],
                delta: &mut room.delta[..if room_for_delta {
                    examples * layer.fan_out
                } else {
                    0
                }],
            });
        }

        // What each has for itself.
        let rows = Rows {
            examples: 0..examples,
            layers: rows,
            losses: &mut workspace.losses[..examples],
        };
        rows.in_parts(workspace.threads, &|mut rows| {
            self.outputs(params, x, &weights, &mut rows);
            if let Some(labels) = labels {
                labels.cross_entropy(self.classes(), &mut rows);
            }
            if backward {
                self.hidden_deltas(&transposes, &mut rows);
            }
        });
    }

    /// The forward pass of some examples.
    fn outputs<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
        weights: &[Factor<'_, F>],
        rows: &mut Rows<'_, F>,
    ) {
        let examples = rows.examples.clone();
        for (index, layer) in self.layers().enumerate() {
            let (before, from_here) = rows.layers.split_at_mut(index);
            let out = &mut *from_here[0].output;
            match before.last() {
                None => x.mul(examples.clone(), &weights[0], out),
                Some(input) => {
                    let input = Matrix::new(input.output, examples.len(), layer.fan_in);
                    product(input, 0..examples.len(), &weights[index], out);
                }
            }
            Arch::new().dispatch(BiasAndActivation {
                out,
                biases: params.bias_slice(index),
                activation: (index + 1 < self.depth()).then_some(self.activation()),
            });
        }
    }

    pub(crate) fn expect_input<F: Scalar>(
        &self,
        params: &Params<F>,
        x: &impl Input<F>,
    ) -> Result<(), Error> {
        params.expect_network(self)?;
        if x.features() == self.features() {
            return Ok(());
        }
        Err(Error::Features {
            expected: self.features(),
            found: x.features(),
        })
    }

    pub(crate) fn expect_labels(&self, examples: usize, y: &[u8]) -> Result<(), Error> {
        if y.len() != examples {
            return Err(Error::LabelCount {
                examples,
                labels: y.len(),
            });
        }
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

/// Adds the biases [width] to each row of `out` [examples × width] and applies the activation.
struct BiasAndActivation<'a, F> {
    out: &'a mut [F],
    biases: &'a [F],
    activation: Option<Activation>,
}

impl<F: Scalar> WithSimd for BiasAndActivation<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.out.chunks_exact_mut(self.biases.len()) {
            for (z, &b) in row.iter_mut().zip(self.biases) {
                *z += b;
            }
        }
        if let Some(activation) = self.activation {
            activation.apply(self.out);
        }
    }
}
