//! The trait of the two floating-point types.

use ndarray::{ArrayViewMut2, NdFloat};

use crate::gradient::{Backpropagation, Take};
use crate::input::{Batch, dense};
use crate::kernel::{Vectors, elementary, step};
use crate::loss::{self, Score};
use crate::mlp::Mlp;
use crate::params::Params;
use crate::pass;
use crate::workspace::Workspace;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A floating-point type: `f32` for training, or `f64` for checking gradients.
///
/// The elementary functions of this trait do not use the platform's C library, and use fused multiply-adds only
/// explicitly. So they give the same bits on every processor. [`ndarray::NdFloat`] has `exp`, `tanh` and `ln` too, but
/// this crate does not use them, because they are the platform's.
///
/// Generic functions are compiled in the crate that calls them. The hidden methods of this trait are not generic, so
/// they are compiled with this crate. A debug build is therefore fast, provided that its dependencies are optimised.
pub trait Float: NdFloat + Default + Vectors + sealed::Sealed {
    /// The type's name in Rust, for messages and metadata.
    const NAME: &'static str;

    /// Changes of a parameter below this magnitude are 0: the smallest normal number divided by the machine epsilon
    /// (2⁻¹⁰³ in `f32`). They change no weight that matters to a sum, but without this rule they fade into subnormal
    /// numbers, with which many processors calculate a hundred times slower.
    const NEGLIGIBLE: Self;

    /// e^x, within 1.1 units in the last place (ulp) of the true value.
    fn portable_exp(self) -> Self;

    /// The natural logarithm, within 1 ulp.
    fn portable_ln(self) -> Self;

    /// The hyperbolic tangent, within 2 ulp.
    fn portable_tanh(self) -> Self;

    /// 1 / (1 + e^−x) (eq. 8 of the paper), within 3 ulp; never overflows.
    #[inline(always)]
    fn portable_sigmoid(self) -> Self {
        let e = (-self.abs()).portable_exp();
        let numerator = if self >= Self::zero() { Self::one() } else { e };
        numerator / (Self::one() + e)
    }

    /// The nearest value of this type.
    fn of(x: f64) -> Self;

    /// The value as `f64`, exactly.
    fn to_double(self) -> f64;

    #[doc(hidden)]
    /// The value of each byte.
    const OF_BYTE: [Self; 256];

    /// The value of a byte, exactly.
    fn of_byte(x: u8) -> Self;

    /// Appends the number's bytes, in little-endian order.
    fn push_le(self, bytes: &mut Vec<u8>);

    /// Reads numbers from bytes in little-endian order; an incomplete number at the end is ignored.
    fn read_le(bytes: &[u8]) -> Vec<Self>;

    #[doc(hidden)]
    /// The logits [examples × classes].
    fn logits<'w>(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        workspace: &'w mut Workspace<Self>,
    ) -> &'w [Self];

    #[doc(hidden)]
    /// The loss, the number of correct predictions, and the logits [examples × classes].
    fn score<'w>(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        y: &[u8],
        workspace: &'w mut Workspace<Self>,
    ) -> (Score, &'w [Self]);

    #[doc(hidden)]
    /// All steps of backpropagation except the last; without `weights`, each example has the weight 1.
    fn backpropagate<'a>(
        network: &'a Mlp,
        params: &Params<Self>,
        x: Batch<'a, Self>,
        y: &[u8],
        weights: Option<&[Self]>,
        workspace: &'a mut Workspace<Self>,
    ) -> Backpropagation<'a, Self>;

    #[doc(hidden)]
    /// The last step of backpropagation.
    fn take_gradient(backpropagation: Backpropagation<'_, Self>, take: Take<'_, Self>);

    #[doc(hidden)]
    /// Replaces logits by their softmax.
    fn softmax(logits: ArrayViewMut2<'_, Self>);

    #[doc(hidden)]
    /// Appends x_j = u_j·a·b_j − c·d_j, given u, (a, c) and (b, d); `None` for ones.
    fn push_normalized(
        x: &mut Vec<Self>,
        u: &[u8],
        example: (Self, Self),
        features: Option<(&[Self], &[Self])>,
    );

    #[doc(hidden)]
    /// Eq. 5 for some weights w with velocity v and gradient d; `gradient_weight` is (1 − γ) α.
    fn sgd_step(w: &mut [Self], v: &mut [Self], d: &[Self], momentum: Self, gradient_weight: Self);

    #[doc(hidden)]
    /// λ₁ Σ|w| + λ₂/2 Σw² of some weights.
    fn penalty(weights: &[Self], l1: Self, half_l2: Self) -> Self;

    #[doc(hidden)]
    /// d ← d + λ₁ sign(w) + λ₂ w.
    fn add_penalty_gradient(weights: &[Self], d: &mut [Self], l1: Self, l2: Self);

    #[doc(hidden)]
    /// w ← w − λ₁ sign(w) − λ₂ w.
    fn descend_penalty(weights: &mut [Self], l1: Self, l2: Self);
}

macro_rules! float {
    ($float:ident, $exp:path, $ln:path, $tanh:path) => {
        impl Float for $float {
            const NAME: &'static str = stringify!($float);

            const NEGLIGIBLE: Self = $float::MIN_POSITIVE / $float::EPSILON;

            const OF_BYTE: [Self; 256] = {
                let (mut values, mut byte) = ([0.0; 256], 0);
                while byte < 256 {
                    values[byte] = byte as Self;
                    byte += 1;
                }
                values
            };

            #[inline(always)]
            fn portable_exp(self) -> Self {
                $exp(self)
            }

            #[inline(always)]
            fn portable_ln(self) -> Self {
                $ln(self)
            }

            #[inline(always)]
            fn portable_tanh(self) -> Self {
                $tanh(self)
            }

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as Self
            }

            #[inline(always)]
            fn to_double(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn of_byte(x: u8) -> Self {
                x.into()
            }

            fn push_le(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn read_le(bytes: &[u8]) -> Vec<Self> {
                let (numbers, _) = bytes.as_chunks();
                numbers.iter().map(|&x| Self::from_le_bytes(x)).collect()
            }

            fn logits<'w>(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                workspace: &'w mut Workspace<Self>,
            ) -> &'w [Self] {
                pass::forward(network, params, x, workspace).into_logits()
            }

            fn score<'w>(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                y: &[u8],
                workspace: &'w mut Workspace<Self>,
            ) -> (Score, &'w [Self]) {
                pass::score(network, params, x, y, workspace)
            }

            fn backpropagate<'a>(
                network: &'a Mlp,
                params: &Params<Self>,
                x: Batch<'a, Self>,
                y: &[u8],
                weights: Option<&[Self]>,
                workspace: &'a mut Workspace<Self>,
            ) -> Backpropagation<'a, Self> {
                pass::backpropagate(network, params, x, y, weights, workspace)
            }

            fn take_gradient(backpropagation: Backpropagation<'_, Self>, take: Take<'_, Self>) {
                backpropagation.by_blocks(take);
            }

            fn softmax(logits: ArrayViewMut2<'_, Self>) {
                loss::softmax_rows(logits);
            }

            fn push_normalized(
                x: &mut Vec<Self>,
                u: &[u8],
                example: (Self, Self),
                features: Option<(&[Self], &[Self])>,
            ) {
                dense::push_normalized(x, u, example, features);
            }

            fn sgd_step(
                w: &mut [Self],
                v: &mut [Self],
                d: &[Self],
                momentum: Self,
                gradient_weight: Self,
            ) {
                step::sgd_step(w, v, d, momentum, gradient_weight);
            }

            fn penalty(weights: &[Self], l1: Self, half_l2: Self) -> Self {
                step::penalty(weights, l1, half_l2)
            }

            fn add_penalty_gradient(weights: &[Self], d: &mut [Self], l1: Self, l2: Self) {
                step::add_penalty_gradient(weights, d, l1, l2);
            }

            fn descend_penalty(weights: &mut [Self], l1: Self, l2: Self) {
                step::descend_penalty(weights, l1, l2);
            }
        }
    };
}

float!(f32, elementary::exp, elementary::ln, elementary::tanh);
float!(f64, libm::exp, libm::log, libm::tanh);
