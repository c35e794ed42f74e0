//! Sign-flip tests, which assume no distribution: if differences are symmetric around a bound, both signs are equally
//! likely.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Range, p_inside, p_outside};

/// The largest number of differences for which all combinations of signs are counted. For more, signs are drawn.
const EXACT: usize = 16;

/// The number of drawn combinations of signs. P-values are multiples of its reciprocal.
const DRAWN: u32 = 100_000;

/// Sign-flip tests of some differences.
#[derive(Clone, Copy, Debug)]
pub struct SignFlip<'a>(pub &'a [f64]);

impl SignFlip<'_> {
    /// As [`TTest::p_inside`](super::TTest::p_inside).
    pub fn p_inside(&self, range: Range) -> f64 {
        p_inside(
            range,
            |bound| self.p(bound, 1.0),
            |bound| self.p(bound, -1.0),
        )
    }

    /// As [`TTest::p_outside`](super::TTest::p_outside).
    pub fn p_outside(&self, range: Range) -> f64 {
        p_outside(
            range,
            |bound| self.p(bound, 1.0),
            |bound| self.p(bound, -1.0),
        )
    }

    /// The share of combinations of signs whose sum is at least the sum of the differences from the bound.
    fn p(&self, bound: f64, side: f64) -> f64 {
        if !bound.is_finite() {
            return 1.0;
        }
        let from_bound: Vec<f64> = self.0.iter().map(|x| side * (x - bound)).collect();
        let sum: f64 = from_bound.iter().sum();
        // The order of a sum affects its last digits.
        let size: f64 = from_bound.iter().map(|x| x.abs()).sum();
        let reached = sum - 1e-12 * size;
        let flipped = |signs: u128| -> f64 {
            let signed = from_bound.iter().enumerate();
            let signed = signed.map(|(at, x)| if signs >> at & 1 == 1 { -x } else { *x });
            signed.sum()
        };
        if from_bound.len() <= EXACT {
            let all = 1u128 << from_bound.len();
            let count = (0..all).filter(|&signs| flipped(signs) >= reached).count();
            return count as f64 / all as f64;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let count = (0..DRAWN).filter(|_| {
            let mut sum = 0.0;
            for block in from_bound.chunks(64) {
                let signs: u64 = rng.random();
                for (at, x) in block.iter().enumerate() {
                    sum += if signs >> at & 1 == 1 { -x } else { *x };
                }
            }
            sum >= reached
        });
        // The observed signs count as one combination, so no p-value is 0.
        f64::from(count.count() as u32 + 1) / f64::from(DRAWN + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_flips_are_as_all_flips() {
        let few = [0.3, -0.1, 0.2, 0.4, -0.05, 0.15, 0.1, -0.2, 0.25, 0.05];
        let above = (0.0, f64::INFINITY);
        let exact = SignFlip(&few).p_inside(above);
        // Numbers at the bound do not change a sum, but with them, the test draws signs.
        let many: Vec<f64> = few.into_iter().chain([0.0; 10]).collect();
        let drawn = SignFlip(&many).p_inside(above);
        assert!((exact - drawn).abs() < 0.003, "{exact} {drawn}");
        assert_eq!(drawn, SignFlip(&many).p_inside(above));
    }

    #[test]
    fn all_on_one_side() {
        let differences = [1.0, 2.0, 3.0];
        let test = SignFlip(&differences);
        assert_eq!(test.p_inside((0.0, f64::INFINITY)), 0.125);
        assert_eq!(test.p_outside((0.0, f64::INFINITY)), 1.0);
        assert_eq!(test.p_outside((f64::NEG_INFINITY, 0.0)), 0.125);
    }
}
