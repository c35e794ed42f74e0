//! The backward pass's last step: dW_l = A_{l−1}ᵀ·δ_l and db_l = Σ_n δ_l, a few rows at a time.
//!
//! A row of dW_l belongs to one input of the layer and is computed for itself. So the gradient can be
//! used as it comes, while it is in the processor's nearest cache, and several threads can share it.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::backward::Backpropagation;
use crate::input::{Factor, Input};
use crate::mlp::{Layer, Mlp};
use crate::params::{Grads, Params};
use crate::product::{Matrix, pack, product};
use crate::scalar::Scalar;
use crate::workspace::PerLayer;

/// Rows of the first layer's gradient that a sparse input computes together.
const TOGETHER: usize = 4;

/// Numbers in a block of the gradient: a quarter of the smallest first-level cache.
const BLOCK: usize = 2048;

/// Blocks are shared out in this many portions a thread, for portions differ in cost.
const PORTIONS: usize = 4;

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
    /// If `grads` belong to another network.
    pub fn gradient(self, grads: &mut Grads<F>) {
        let whole = grads.as_mut_slice();
        self.in_parts(whole, &|range, _, out, gradient| {
            debug_assert_eq!(range.len(), gradient.len());
            out.copy_from_slice(gradient);
        });
    }

    /// Calls `update` for all parameters, part by part, several parts at once if the workspace has
    /// several threads. `companion` is cut in the same way.
    ///
    /// # Panics
    /// If `params` or `companion` belong to another network.
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
        let portions = match workspace.threads {
            1 => 1,
            threads => PORTIONS * threads,
        };
        let block = network.layers().map(|layer| block_rows(layer) * layer.fan_out);
        let block = block.max().unwrap_or(0);
        let room = workspace.blocks.sized(portions * block);
        let gradient = Gradient {
            x,
            layers: &layers,
            take,
        };
        gradient.portions(network, 0..portions, portions, (target, room));
    }
}

/// How many rows of a layer's gradient are computed at a time.
fn block_rows(layer: Layer) -> usize {
    (BLOCK / layer.fan_out / TOGETHER).max(1) * TOGETHER
}

/// Where a portion out of so many begins among the parameters: always with a row of weights.
fn portion_start(network: &Mlp, portion: usize, of: usize) -> usize {
    let position = network.parameter_count() * portion / of;
    let layer = network.layers().find(|l| position < l.biases().end);
    layer.map_or(position, |layer| {
        let row = (position - layer.offset) / layer.fan_out;
        layer.offset + row / TOGETHER * TOGETHER * layer.fan_out
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
    x: &'a X,
    layers: &'a [LayerGradient<'a, F>],
    take: &'a U,
}

impl<F: Scalar, X: Input<F>, U> Gradient<'_, F, X, U> {
    /// Some of all portions, which may run at once; the room has a block for each.
    fn portions<T: Target>(
        &self,
        network: &Mlp,
        portions: Range<usize>,
        of: usize,
        (target, room): (T, &mut [F]),
    ) where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let Range { start, end } = portions;
        let first = portion_start(network, start, of);
        if end - start == 1 {
            return self.rows(first, target, room);
        }
        let middle = start + (end - start) / 2;
        let (a, b) = target.split_at(portion_start(network, middle, of) - first);
        let (room_a, room_b) = room.split_at_mut(room.len() / (end - start) * (middle - start));
        rayon::join(
            || self.portions(network, start..middle, of, (a, room_a)),
            || self.portions(network, middle..end, of, (b, room_b)),
        );
    }

    /// The rows that fill `target`, the first of which begins at parameter `position`.
    fn rows<T: Target>(&self, mut position: usize, mut target: T, room: &mut [F])
    where
        U: Fn(Range<usize>, bool, T, &mut [F]) + Sync,
    {
        let end = position + target.len();
        for this in self.layers {
            let Layer { fan_in, fan_out, .. } = this.layer;
            while position < end.min(this.layer.biases().end) {
                let row = (position - this.layer.offset) / fan_out;
                let rows = row..fan_in.min(row + block_rows(this.layer));
                let (is_bias, count) = match rows.len() {
                    0 => (true, 1),
                    some => (false, some),
                };
                let count = count.min((end - position) / fan_out);
                let out = &mut room[..count * fan_out];
                if is_bias {
                    Arch::new().dispatch(ColumnSums {
                        matrix: this.delta,
                        sums: out,
                    });
                } else {
                    let rows = row..row + count;
                    match this.input {
                        None => self.x.tr_mul(rows, &this.factor, out),
                        Some(input) => product(input, rows, &this.factor, out),
                    }
                }
                let (part, rest) = target.split_at(out.len());
                target = rest;
                let next = position + out.len();
                (self.take)(position..next, is_bias, part, out);
                position = next;
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
