//! Other readings of the paper, with the experiments that they change and the printed numbers that they fit.

use lab_results::stats::Quantity;

use crate::findings::{ExperimentFindings, Findings};

/// An experiment as the paper has it, and its readings.
pub(crate) struct Group<'a> {
    /// The experiment as written.
    pub(crate) base: &'a ExperimentFindings,
    /// The readings, in the suite's order.
    pub(crate) readings: Vec<&'a ExperimentFindings>,
}

/// The experiments that have readings.
pub(crate) fn groups(findings: &Findings) -> Vec<Group<'_>> {
    let all = &findings.experiments;
    let bases = findings.as_written();
    let group = |base| {
        let of = |e: &&ExperimentFindings| is_reading_of(e, base);
        Group {
            base,
            readings: all.iter().filter(of).collect(),
        }
    };
    let groups = bases.map(group);
    groups.filter(|group| !group.readings.is_empty()).collect()
}

fn is_reading_of(experiment: &ExperimentFindings, base: &ExperimentFindings) -> bool {
    let reading = experiment.record.reading.as_ref();
    reading.is_some_and(|reading| reading.of == base.record.id)
}

/// Whether the number that the paper printed is in the 95 % prediction interval of one more run; `None` without a
/// printed number, or with fewer than two runs.
pub(crate) fn is_inside(experiment: &ExperimentFindings, quantity: Quantity) -> Option<bool> {
    let printed = quantity.linear(quantity.printed(&experiment.record.paper)?);
    let (low, high) = experiment.sample(quantity)?.prediction(0.95)?;
    Some(low <= printed && printed <= high)
}

/// The number of printed numbers in their prediction intervals, and the number of printed numbers. The paper's epoch
/// may be the last or the best.
pub(crate) fn counted(experiment: &ExperimentFindings) -> (usize, usize) {
    let inside = |quantity| is_inside(experiment, quantity);
    let (last, best) = (inside(Quantity::StopEpoch), inside(Quantity::BestEpoch));
    let there = [
        inside(Quantity::TestAccuracy),
        inside(Quantity::TestLoss),
        last.zip(best).map(|(last, best)| last || best),
    ];
    let there = there.iter().flatten();
    (
        there.clone().filter(|&&inside| inside).count(),
        there.count(),
    )
}
