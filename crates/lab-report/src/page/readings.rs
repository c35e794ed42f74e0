//! The part on other readings of the paper: what each choice that it leaves open changes.

use std::fmt::Write;

use lab_results::stats::Quantity;
use lab_results::tables::Verdict;

use super::text::{escape, section};
use crate::findings::{ExperimentFindings, Findings};
use crate::readings::{Group, counted, groups};
use crate::verdicts::{differences, verdict};

/// A table for each experiment that has readings.
pub(super) fn write(to: &mut String, findings: &Findings) -> std::fmt::Result {
    let groups = groups(findings);
    if groups.is_empty() {
        return Ok(());
    }
    section(to, "What other readings of the paper change")?;
    writeln!(
        to,
        "Each row changes what its words say, and nothing else; figures call it by the name in brackets. \
         *Difference* is that of the test accuracy in points, seed by seed, ± the half-width of its 95 % \
         interval. A number is **bold** if the paper's lies where one more run like ours would lie with 95 % \
         probability, and that interval reaches no further than one point of accuracy, 0.02 nats or a factor \
         of two to either side; (in brackets) if it lies in a wider one. The paper's \"early stopped at epoch\" \
         is compared with the last epoch and with the best. *Fits* counts the paper's numbers that are met \
         so, its epoch by the last or by the best.\n"
    )?;
    writeln!(
        to,
        "| experiment | as written | most | with |\n|---|--:|--:|---|"
    )?;
    for group in &groups {
        let (most, with) = best(group);
        let title = escape(&group.base.record.title);
        let (as_written, of) = counted(group.base);
        writeln!(
            to,
            "| {title} | {as_written} of {of} | {most} of {of} | {with} |"
        )?;
    }
    writeln!(to)?;
    for Group { base, readings } in groups {
        writeln!(to, "### {}\n", escape(&base.record.title))?;
        writeln!(
            to,
            "| reading | test accuracy | difference | test loss | stopped | best epoch | near 0 | fits |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        let printed = |quantity| base.printed(quantity);
        writeln!(
            to,
            "| *the paper* | {} | | {} | {} | | | |",
            printed(Quantity::TestAccuracy),
            printed(Quantity::TestLoss),
            printed(Quantity::StopEpoch),
        )?;
        row(to, base, base)?;
        for experiment in readings {
            row(to, experiment, base)?;
        }
        writeln!(to)?;
    }
    Ok(())
}

fn row(
    to: &mut String,
    experiment: &ExperimentFindings,
    base: &ExperimentFindings,
) -> std::fmt::Result {
    let evidence = experiment.evidence();
    let cell = |quantity: Quantity| {
        let text = experiment.mean(quantity);
        match verdict(&evidence, quantity) {
            Some(Verdict::Reproduced) => format!("**{text}**"),
            Some(Verdict::WithinSeedSpread) => format!("({text})"),
            _ => text,
        }
    };
    let difference = match std::ptr::eq(experiment, base) {
        true => None,
        false => differences(&evidence, &base.evidence(), Quantity::TestAccuracy),
    };
    let difference = difference.map_or_else(
        || "–".to_owned(),
        |sample| Quantity::TestAccuracy.shown_difference(sample.mean, sample.interval),
    );
    let near_zero = Quantity::NearZero.over(experiment.rows());
    let (fit, of) = counted(experiment);
    writeln!(
        to,
        "| {} | {} | {} | {} | {} | {} | {} | {fit} of {of} |",
        title(experiment),
        cell(Quantity::TestAccuracy),
        difference.trim_end_matches(" points"),
        cell(Quantity::TestLoss),
        cell(Quantity::StopEpoch),
        cell(Quantity::BestEpoch),
        Quantity::NearZero.shown_or_dash(near_zero.map(|sample| sample.mean)),
    )
}

/// Most of the paper's numbers that any reading fits, and which readings do.
fn best(group: &Group<'_>) -> (usize, String) {
    let count = |e: &&ExperimentFindings| counted(e).0;
    let as_written = count(&group.base);
    let others = group.readings.iter().map(count).max().unwrap_or(0);
    let most = as_written.max(others);
    let best = group.readings.iter().filter(|e| count(e) == most);
    let with = if as_written == most {
        format!("as written, and {} other readings", best.count())
    } else {
        best.map(|e| title(e)).collect::<Vec<_>>().join("; ")
    };
    (most, with)
}

/// How an experiment reads the paper.
fn title(experiment: &ExperimentFindings) -> String {
    let reading = experiment.record.reading.as_ref();
    reading.map_or_else(
        || "as written".to_owned(),
        |reading| format!("{} (`{}`)", escape(&reading.title), reading.id),
    )
}
