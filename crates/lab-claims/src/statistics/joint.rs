//! A test about several quantities at once.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// Rows of numbers: one row for each run, one column for each quantity.
#[derive(Clone, Copy, Debug)]
pub struct Joint<'a>(pub &'a [Vec<f64>]);

impl Joint<'_> {
    /// The p-value of the hypothesis that one more row could be `row`, by Hotelling's T²: the distance from the mean in
    /// units of the prediction error, in which the correlations of the columns count. For one column, this is the
    /// two-sided t test of a prediction. A column without spread is left out if `row` has its number; otherwise the
    /// p-value is 0. NaN for too few rows, or columns that depend on each other.
    ///
    /// ```
    /// use lab_claims::statistics::Joint;
    ///
    /// // Accuracy and loss move against each other, so both lower is rare.
    /// let runs = [[0.970, 0.080], [0.972, 0.078], [0.974, 0.077], [0.976, 0.074], [0.978, 0.073]].map(Vec::from);
    /// let both_lower = Joint(&runs).p_another(&[0.971, 0.075]);
    /// let usual = Joint(&runs).p_another(&[0.971, 0.079]);
    /// assert!(both_lower < 0.05 && usual > 0.5);
    /// ```
    pub fn p_another(&self, row: &[f64]) -> f64 {
        let n = self.0.len();
        let count = n as f64;
        let (mut apart, mut columns) = (Vec::new(), Vec::new());
        for (at, &number) in row.iter().enumerate() {
            let column = self.0.iter().map(|run| run[at]);
            let mean = column.clone().sum::<f64>() / count;
            let deviations: Vec<f64> = column.clone().map(|x| x - mean).collect();
            if column.clone().all(|x| x == self.0[0][at]) {
                if number != self.0[0][at] {
                    return 0.0;
                }
                continue;
            }
            // In units of the column's own spread, so that quantities of any size can be solved for together.
            let spread = deviations.iter().map(|x| x * x).sum::<f64>().sqrt();
            apart.push((number - mean) / spread);
            columns.push(
                deviations
                    .into_iter()
                    .map(|x| x / spread)
                    .collect::<Vec<_>>(),
            );
        }
        let d = columns.len();
        if d == 0 {
            return 1.0;
        }
        if n <= d {
            return f64::NAN;
        }
        let products = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let correlation = columns
            .iter()
            .map(|a| columns.iter().map(|b| products(a, b)).collect());
        let Some(solved) = half_solved(correlation.collect(), apart) else {
            return f64::NAN;
        };
        let t_squared = (count - 1.0) * products(&solved, &solved) / (1.0 + 1.0 / count);
        let (d, freedom) = (d as f64, count - d as f64);
        let f = t_squared * freedom / (d * (count - 1.0));
        FisherSnedecor::new(d, freedom).map_or(f64::NAN, |it| it.sf(f))
    }
}

/// L⁻¹ b for a matrix L Lᵀ (Cholesky); `None` if the matrix is singular.
fn half_solved(mut matrix: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    for row in 0..b.len() {
        for column in 0..=row {
            let inner: f64 = (0..column)
                .map(|k| matrix[row][k] * matrix[column][k])
                .sum();
            let left = matrix[row][column] - inner;
            if row > column {
                matrix[row][column] = left / matrix[column][column];
            } else if left > SINGULAR {
                matrix[row][row] = left.sqrt();
            } else {
                return None;
            }
        }
        let inner: f64 = (0..row).map(|k| matrix[row][k] * b[k]).sum();
        b[row] = (b[row] - inner) / matrix[row][row];
    }
    Some(b)
}

/// The share of a column's variance below which the other columns determine it.
const SINGULAR: f64 = 1e-10;

#[cfg(test)]
mod tests {
    use lab_results::stats::Sample;

    use super::*;
    use crate::statistics::TTest;

    #[test]
    fn one_column_is_the_t_test() {
        let numbers = [0.3, 0.1, 0.4, 0.15, 0.92];
        let sample = Sample::of(&numbers).unwrap();
        let rows = numbers.map(|x| vec![x]);
        for number in [-1.0, 0.0, 0.4, 2.5] {
            let (joint, t) = (
                Joint(&rows).p_another(&[number]),
                TTest(&sample).p_another(number),
            );
            assert!((joint - t).abs() < 1e-12, "{joint} {t}");
        }
    }

    #[test]
    fn columns_without_spread_decide_at_once_and_dependent_ones_not_at_all() {
        let rows = [[1.0, 4.0], [2.0, 4.0], [3.0, 4.0], [5.0, 4.0]].map(Vec::from);
        let alone = rows.clone().map(|row| vec![row[0]]);
        let joint = Joint(&rows);
        assert_eq!(joint.p_another(&[2.5, 5.0]), 0.0);
        assert_eq!(
            joint.p_another(&[2.5, 4.0]),
            Joint(&alone).p_another(&[2.5])
        );
        let twice = rows.map(|row| vec![row[0], 2.0 * row[0]]);
        assert!(Joint(&twice).p_another(&[1.0, 2.0]).is_nan());
        assert!(Joint(&twice[..2]).p_another(&[1.0, 2.0]).is_nan());
    }
}
