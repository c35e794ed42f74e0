//! The two floating-point types that the network is generic over.

use ndarray::NdFloat;
use num_traits::FromPrimitive;

use super::elementary;
use super::simd::Vectors;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32`, which trains, or `f64`, which checks gradients.
///
/// The elementary functions here depend on no platform's C library and contract nothing behind the
/// programmer's back, so they give the same bits on every processor. [`num_traits::Float`] offers
/// `exp`, `tanh` and `ln` too; those are the platform's, and this crate does not use them.
pub trait Real: NdFloat + FromPrimitive + Default + Vectors + sealed::Sealed {
    /// The type's name in Rust, for messages and metadata.
    const NAME: &'static str;

    /// e^x, within 1.1 units in the last place (ulp) of the true value.
    fn portable_exp(self) -> Self;

    /// Natural logarithm, within 1 ulp.
    fn portable_ln(self) -> Self;

    /// Hyperbolic tangent, within 2 ulp.
    fn portable_tanh(self) -> Self;

    /// The nearest value of this type.
    fn of(x: f64) -> Self;

    /// The value as `f64`, exactly.
    fn to_double(self) -> f64;

    /// A pixel's value, exactly.
    fn of_byte(x: u8) -> Self;

    /// Appends the number's bytes, in little-endian order.
    fn push_le(self, bytes: &mut Vec<u8>);

    /// The numbers in bytes in little-endian order; bytes at the end that are no whole number are passed
    /// over.
    fn read_le(bytes: &[u8]) -> Vec<Self>;

    /// 1 / (1 + e^−x) (eq. 8 of the paper), within 3 ulp; never overflows.
    #[inline(always)]
    fn portable_sigmoid(self) -> Self {
        let e = (-self.abs()).portable_exp();
        let numerator = if self >= Self::zero() { Self::one() } else { e };
        numerator / (Self::one() + e)
    }
}

impl Real for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn portable_exp(self) -> Self {
        elementary::exp(self)
    }

    #[inline(always)]
    fn portable_ln(self) -> Self {
        elementary::ln(self)
    }

    #[inline(always)]
    fn portable_tanh(self) -> Self {
        elementary::tanh(self)
    }

    #[inline(always)]
    fn of(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn to_double(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn of_byte(x: u8) -> Self {
        f32::from(x)
    }

    fn push_le(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read_le(bytes: &[u8]) -> Vec<Self> {
        let (numbers, _) = bytes.as_chunks();
        numbers.iter().map(|&x| Self::from_le_bytes(x)).collect()
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";

    #[inline]
    fn portable_exp(self) -> Self {
        libm::exp(self)
    }

    #[inline]
    fn portable_ln(self) -> Self {
        libm::log(self)
    }

    #[inline]
    fn portable_tanh(self) -> Self {
        libm::tanh(self)
    }

    #[inline(always)]
    fn of(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn to_double(self) -> f64 {
        self
    }

    #[inline(always)]
    fn of_byte(x: u8) -> Self {
        f64::from(x)
    }

    fn push_le(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read_le(bytes: &[u8]) -> Vec<Self> {
        let (numbers, _) = bytes.as_chunks();
        numbers.iter().map(|&x| Self::from_le_bytes(x)).collect()
    }
}
