//! The part on other readings of the paper: the effect of each choice that the paper leaves open.

use lab_claims::Runs;
use lab_results::stats::{Quantity, Sample};
use lab_results::suite::Reading;
use serde::Serialize;

use super::text::DASH;
use crate::findings::{ExperimentFindings, Findings};
use crate::readings::{self, counted, is_inside};

/// An experiment that has readings.
#[derive(Serialize)]
pub(super) struct Group<'a> {
    title: &'a str,
    paper: Paper,
    /// The number of printed numbers.
    of: usize,
    /// The number of printed numbers that the experiment as written fits.
    as_written: usize,
    /// The largest number that any reading fits, or the experiment as written.
    most: usize,
    /// The other readings that fit this number.
    best: Vec<Row<'a>>,
    /// The experiment as written, then the readings.
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Paper {
    accuracy: String,
    loss: String,
    stopped: String,
}

#[derive(Serialize)]
struct Row<'a> {
    /// `None` for the experiment as written.
    reading: Option<&'a Reading>,
    accuracy: Compared,
    /// The difference from the experiment as written, in points of test accuracy.
    difference: String,
    loss: Compared,
    stopped: Compared,
    best_epoch: Compared,
    near_zero: String,
    fits: usize,
    of: usize,
}

/// A mean over seeds, and whether the paper's number is in the 95 % prediction interval of one more run.
#[derive(Serialize)]
struct Compared {
    ours: String,
    inside: bool,
}

/// The experiments that have readings.
pub(super) fn readings(findings: &Findings) -> Vec<Group<'_>> {
    let groups = readings::groups(findings).into_iter();
    groups.map(group).collect()
}

fn group<'a>(readings::Group { base, readings }: readings::Group<'a>) -> Group<'a> {
    let (as_written, of) = counted(base);
    let others = readings.iter().map(|experiment| row(experiment, base));
    let fits = readings.iter().map(|experiment| counted(experiment).0);
    let most = fits.fold(as_written, usize::max);
    let best = others.clone().filter(|row| row.fits == most);
    Group {
        title: &base.record.title,
        paper: Paper {
            accuracy: base.printed(Quantity::TestAccuracy),
            loss: base.printed(Quantity::TestLoss),
            stopped: base.printed(Quantity::StopEpoch),
        },
        of,
        as_written,
        most,
        best: best.collect(),
        rows: std::iter::once(row(base, base)).chain(others).collect(),
    }
}

fn row<'a>(experiment: &'a ExperimentFindings, base: &ExperimentFindings) -> Row<'a> {
    let compared = |quantity| Compared {
        ours: experiment.mean(quantity),
        inside: is_inside(experiment, quantity) == Some(true),
    };
    let difference = match std::ptr::eq(experiment, base) {
        true => None,
        false => difference(experiment, base),
    };
    let difference = difference.unwrap_or_else(|| DASH.to_owned());
    let near_zero = experiment.sample(Quantity::NearZero);
    let (fits, of) = counted(experiment);
    Row {
        reading: experiment.record.reading.as_ref(),
        accuracy: compared(Quantity::TestAccuracy),
        difference: difference.trim_end_matches(" points").to_owned(),
        loss: compared(Quantity::TestLoss),
        stopped: compared(Quantity::StopEpoch),
        best_epoch: compared(Quantity::BestEpoch),
        near_zero: Quantity::NearZero.shown_or_dash(near_zero.map(|sample| sample.mean)),
        fits,
        of,
    }
}

/// The mean difference of test accuracies, seed by seed, with its interval.
fn difference(experiment: &ExperimentFindings, base: &ExperimentFindings) -> Option<String> {
    let accuracy = Quantity::TestAccuracy;
    let runs = Runs::new(experiment.rows.iter().chain(&base.rows).cloned());
    let ids = [&experiment.record.id, &base.record.id].map(String::as_str);
    let numbers = runs.differences(ids, accuracy).ok()?;
    let numbers: Vec<f64> = numbers.into_iter().map(|(_, number)| number).collect();
    let (mean, interval) = accuracy.mean_and_interval(Sample::of(&numbers));
    Some(accuracy.shown_difference(mean?, interval))
}
