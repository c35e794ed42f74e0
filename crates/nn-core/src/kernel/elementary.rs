//! The functions exp, ln and tanh for `f32`. A loop over them vectorises, because they have no branches, tables or
//! library calls. Range reduction and polynomials follow Cephes (Moshier). The reductions use fused multiply-add, whose
//! result IEEE 754 defines, so every processor gives the same bits.
//!
//! For `f64`, which checks gradients, speed matters less: the crate `libm` is used, which is portable too.

use super::fma::fma;

/// 1.5 · 2²³. Adding and subtracting this number rounds a small float to the nearest integer; the low bits of the sum
/// are that integer.
const ROUND: f32 = 12_582_912.0;

const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// 2^n for −126 ≤ n ≤ 127, from the bits of the exponent.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// Σ coefficients[i] · x^(last − i), by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[0];
    for &c in &coefficients[1..] {
        sum = fma(sum, x, c);
    }
    sum
}

/// e^x: with n = round(x / ln 2) and r = x − n ln 2, it is 2^n e^r and |r| ≤ ln 2 / 2.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is 0 or infinity. These comparisons keep NaN.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };

    let rounded = fma(x, core::f32::consts::LOG2_E, ROUND);
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let n_float = rounded - ROUND;
    let r = fma(n_float, -LN2_HIGH, x);
    let r = fma(n_float, -LN2_LOW, r);

    let tail = polynomial(
        r,
        [
            1.987_569_1e-4,
            1.398_199_9e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            0.5,
        ],
    );
    let e_r = fma(tail, r * r, r) + 1.0;

    // Two factors, so that both exponents are in the normal range.
    let half = n >> 1;
    e_r * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// ln x = e ln 2 + ln m with √½ ≤ m < √2.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 8_388_608.0 } else { x };
    let shift = if subnormal { -23.0 } else { 0.0 };

    // Subtracting the bits of √½ moves the boundaries between exponents to √½ and √2.
    let bits = scaled.to_bits() as i32;
    let exponent = bits.wrapping_sub(core::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32);
    let e = exponent as f32 + shift;

    let t = m - 1.0;
    let z = t * t;
    let p = polynomial(
        t,
        [
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ],
    );
    let tail = fma(t * z, p, e * LN2_LOW);
    let y = fma(e, LN2_HIGH, t + fma(z, -0.5, tail));

    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x == f32::INFINITY { x } else { y };
    // NaN for negative numbers and NaN.
    if x >= 0.0 { y } else { f32::NAN }
}

/// tanh x: an odd polynomial near 0, 1 − 2 / (e^2|x| + 1) elsewhere.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let far = 1.0 - 2.0 / (exp(a + a) + 1.0);

    let z = x * x;
    let p = polynomial(
        z,
        [
            -5.704_988_7e-3,
            2.063_908_8e-2,
            -5.373_971_5e-2,
            1.333_144_2e-1,
            -3.333_328e-1,
        ],
    );
    let near = fma(p * z, a, a);

    (if a < 0.625 { near } else { far }).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance between `found` and the true value in units of the last place of `f32`.
    fn ulps(found: f32, truth: f64) -> f64 {
        let nearest = truth as f32;
        if found == nearest || (found.is_nan() && nearest.is_nan()) {
            return 0.0;
        }
        if !found.is_finite() || !nearest.is_finite() {
            return f64::INFINITY;
        }
        let above = f32::from_bits(nearest.abs().to_bits() + 1);
        let unit = f64::from(above) - f64::from(nearest.abs());
        (f64::from(found) - truth).abs() / unit
    }

    /// The worst error over every 251st float of both signs: seventeen million arguments.
    fn worst(f: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        for bits in (0..=u32::MAX).step_by(251) {
            let x = f32::from_bits(bits);
            let error = ulps(f(x), truth(f64::from(x)));
            if error > worst.0 {
                worst = (error, x);
            }
        }
        worst
    }

    #[test]
    fn exp_is_within_1_1_ulp_everywhere() {
        let (error, x) = worst(exp, libm::exp);
        assert!(error <= 1.1, "{error} ulp at {x:e}");
    }

    #[test]
    fn ln_is_within_one_ulp_everywhere() {
        let (error, x) = worst(ln, libm::log);
        assert!(error <= 1.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn tanh_is_within_two_ulp_everywhere() {
        let (error, x) = worst(tanh, libm::tanh);
        assert!(error <= 2.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn sigmoid_is_within_three_ulp_everywhere() {
        use crate::float::Float as _;
        let (error, x) = worst(f32::portable_sigmoid, |x| {
            // e^x / (1 + e^x) for negative x keeps the digits that 1 / (1 + e^−x) loses.
            if x < 0.0 {
                libm::exp(x) / (1.0 + libm::exp(x))
            } else {
                1.0 / (1.0 + libm::exp(-x))
            }
        });
        assert!(error <= 3.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn special_values() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert!(exp(f32::NAN).is_nan());

        assert_eq!(ln(1.0).to_bits(), 0.0f32.to_bits());
        assert_eq!(ln(0.0), f32::NEG_INFINITY);
        assert_eq!(ln(-0.0), f32::NEG_INFINITY);
        assert_eq!(ln(f32::INFINITY), f32::INFINITY);
        assert!(ln(-1.0).is_nan());
        assert!(ln(f32::NAN).is_nan());

        assert_eq!(tanh(0.0).to_bits(), 0.0f32.to_bits());
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!(tanh(f32::INFINITY), 1.0);
        assert_eq!(tanh(f32::NEG_INFINITY), -1.0);
        assert!(tanh(f32::NAN).is_nan());
    }
}
