//! Other readings of the paper, beside the experiments that they read: which agree with what it printed.

use lab_results::stats::Quantity;
use lab_results::tables::Verdict;

use crate::findings::{ExperimentFindings, Findings};
use crate::verdicts::verdict;

/// An experiment as the paper has it, and its readings.
pub(crate) struct Group<'a> {
    /// As written.
    pub(crate) base: &'a ExperimentFindings,
    /// The others, in the suite's order.
    pub(crate) readings: Vec<&'a ExperimentFindings>,
}

/// Those that have readings.
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

/// How many of the paper's numbers agree with an experiment's runs, and how many there are. Its epoch may
/// be the last or the best.
pub(crate) fn counted(experiment: &ExperimentFindings) -> (usize, usize) {
    let evidence = experiment.evidence();
    let fits = |quantity| Some(verdict(&evidence, quantity)? == Verdict::Reproduced);
    let last = fits(Quantity::StopEpoch);
    let best = fits(Quantity::BestEpoch);
    let there = [
        fits(Quantity::TestAccuracy),
        fits(Quantity::TestLoss),
        last.zip(best).map(|(last, best)| last || best),
    ];
    let there = there.iter().flatten();
    (there.clone().filter(|fits| **fits).count(), there.count())
}
