//! Decides whether a change of speed is more than noise.

use std::fmt;

use crate::timing::median;

/// The probability that the interval misses the true median. It is small, because a call makes several comparisons.
const MISSES: f64 = 0.01;

/// The minimum number of rounds for which such an interval exists.
pub(super) const LEAST_ROUNDS: u16 = 8;

/// The result of the rounds for new time ÷ old time.
#[derive(Debug, PartialEq)]
pub(super) struct Judgement {
    pub(super) ratio: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) verdict: Verdict,
}

#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Faster,
    Slower,
    Same,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "no difference beyond noise",
        })
    }
}

/// Judges the ratios of the rounds, at least [`LEAST_ROUNDS`] of them.
///
/// The interval is that of the sign test. For any distribution of the noise, a ratio is above the true median as often
/// as below. So the median is between the k-th smallest and the k-th largest ratio, unless fewer than k of n coins show
/// heads, or tails. k is the largest number for which this happens in at most 1 % of cases. A verdict is given if 1 is
/// outside the interval.
pub(super) fn judge(ratios: &[f64]) -> Judgement {
    let mut sorted = ratios.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let (mut k, mut chance, mut misses) = (0, 0.5_f64.powi(n as i32), 0.0);
    // `chance` is the probability of k heads.
    while misses + 2.0 * chance <= MISSES {
        misses += 2.0 * chance;
        chance *= (n - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    let k = k.max(1);
    let (low, high) = (sorted[k - 1], sorted[n - k]);
    let verdict = if high < 1.0 {
        Verdict::Faster
    } else if low > 1.0 {
        Verdict::Slower
    } else {
        Verdict::Same
    };
    Judgement {
        ratio: median(sorted),
        low,
        high,
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_nearly_all_rounds_to_agree() {
        // One of 12 rounds may contradict the others, by any amount; two may not.
        let mut ratios = [0.97; 12];
        ratios[3] = 0.95;
        ratios[7] = 4.0;
        let faster = judge(&ratios);
        assert_eq!(faster.verdict, Verdict::Faster);
        assert_eq!((faster.ratio, faster.low, faster.high), (0.97, 0.97, 0.97));
        let slower = judge(&ratios.map(|ratio| 1.0 / ratio));
        assert_eq!(slower.verdict, Verdict::Slower);
        ratios[0] = 1.001;
        assert_eq!(judge(&ratios).verdict, Verdict::Same);
    }

    #[test]
    fn the_interval_is_that_of_tables() {
        // n and k of the two-sided sign test at 1 %.
        for (n, k) in [
            (8, 1),
            (11, 1),
            (12, 2),
            (15, 3),
            (20, 4),
            (50, 16),
            (1000, 459),
        ] {
            let ratios: Vec<f64> = (1..=n).map(f64::from).collect();
            let judged = judge(&ratios);
            assert_eq!(
                (judged.low, judged.high),
                (f64::from(k), f64::from(n + 1 - k)),
                "n = {n}"
            );
        }
    }

    #[test]
    fn with_the_least_rounds_all_must_agree() {
        let mut ratios = vec![1.02; LEAST_ROUNDS.into()];
        assert_eq!(judge(&ratios).verdict, Verdict::Slower);
        ratios[0] = 0.99;
        assert_eq!(judge(&ratios).verdict, Verdict::Same);
    }
}
