//! Fused multiply-add, a·b + c rounded once, natively and in WebAssembly.
//!
//! Native processors have an instruction. WebAssembly has none for single numbers; for vectors, relaxed SIMD has one
//! that engines may round once or twice ([`is_fused`] asks). Without relaxed SIMD, and for single numbers, [`by_double`]
//! calculates the same bits in `f64`.

use std::array::from_fn;

use pulp::{Simd, bytemuck};

/// a·b + c, rounded once.
#[inline(always)]
pub(crate) fn fma(a: f32, b: f32, c: f32) -> f32 {
    match cfg!(target_arch = "wasm32") {
        true => by_double(a, b, c),
        false => a.mul_add(b, c),
    }
}

/// a·b + c in each lane, rounded once. With relaxed SIMD, only if [`is_fused`].
#[inline(always)]
pub(super) fn fused_f32s<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if cfg!(not(target_arch = "wasm32")) {
        simd.mul_add_f32s(a, b, c)
    } else if cfg!(target_feature = "relaxed-simd") {
        simd.mul_add_e_f32s(a, b, c)
    } else {
        lanes_by_double::<S>(a, b, c)
    }
}

/// As [`fused_f32s`]. In WebAssembly without relaxed SIMD, this is exact, but slow.
#[inline(always)]
pub(super) fn fused_f64s<S: Simd>(simd: S, a: S::f64s, b: S::f64s, c: S::f64s) -> S::f64s {
    match cfg!(all(target_arch = "wasm32", target_feature = "relaxed-simd")) {
        true => simd.mul_add_e_f64s(a, b, c),
        false => simd.mul_add_f64s(a, b, c),
    }
}

/// a·b + c in each lane, from operations in `f64`.
#[inline(always)]
fn lanes_by_double<S: Simd>(a: S::f32s, b: S::f32s, mut c: S::f32s) -> S::f32s {
    let (a, b) = (std::slice::from_ref(&a), std::slice::from_ref(&b));
    let (a, b) = (bytemuck::cast_slice(a), bytemuck::cast_slice(b));
    let sums = bytemuck::cast_slice_mut::<_, f32>(std::slice::from_mut(&mut c));
    let (fours, rest) = sums.as_chunks_mut();
    let (a_fours, a_rest) = a.as_chunks();
    let (b_fours, b_rest) = b.as_chunks();
    for (sums, (&a, &b)) in fours.iter_mut().zip(a_fours.iter().zip(b_fours)) {
        *sums = four_by_double(a, b, *sums);
    }
    for (sum, (&a, &b)) in rest.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum = by_double(a, b, *sum);
    }
    c
}

/// Four times [`by_double`], faster: its correction is needed only if a sum is in the middle between two numbers of `f32`,
/// or is a subnormal number there, where the middles are elsewhere. Otherwise the sum is on the same side of the middles
/// as the exact sum, and rounds to `f32` as that does.
#[inline(always)]
fn four_by_double(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
    /// The bits of an `f64` that an `f32` does not have; in the middle, only the first of them is 1.
    const REST: u32 = (1 << (f64::MANTISSA_DIGITS - f32::MANTISSA_DIGITS)) - 1;
    const MIDDLE: u32 = REST / 2 + 1;
    /// The upper half of the bits of the smallest normal number of `f32`.
    const NORMAL: u32 = ((f32::MIN_POSITIVE as f64).to_bits() >> 32) as u32;

    let sums: [f64; 4] = from_fn(|i| f64::from(a[i]) * f64::from(b[i]) + f64::from(c[i]));
    // The two halves of the bits, as vectors of four numbers.
    let lower = sums.map(|s| s.to_bits() as u32);
    let upper = sums.map(|s| (s.to_bits() >> 32) as u32);
    let halfway: [bool; 4] = from_fn(|i| {
        let magnitude = upper[i] & (u32::MAX >> 1);
        // Subtracting 1 makes 0 the largest number. No sum is so small that only its lower half is not 0.
        (lower[i] & REST == MIDDLE) | (magnitude.wrapping_sub(1) < NORMAL - 1)
    });
    match halfway[0] | halfway[1] | halfway[2] | halfway[3] {
        true => four_corrected(a, b, c),
        false => sums.map(|s| s as f32),
    }
}

/// Four times [`by_double`], in a separate function, because it is rarely needed.
#[cold]
#[inline(never)]
fn four_corrected(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
    from_fn(|i| by_double(a[i], b[i], c[i]))
}

/// a·b + c, rounded once, from operations in `f64`. There are no branches, so loops vectorise.
///
/// This is exact:
///
/// 1. p = a·b is exact: it has at most 48 bits, and magnitudes from 2⁻²⁹⁸ to 2²⁵⁶.
/// 2. With s = p + c, rounded, the error x − s of the exact sum x = p + c is a number in `f64`, and TwoSum (Knuth)
///    computes it without error. Overflow is impossible, and sums in `f64` do not underflow.
/// 3. If x ≠ s, then x is between s and the next number of `f64` in the direction of the error. The last bits of these two
///    are different, and `odd` is the one with an odd last bit. If x = s, then `odd` is x.
/// 4. The numbers at which rounding to `f32` changes its result are those of `f32`, those halfway between two neighbours,
///    and the bound of overflow. All have at most 25 significant bits and exponents that are normal in `f64`, so their
///    last bit in `f64` is 0. So none of them is `odd` or between x and `odd` if x ≠ s. Therefore `odd` rounds to `f32`
///    as x does.
///
/// If x = 0, then s is exact, and its sign is that of IEEE 754's sum. An infinite or undefined s has an undefined error,
/// which counts as none.
#[inline(always)]
fn by_double(a: f32, b: f32, c: f32) -> f32 {
    let p = f64::from(a) * f64::from(b);
    let c = f64::from(c);
    let s = p + c;
    let c_part = s - p;
    let error = (p - (s - c_part)) + (c - c_part);

    let bits = s.to_bits();
    let is_inexact = u64::from(error.abs() > 0.0);
    // All ones if the error points towards 0.
    let inwards = ((bits ^ error.to_bits()) as i64 >> 63) as u64;
    let truncated = bits.wrapping_add(inwards & is_inexact.wrapping_neg());
    let odd = truncated | is_inexact;
    f64::from_bits(odd) as f32
}

/// Rounding the products of these cases to `f32` changes the sums: to 0 for the first three, and to another neighbour
/// for the others, whose exact sum is next to the middle between two numbers.
const CASES_THAT_TELL: [(f32, f32, f32); 5] = {
    const UP: f32 = 1.0 + f32::EPSILON;
    const DOWN: f32 = 1.0 - f32::EPSILON;
    [
        (UP, DOWN, -1.0),
        (-UP, DOWN, 1.0),
        (UP, UP, -1.0 - 2.0 * f32::EPSILON),
        (UP, DOWN, 16_777_218.0),
        (UP, -DOWN, -16_777_218.0),
    ]
};

/// Whether the arithmetic of this crate gives the same bits here as everywhere. This is so natively. In WebAssembly with
/// relaxed SIMD it depends on the engine, whose vectors may round the product of a multiply-add before the sum.
pub fn is_fused() -> bool {
    struct Lanes<'a>(&'a [f32], &'a [f32], &'a mut [f32]);

    impl pulp::WithSimd for Lanes<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (a, b) = (S::as_simd_f32s(self.0).0, S::as_simd_f32s(self.1).0);
            let sums = S::as_mut_simd_f32s(self.2).0;
            for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum = fused_f32s(simd, a, b, *sum);
            }
        }
    }

    // Each lane has each case, because no number of lanes is a multiple of 5.
    let numbers = |pick: fn(&(f32, f32, f32)) -> f32| -> Vec<f32> {
        let cases = CASES_THAT_TELL.iter().cycle();
        std::hint::black_box(cases.map(pick).take(5 * 16).collect())
    };
    let (a, b, mut sums) = (numbers(|it| it.0), numbers(|it| it.1), numbers(|it| it.2));
    let exact: Vec<f32> = (a.iter().zip(&b).zip(&sums))
        .map(|((&a, &b), &c)| fma(a, b, c))
        .collect();
    super::dispatch(Lanes(&a, &b, &mut sums));
    sums == exact
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    /// The number of random cases of each kind.
    const CASES: usize = 4_000_000;

    /// The significant bits of an `f32` after the first.
    const FRACTION: u32 = f32::MANTISSA_DIGITS - 1;

    fn expect_exact(a: f32, b: f32, c: f32) {
        let exact = a.mul_add(b, c);
        let [first, .., last] = four_by_double([a, -b, a, b], [b, b, -a, a], [c, c, c, c]);
        for found in [by_double(a, b, c), first, last] {
            assert!(
                found.to_bits() == exact.to_bits() || found.is_nan() && exact.is_nan(),
                "{a:e} · {b:e} + {c:e}: found {found:e}, expected {exact:e}"
            );
        }
    }

    /// A number with this sign and exponent bits, and random significant bits.
    fn with_exponent(rng: &mut impl RngCore, sign: u32, exponent: u32) -> f32 {
        let fraction = rng.next_u32() & ((1 << FRACTION) - 1);
        f32::from_bits(sign << 31 | exponent << FRACTION | fraction)
    }

    fn random_sign(rng: &mut impl RngCore) -> f32 {
        [1.0, -1.0][rng.next_u32() as usize % 2]
    }

    /// The power of two with this exponent, which may be subnormal.
    fn power(exponent: i32) -> f32 {
        2f64.powi(exponent) as f32
    }

    #[test]
    fn random_bits() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..4 * CASES {
            let [a, b, c] = [(); 3].map(|()| f32::from_bits(rng.next_u32()));
            expect_exact(a, b, c);
        }
    }

    /// Random numbers have terms of different magnitude, so most sums are one term. Here they are of about the same.
    #[test]
    fn terms_of_like_magnitude() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..2 * CASES {
            let [x, y] = [(); 2].map(|()| rng.next_u32() % 255);
            let spread = rng.next_u32() % 64;
            let z = (x + y + spread).saturating_sub(127 + 32).min(254);
            let [a, b, c] = [x, y, z].map(|e| {
                let sign = rng.next_u32() % 2;
                with_exponent(&mut rng, sign, e)
            });
            expect_exact(a, b, c);
        }
    }

    #[test]
    fn cancellations() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..CASES {
            let [a, b] = [(); 2].map(|()| f32::from_bits(rng.next_u32()));
            let c = -(a * b);
            let near = c.to_bits().wrapping_add(rng.next_u32() % 5).wrapping_sub(2);
            expect_exact(a, b, c);
            expect_exact(a, b, f32::from_bits(near));
        }
    }

    /// The product is in the middle between two numbers, normal or subnormal; the other term, of any size down to the
    /// smallest, decides. The case of double rounding.
    #[test]
    fn halfway_products() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..2 * CASES {
            // Odd factors whose product has 25 bits, or fewer.
            let bits = 2 + rng.next_u32() % 22;
            let [x, y] = [bits, 25 - bits].map(|bits| ((rng.next_u32() % (1 << bits)) | 1) as f32);
            let scale = (rng.next_u32() % 253) as i32 - 149;
            let (a, b) = (x * random_sign(&mut rng), y * power(scale));
            let down = (rng.next_u32() % 140) as i32;
            let c = random_sign(&mut rng) * power((scale - down).clamp(-149, 127));
            expect_exact(a, b, c);
            expect_exact(a, b, 0.0);
        }
    }

    /// The sum is in the middle between two numbers, normal or subnormal, or next to it.
    #[test]
    fn halfway_sums() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for i in 0..2 * CASES {
            // One in four is subnormal, with a random number of significant bits.
            let exponent = (rng.next_u32() % 255) * u32::from(i % 4 > 0);
            let sign = rng.next_u32() % 2;
            let c = with_exponent(&mut rng, sign, exponent);
            let c = f32::from_bits(match exponent {
                0 => c.to_bits() & !(u32::MAX >> 9 << (rng.next_u32() % 23)),
                _ => c.to_bits(),
            });
            // Half the distance between neighbours, as a product, times 1 or nearly 1.
            let half = exponent.max(1) as i32 - 127 - FRACTION as i32 - 1;
            let near = |number: u32| 1.0 + [0.0, 1.0, -1.0][number as usize % 3] * f32::EPSILON;
            let a = random_sign(&mut rng) * power(half / 2) * near(rng.next_u32());
            let b = power(half - half / 2) * near(rng.next_u32());
            expect_exact(a, b, c);
            expect_exact(a, 3.0 * b, c);
        }
    }

    #[test]
    fn subnormal_operands_and_results() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..2 * CASES {
            // The product's exponent is around that of the smallest numbers.
            let x = rng.next_u32() % 255;
            let y = (110 + rng.next_u32() % 60).saturating_sub(x).min(254);
            let z = rng.next_u32() % 4;
            let [a, b, c] = [x, y, z].map(|e| {
                let sign = rng.next_u32() % 2;
                with_exponent(&mut rng, sign, e)
            });
            expect_exact(a, b, c);
            expect_exact(c, a, b);
            expect_exact(a, b, 0.0);
            expect_exact(a, b, f32::from_bits(rng.next_u32() % 4));
        }
    }

    #[test]
    fn overflow() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for _ in 0..CASES {
            let x = 127 + rng.next_u32() % 128;
            let y = (381 - 3 + rng.next_u32() % 6).saturating_sub(x).min(254);
            let [a, b, c] = [x, y, 250 + rng.next_u32() % 5].map(|e| {
                let sign = rng.next_u32() % 2;
                with_exponent(&mut rng, sign, e)
            });
            expect_exact(a, b, c);
            expect_exact(a, b, f32::MAX);
            expect_exact(1.0, f32::MAX, c);
        }
    }

    #[test]
    fn special_numbers() {
        let magnitudes = [
            0.0,
            f32::from_bits(1),
            f32::from_bits(2),
            f32::from_bits(3),
            f32::MIN_POSITIVE / 2.0,
            f32::from_bits(f32::MIN_POSITIVE.to_bits() - 1),
            f32::MIN_POSITIVE,
            f32::from_bits(f32::MIN_POSITIVE.to_bits() + 1),
            2f32.powi(-75),
            2f32.powi(-24),
            f32::EPSILON,
            0.5,
            1.0 - f32::EPSILON / 2.0,
            1.0,
            1.0 + f32::EPSILON,
            1.5,
            2.0,
            3.0,
            16_777_215.0,
            16_777_216.0,
            2f32.powi(64),
            2f32.powi(104),
            2f32.powi(127),
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
        ];
        let numbers: Vec<f32> = magnitudes.iter().flat_map(|&x| [x, -x]).collect();
        for &a in &numbers {
            for &b in &numbers {
                for &c in &numbers {
                    expect_exact(a, b, c);
                }
            }
        }
    }

    #[test]
    fn this_processor_rounds_once() {
        assert!(is_fused());
    }

    /// The cases of [`is_fused`] are ones in which two roundings give another result.
    #[test]
    fn two_roundings_are_noticed() {
        for (a, b, c) in CASES_THAT_TELL {
            assert_ne!(a * b + c, by_double(a, b, c), "{a:e} · {b:e} + {c:e}");
        }
    }
}
