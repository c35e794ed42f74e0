//! The part on other readings of the paper: what each choice that it leaves open changes.

use lab_results::stats::Quantity;
use lab_results::suite::Reading;
use lab_results::tables::Verdict;
use serde::Serialize;

use super::text::DASH;
use crate::findings::{ExperimentFindings, Findings};
use crate::readings::{self, counted};
use crate::verdicts::{differences, verdict};

/// An experiment that has readings.
#[derive(Serialize)]
pub(super) struct Group<'a> {
    title: &'a str,
    paper: Paper,
    /// How many numbers the paper has of it.
    of: usize,
    /// How many of them the experiment as written fits.
    as_written: usize,
    /// The most of them that any reading fits, or the experiment as written.
    most: usize,
    /// Which other readings fit so many.
    best: Vec<Row<'a>>,
    /// As written, then the others.
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
    /// None for the experiment as written.
    reading: Option<&'a Reading>,
    accuracy: Judged,
    /// From the experiment as written, in points of test accuracy.
    difference: String,
    loss: Judged,
    stopped: Judged,
    best_epoch: Judged,
    near_zero: String,
    fits: usize,
    of: usize,
}

/// A mean over seeds, and what it says of the paper's number, if that has one.
#[derive(Serialize)]
struct Judged {
    ours: String,
    verdict: Option<Verdict>,
}

/// Those that have readings.
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
    let evidence = experiment.evidence();
    let judged = |quantity| Judged {
        ours: experiment.mean(quantity),
        verdict: verdict(&evidence, quantity),
    };
    let difference = match std::ptr::eq(experiment, base) {
        true => None,
        false => differences(&evidence, &base.evidence(), Quantity::TestAccuracy),
    };
    let difference = difference.map_or_else(
        || DASH.to_owned(),
        |sample| Quantity::TestAccuracy.shown_difference(sample.mean, sample.interval),
    );
    let near_zero = Quantity::NearZero.over(experiment.rows());
    let (fits, of) = counted(experiment);
    Row {
        reading: experiment.record.reading.as_ref(),
        accuracy: judged(Quantity::TestAccuracy),
        difference: difference.trim_end_matches(" points").to_owned(),
        loss: judged(Quantity::TestLoss),
        stopped: judged(Quantity::StopEpoch),
        best_epoch: judged(Quantity::BestEpoch),
        near_zero: Quantity::NearZero.shown_or_dash(near_zero.map(|sample| sample.mean)),
        fits,
        of,
    }
}
