//! Code for the processor's vectors, for `f32` and `f64` alike.
//!
//! A loop over elements is left to the compiler: `vectorised!` has it compiled for
//! each kind of processor. But sums that must stay in registers across an inner loop the compiler tends
//! to take apart into single numbers, twenty times slower; those are written with [`Vectors`].

use std::fmt::Debug;

use pulp::Simd;

/// Numbers in groups as wide as the processor's registers.
pub trait Vectors: Copy + Sized {
    /// As many numbers as a register holds.
    type Vector<S: Simd>: Copy + Debug;

    /// How many numbers a register holds.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }

    /// A vector of the same number in each lane.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;

    /// a·b + c, rounded once.
    fn fused<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;

    /// The whole vectors at the slice's beginning.
    fn whole<S: Simd>(slice: &[Self]) -> &[Self::Vector<S>];

    /// The whole vectors at the slice's beginning, to be written.
    fn whole_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::Vector<S>];

    /// Writes as much of a vector as the slice takes.
    fn store<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>);
}

macro_rules! vectors {
    ($float:ty, $vector:ident, $splat:ident, $fused:ident, $whole:ident, $whole_mut:ident, $store:ident) => {
        impl Vectors for $float {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }

            #[inline(always)]
            fn fused<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$fused(a, b, c)
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
    mul_add_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_store_f32s
);
vectors!(
    f64,
    f64s,
    splat_f64s,
    mul_add_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_store_f64s
);
