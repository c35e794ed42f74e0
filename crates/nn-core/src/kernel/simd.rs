//! A trait for SIMD vectors of `f32` and `f64`.
//!
//! The compiler vectorises loops over elements, which `vectorised!` compiles for each kind of processor. But it
//! tends to split sums that stay in registers across an inner loop into single numbers, which is twenty times
//! slower. Such sums are written with [`Vectors`].

use std::fmt::Debug;

use pulp::Simd;

use super::fma;

/// The SIMD vectors of a number type.
pub trait Vectors: Copy + Sized {
    /// A vector of numbers, as wide as a register.
    type Vector<S: Simd>: Copy + Debug;

    /// The number of lanes of a vector.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }

    /// A vector of the same number in each lane.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;

    /// a·b + c, rounded once.
    fn fused_one(a: Self, b: Self, c: Self) -> Self;

    /// a·b + c in each lane, rounded once.
    fn fused<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;

    /// The complete vectors at the beginning of a slice.
    fn whole<S: Simd>(slice: &[Self]) -> &[Self::Vector<S>];

    /// The complete vectors at the beginning of a mutable slice.
    fn whole_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::Vector<S>];

    /// Writes a vector to a slice, up to the length of the slice.
    fn store<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>);
}

macro_rules! vectors {
    ($float:ty, $vector:ident, $splat:ident, $fused_one:path, $fused:path, $whole:ident, $whole_mut:ident, $store:ident) => {
        impl Vectors for $float {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }

            #[inline(always)]
            fn fused_one(a: Self, b: Self, c: Self) -> Self {
                $fused_one(a, b, c)
            }

            #[inline(always)]
            fn fused<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                $fused(simd, a, b, c)
            }

            #[inline(always)]
            fn whole<S: Simd>(slice: &[Self]) -> &[S::$vector] {
                S::$whole(slice).0
            }

            #[inline(always)]
            fn whole_mut<S: Simd>(slice: &mut [Self]) -> &mut [S::$vector] {
                S::$whole_mut(slice).0
            }

            #[inline(always)]
            fn store<S: Simd>(simd: S, slice: &mut [Self], vector: S::$vector) {
                simd.$store(slice, vector);
            }
        }
    };
}

vectors!(
    f32,
    f32s,
    splat_f32s,
    fma::fma,
    fma::fused_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_store_f32s
);
vectors!(
    f64,
    f64s,
    splat_f64s,
    f64::mul_add,
    fma::fused_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_store_f64s
);
