//! The quantities of a run: their columns in `runs.csv`, their scale, and their text form.

use serde::{Deserialize, Serialize};

use super::sample::Sample;
use crate::printed::Printed;
use crate::tables::RunRow;

/// A number that each run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The accuracy on the test set, as a fraction.
    TestAccuracy,
    /// The loss on the test set, in nats.
    TestLoss,
    /// The loss on the validation set, in nats.
    ValidationLoss,
    /// The last epoch run.
    StopEpoch,
    /// The epoch of the lowest validation loss.
    BestEpoch,
    /// The share of weights within 10⁻³ of 0.
    NearZero,
    /// The loss on the test set minus the loss on the training set, in nats.
    GeneralisationGap,
    /// The share of epochs in which the training loss rose.
    TrainingRises,
}

use Quantity::*;

/// The scale of a quantity, which decides the statistics and the text form.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Share,
    Loss,
    /// Epochs spread by factors, so statistics use their logarithms.
    Epoch,
}

use Kind::{Epoch, Loss, Share};

impl Quantity {
    fn kind(self) -> Kind {
        match self {
            TestAccuracy | NearZero | TrainingRises => Share,
            TestLoss | ValidationLoss | GeneralisationGap => Loss,
            StopEpoch | BestEpoch => Epoch,
        }
    }

    /// The quantities that the paper prints.
    pub const PRINTED: [Self; 3] = [TestAccuracy, TestLoss, StopEpoch];

    /// The quantity's number in a run.
    pub fn of(self, run: &RunRow) -> Option<f64> {
        match self {
            TestAccuracy => run.test_accuracy,
            TestLoss => run.test_loss,
            ValidationLoss => run.val_loss,
            StopEpoch => Some(run.epochs_run.into()),
            BestEpoch => Some(run.best_epoch.into()),
            NearZero => run.near_zero,
            GeneralisationGap => Some(run.test_loss? - run.train_loss?),
            TrainingRises => run.train_rises,
        }
    }

    /// The number that the paper printed. Its "early stopped at epoch" may mean the last epoch or the best one.
    pub fn printed(self, paper: &Printed) -> Option<f64> {
        match self {
            TestAccuracy => paper.test_accuracy,
            TestLoss => paper.test_loss,
            StopEpoch | BestEpoch => paper.stop_epoch.map(f64::from),
            ValidationLoss | NearZero | GeneralisationGap | TrainingRises => None,
        }
    }

    /// Whether the quantity spreads by factors, so that statistics use its logarithm.
    pub fn is_geometric(self) -> bool {
        self.kind() == Epoch
    }

    /// The statistics of some runs, on the scale of [`linear`](Self::linear); `None` if one of them has no such number.
    pub fn over<'a>(self, runs: impl IntoIterator<Item = &'a RunRow>) -> Option<Sample> {
        let numbers = runs.into_iter().map(|run| Some(self.linear(self.of(run)?)));
        Sample::of(&numbers.collect::<Option<Vec<f64>>>()?)
    }

    /// A sample's mean and its 95 % confidence interval, back on the scale of the numbers.
    pub fn mean_and_interval(self, sample: Option<Sample>) -> (Option<f64>, Option<(f64, f64)>) {
        let mean = sample.map(|sample| self.difference_at(sample.mean));
        let interval = sample.and_then(|sample| sample.interval(0.95));
        (mean, interval.map(|range| self.range_at(range)))
    }

    /// A range on the scale of [`linear`](Self::linear), without the epochs after a run's maximum.
    pub fn up_to(self, max_epochs: u32, (low, high): (f64, f64)) -> (f64, f64) {
        match self.kind() {
            Epoch => {
                let last = self.linear(max_epochs.into());
                (low.min(last), high.min(last))
            }
            Share | Loss => (low, high),
        }
    }

    /// A range on the scale of [`linear`](Self::linear), back on the scale of the numbers.
    pub fn range_at(self, (low, high): (f64, f64)) -> (f64, f64) {
        (self.difference_at(low), self.difference_at(high))
    }

    /// A number or difference on the scale of statistics: the logarithm of a quantity or ratio that spreads by factors.
    pub fn linear(self, difference: f64) -> f64 {
        match self.is_geometric() {
            true => difference.ln(),
            false => difference,
        }
    }

    /// The inverse of [`linear`](Self::linear).
    pub fn difference_at(self, linear: f64) -> f64 {
        match self.is_geometric() {
            true => linear.exp(),
            false => linear,
        }
    }

    /// The difference of two numbers: a − b, or a / b if the quantity spreads by factors.
    pub fn difference(self, a: f64, b: f64) -> f64 {
        match self.is_geometric() {
            true => a / b,
            false => a - b,
        }
    }

    /// The quantity's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            TestAccuracy => "test accuracy",
            TestLoss => "test loss",
            ValidationLoss => "validation loss",
            StopEpoch => "stopped at epoch",
            BestEpoch => "best epoch",
            NearZero => "weights near 0",
            GeneralisationGap => "test loss minus training loss",
            TrainingRises => "epochs with a rising training loss",
        }
    }

    fn digits(self, x: f64) -> String {
        let digits = match self.kind() {
            Share => format!("{:.2}", 100.0 * x),
            Loss => format!("{x:.4}"),
            Epoch => format!("{x:.0}"),
        };
        match digits.strip_prefix('-') {
            // No "-0.00".
            Some(size) if size.chars().all(|it| it == '0' || it == '.') => size.to_owned(),
            _ => digits,
        }
    }

    fn unit(self) -> &'static str {
        match self.kind() {
            Share => " %",
            Loss | Epoch => "",
        }
    }

    /// A number as text, with its unit.
    pub fn shown(self, x: f64) -> String {
        self.digits(x) + self.unit()
    }

    /// A number as text, or a dash.
    pub fn shown_or_dash(self, x: Option<f64>) -> String {
        x.map_or_else(|| "–".to_owned(), |x| self.shown(x))
    }

    /// The paper's number as text, with the paper's digits, or a dash.
    pub fn shown_printed(self, paper: &Printed) -> String {
        let printed = self.printed(paper);
        match (self, printed) {
            (TestLoss, Some(printed)) => printed.to_string(),
            _ => self.shown_or_dash(printed),
        }
    }

    /// A range as text.
    pub fn shown_range(self, (low, high): (f64, f64)) -> String {
        format!(
            "{} to {}{}",
            self.digits(low),
            self.digits(high),
            self.unit()
        )
    }

    /// A mean and its interval as text: `97.63 ± 0.13 %`, or `37 (29 to 48)` for a quantity that spreads by factors.
    pub fn shown_mean(self, mean: Option<f64>, interval: Option<(f64, f64)>) -> String {
        match (mean, interval) {
            (Some(mean), Some(interval)) if self.is_geometric() => {
                format!("{} ({})", self.digits(mean), self.shown_range(interval))
            }
            (Some(mean), Some((_, high))) => {
                let half = self.digits(high - mean);
                format!("{} ± {half}{}", self.digits(mean), self.unit())
            }
            (mean, _) => self.shown_or_dash(mean),
        }
    }

    /// A difference or ratio as text, with its unit; differences of shares are in points.
    pub fn shown_difference(self, mean: f64, interval: Option<(f64, f64)>) -> String {
        let unit = match self.kind() {
            Share => " points",
            Loss | Epoch => "",
        };
        let digits = |x| match self.kind() {
            Epoch => format!("{x:.2}"),
            Share | Loss => self.digits(x),
        };
        let interval = interval.map(|(low, high)| match self.is_geometric() {
            true => format!(" ({} to {})", digits(low), digits(high)),
            false => format!(" ± {}", digits(high - mean)),
        });
        digits(mean) + &interval.unwrap_or_default() + unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_averaged_as_factors() {
        let run = |epochs_run| RunRow {
            epochs_run,
            ..RunRow::default()
        };
        let runs = [run(10), run(40)];
        let (mean, interval) = StopEpoch.mean_and_interval(StopEpoch.over(&runs));
        assert!((mean.unwrap() - 20.0).abs() < 1e-12);
        let (low, high) = interval.unwrap();
        assert!((low * high - 400.0).abs() < 1e-9 && low > 0.0);
        assert_eq!(StopEpoch.over(&[run(0)]), None);
    }

    #[test]
    fn no_epoch_is_after_the_maximum() {
        for quantity in [StopEpoch, BestEpoch] {
            let cut = |high| {
                let range = quantity.up_to(100, (3.0, quantity.linear(high)));
                quantity.shown_range(quantity.range_at(range))
            };
            assert_eq!(cut(107.0), "20 to 100");
            assert_eq!(cut(90.0), "20 to 90");
        }
        assert_eq!(TestLoss.up_to(1, (0.5, 2.0)), (0.5, 2.0));
    }

    #[test]
    fn people_read() {
        let interval = Some((0.96, 0.98));
        assert_eq!(
            TestAccuracy.shown_mean(Some(0.97), interval),
            "97.00 ± 1.00 %"
        );
        assert_eq!(TestLoss.shown_mean(Some(0.08), None), "0.0800");
        assert_eq!(
            StopEpoch.shown_mean(Some(20.2), Some((10.0, 40.4))),
            "20 (10 to 40)"
        );
        assert_eq!(StopEpoch.shown_mean(None, None), "–");
        let difference = TestAccuracy.shown_difference(-0.01, Some((-0.02, 0.0)));
        assert_eq!(difference, "-1.00 ± 1.00 points");
        assert_eq!(
            BestEpoch.shown_difference(0.5, Some((0.25, 1.0))),
            "0.50 (0.25 to 1.00)"
        );
        assert_eq!(TestLoss.shown_range((0.1, 0.2)), "0.1000 to 0.2000");
        assert_eq!(TestLoss.shown_difference(-0.000_04, None), "0.0000");
    }
}
