//! The backward pass's last step: dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, a few rows at a time.
//!
//! A row of dW_l belongs to one input of the layer and is computed for itself. So the gradient can be
//! used as it comes, while it is in the processor's nearest cache, and several threads can share it.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::backward::Backpropagation;
use crate::input::{Factor, Input, Room, pieces, rows_at_a_time};
use crate::mlp::{Layer, Mlp};
use crate::params::{Grads, Params};
use crate::product::{Matrix, pack, product};
use crate::scalar::Scalar;
use crate::sparse_bytes::QUAD;
use crate::workspace::PerLayer;

/// Some neighbouring parameters of one layer, either weights or biases, with their gradient.
#[derive(Debug)]
pub struct Part<'a, F> {
    /// Where they lie in [`Params::as_slice`].
    pub range: Range<usize>,
    /// Whether they are biases.
    pub is_bias: bool,
    /// The parameters.
    pub params: &'a mut [F],
    /// What belongs to them elsewhere: their velocity, for one.
    pub companion: &'a mut [F],
    /// Their gradient; what is written here is forgotten.
    pub gradient: &'a mut [F],
}

impl<F: Scalar, X: Input<F>> Backpropagation<'_, F, X> {
    /// The whole gradient.
    ///
    /// # Panics
    /// If `grads` are another number of parameters than the network's.
    pub fn gradient(self, grads: &mut Grads<F>) {
        let whole = grads.as_mut_slice();
        self.in_parts(whole, &|_, _, out, gradient| out.copy_from_slice(gradient));
    }

    /// Calls `update` for all parameters, part by part, several parts at once if the workspace has
    /// several threads. `companion` is cut in the same way.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Mlp, Params, Workspace};
    ///
    /// let network = Mlp::new(&[3, 2], Activation::Tanh)?;
    /// let (mut params, mut sums) = (Params::<f64>::zeros(&network), Params::zeros(&network));
    /// let (before, x, mut workspace) = (params.clone(), array![[1.0, 2.0, 3.0]], Workspace::new());
    /// let pass = network.backpropagate(&before, &x, &[1], &mut workspace)?;
    /// // A step of AdaGrad, whose sums of squares are the companion.
    /// pass.update(&mut params, &mut sums, |part| {
    ///     for ((w, s), g) in part.params.iter_mut().zip(part.companion).zip(&*part.gradient) {
    ///         *s += g * g;
    ///         *w -= 0.1 * g / s.sqrt();
    ///     }
    /// });
    /// assert_eq!(params.bias(0), array![-0.1, 0.1]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `params` or `companion` are another number of parameters than the network's.
    pub fn update(
        self,
        params: &mut Params<F>,
        companion: &mut Params<F>,
        update: impl Fn(Part<'_, F>) + Sync,
    ) {
        let both = (params.as_mut_slice(), companion.as_mut_slice());
        self.in_parts(both, &|range, is_bias, (params, companion), gradient| {
            update(Part {
                range,
                is_bias,
                params,
                companion,
                gradient,
            });
        });
    }

    fn in_parts<T: Target>(
        self,
        target: T,
        take: &(impl Fn(Range<usize>, bool, T, &mut [F]) + Sync),
    ) {
        let Self {
            network,
            x,
            workspace,
            ..
        } = self;
        assert_eq!(target.len(), network.parameter_count(), "one network");
        let examples = x.rows();
        let mut layers = PerLayer::new();
        let mut below: Option<&[F]> = None;
        for (index, (layer, room)) in network.layers().zip(&mut workspace.layers).enumerate() {
            let delta = &room.delta[..examples * layer.fan_out];
            layers.push(LayerGradient {
                layer,
                input: below.map(|input| Matrix::new(input, examples, layer.fan_in).t()),
                delta,
                factor: match index {
                    0 => x.ready_tr_mul(delta, layer.fan_out, &mut room.gradient),
                    _ => {
                        let delta = Matrix::new(delta, examples, layer.fan_out);
                        pack(delta, &mut room.gradient.packed)
                    }
                },
            });
            below = Some(&room.output[..examples * layer.fan_out]);
        }
        let gradient = Gradient {
            network,
            x,
            layers: &layers,
            of: workspace.threads,
            take,
        };
        gradient.portions(0..workspace.threads, target, &mut workspace.rooms);
    }
}

/// Where a portion out of so many begins among the parameters: always with a row, in the first layer
/// with the first of a group of rows that a sparse input computes together.
fn portion_start(network: &Mlp, portion: usize, of: usize) -> usize {
    let position = network.parameter_count() * portion / of;
    let layer = network.layers().find(|l| position < l.biases().end);
    layer.map_or(position, |layer| {
        let row = (position - layer.offset) / layer.fan_out;
        layer.offset + row / QUAD * QUAD * layer.fan_out
    })
}

/// What is cut in parts along with the parameters.
trait Target: Send + Sized {
    fn len(&self) -> usize;
    fn split_at(self, position: usize) -> (Self, Self);
}

impl<F: Send> Target for &mut [F] {
    fn len(&self) -> usize {
        <[F]>::len(self)
    }

    fn split_at(self, position: usize) -> (Self, Self) {
        self.split_at_mut(position)
    }
}

impl<F: Send> Target for (&mut [F], &mut [F]) {
    fn len(&self) -> usize {
        assert_eq!(self.0.len(), self.1.len(), "one network");
        self.0.len()
    }

    fn split_at(self, position: usize) -> (Self, Self) {
        let (a, c) = self.0.split_at_mut(position);
        let (b, d) = self.1.split_at_mut(position);
        ((a, b), (c, d))
    }
}

/// One layer's two factors.
struct LayerGradient<'a, F> {
    layer: Layer,
    /// A_{l−1}ᵀ; `None` in the first layer, where it is Xᵀ.
    input: Option<Matrix<'a, F>>,
    delta: &'a [F],
    /// δ_l again, as the product wants it.
    factor: Factor<'a, F>,
}

/// All layers', and what is done with their rows.
struct Gradient<'a, F, X, U> {
    network: &'a Mlp,
    x: &'a X,
    layers: &'a [LayerGradient<'a, F>],
    /// How many portions there are in all.
    of: usize,
    take: &'a U,
}

impl<F: Scalar, X: Input<F>, U> Gradient<'_, F, X, U> {
    /// Some of all portions, which may run at once; each has a room.
    fn portions<T: Target>(&self, portions: Range<usize>, target: T, rooms: &mut [Room<F>])
    where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let Range { start, end } = portions;
        let begin = |portion| portion_start(self.network, portion, self.of);
        if end - start == 1 {
            return self.rows(begin(start), target, &mut rooms[0]);
        }
        let middle = start + (end - start) / 2;
        let (a, b) = target.split_at(begin(middle) - begin(start));
        let (rooms_a, rooms_b) = rooms.split_at_mut(middle - start);
        rayon::join(
            || self.portions(start..middle, a, rooms_a),
            || self.portions(middle..end, b, rooms_b),
        );
    }

    /// The rows that fill `target`, the first of which begins at parameter `position`.
    fn rows<T: Target>(&self, position: usize, target: T, room: &mut Room<F>)
    where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let end = position + target.len();
        let mut rest = Some(target);
        let mut take = |start: usize, is_bias: bool, gradient: &mut [F]| {
            if let Some(target) = rest.take() {
                let (part, others) = target.split_at(gradient.len());
                rest = Some(others);
                (self.take)(start..start + gradient.len(), is_bias, part, gradient);
            }
        };
        for this in self.layers {
            let Layer {
                fan_in,
                fan_out,
                offset,
            } = this.layer;
            // The biases are one more row.
            let row = |position: usize| position.saturating_sub(offset) / fan_out;
            let (first, last) = (row(position), row(end).min(fan_in + 1));
            let weights = first..last.min(fan_in);
            let place = |row: usize| offset + row * fan_out;
            if !weights.is_empty() {
                match this.input {
                    None => {
                        self.x
                            .tr_mul(weights, &this.factor, room, &mut |rows, block| {
                                take(place(rows.start), false, block);
                            });
                    }
                    Some(input) => {
                        for rows in pieces(weights, rows_at_a_time(fan_out)) {
                            let block = room.block.sized(rows.len() * fan_out);
                            product(input, rows.clone(), &this.factor, block);
                            take(place(rows.start), false, block);
                        }
                    }
                }
            }
            if first <= fan_in && last == fan_in + 1 {
                let sums = room.block.sized(fan_out);
                Arch::new().dispatch(ColumnSums {
                    matrix: this.delta,
                    sums: &mut *sums,
                });
                take(place(fan_in), true, sums);
            }
        }
    }
}

/// `sums` ← the sum of the matrix's rows.
struct ColumnSums<'a, F> {
    matrix: &'a [F],
    sums: &'a mut [F],
}

impl<F: Scalar> WithSimd for ColumnSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.sums.fill(F::zero());
        for row in self.matrix.chunks_exact(self.sums.len()) {
            for (sum, &x) in self.sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
    }
}
