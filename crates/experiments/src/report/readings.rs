//! The report's part on readings: what each choice that the paper leaves open changes, and which agree
//! with what it printed.

use std::fmt::Write;

use anyhow::Result;

use super::drawings::{NamedFigure, comparison_row};
use super::findings::{ExperimentFindings, Findings};
use super::markdown::{escape, number, per_cent, section};
use crate::claims::{Evidence, Verdict, judge};
use crate::figures::comparison;
use crate::statistics::Sample;
use crate::tables::RunRow;

/// An experiment as the paper has it, and its readings.
struct Group<'a> {
    base: &'a ExperimentFindings,
    readings: Vec<&'a ExperimentFindings>,
}

/// Those that have readings.
fn groups(findings: &Findings) -> Vec<Group<'_>> {
    let all = &findings.experiments;
    let bases = all.iter().filter(|e| e.record.reading.is_none());
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

/// A comparison for each experiment that has readings.
pub(super) fn draw(findings: &Findings) -> Result<Vec<NamedFigure>> {
    let mut figures = Vec::new();
    for Group { base, readings } in groups(findings) {
        let mut rows = vec![comparison_row(base)];
        rows[0].id = "as written".to_owned();
        for experiment in readings {
            let mut row = comparison_row(experiment);
            if let Some(reading) = &experiment.record.reading {
                row.id.clone_from(&reading.id);
            }
            rows.push(row);
        }
        let caption = format!("{}, read in other ways", base.record.title);
        figures.push(NamedFigure {
            name: format!("readings-{}", base.record.id),
            figure: comparison(&caption, &rows)?,
            caption,
        });
    }
    Ok(figures)
}

/// A table for each experiment that has readings.
pub(super) fn write(to: &mut String, findings: &Findings) -> std::fmt::Result {
    let groups = groups(findings);
    if groups.is_empty() {
        return Ok(());
    }
    section(to, "What other readings of the paper change")?;
    writeln!(
        to,
        "Each row changes what its words say, and nothing else. *Difference* is that of the test accuracy \
         in points, seed by seed, ± half its 95 % interval. *Fits* counts the paper's printed numbers, of \
         accuracy, loss and stopping epoch, that lie where 95 % of single runs like ours would.\n"
    )?;
    for Group { base, readings } in groups {
        writeln!(to, "### {}\n", escape(&base.record.title))?;
        writeln!(
            to,
            "| reading | test accuracy | difference | test loss | stopped | near 0 | fits |\n\
             |---|--:|--:|--:|--:|--:|--:|"
        )?;
        let s = &base.summary;
        writeln!(
            to,
            "| *the paper* | {} | | {} | {} | | |",
            per_cent(s.test_accuracy_paper, None),
            s.test_loss_paper
                .map_or_else(|| "–".to_owned(), |x| x.to_string()),
            number(s.epochs_run_paper, None, 0),
        )?;
        row(to, "as written", base, base)?;
        for experiment in readings {
            let title = experiment.record.reading.as_ref().map(|r| escape(&r.title));
            row(to, &title.unwrap_or_default(), experiment, base)?;
        }
        writeln!(to)?;
    }
    Ok(())
}

fn row(
    to: &mut String,
    title: &str,
    experiment: &ExperimentFindings,
    base: &ExperimentFindings,
) -> std::fmt::Result {
    let s = &experiment.summary;
    let runs = rows(experiment);
    let (fits, of) = fits(experiment, &runs);
    let near_zero: Option<Vec<f64>> = runs.iter().map(|run| run.near_zero).collect();
    let near_zero = near_zero.as_deref().and_then(Sample::of);
    let difference = match std::ptr::eq(experiment, base) {
        true => "–".to_owned(),
        false => difference(&runs, &rows(base)),
    };
    writeln!(
        to,
        "| {title} | {} | {difference} | {} | {} | {} | {fits} of {of} |",
        per_cent(s.test_accuracy_mean, s.test_accuracy_high),
        number(s.test_loss_mean, s.test_loss_high, 4),
        number(s.epochs_run_mean, s.epochs_run_high, 1),
        per_cent(near_zero.map(|sample| sample.mean), None),
    )
}

fn rows(experiment: &ExperimentFindings) -> Vec<RunRow> {
    let runs = experiment.runs.iter();
    runs.map(|run| run.record.result.clone()).collect()
}

/// How many of the paper's numbers agree with these runs, and how many there are.
fn fits(experiment: &ExperimentFindings, runs: &[RunRow]) -> (usize, usize) {
    let evidence = Evidence {
        id: &experiment.record.id,
        title: &experiment.record.title,
        section: "",
        paper: &experiment.record.paper,
        runs,
    };
    let judged = judge(&[], &[evidence], &[]);
    let good = [Verdict::Reproduced, Verdict::WithinSpread].map(|verdict| verdict.to_string());
    let fits = judged.iter().filter(|row| good.contains(&row.verdict));
    (fits.count(), judged.len())
}

fn difference(runs: &[RunRow], base: &[RunRow]) -> String {
    let of = |run: &RunRow| {
        let other = base.iter().find(|other| other.seed == run.seed)?;
        Some(100.0 * (run.test_accuracy? - other.test_accuracy?))
    };
    let numbers: Vec<f64> = runs.iter().filter_map(of).collect();
    match Sample::of(&numbers) {
        None => "–".to_owned(),
        Some(sample) => {
            let half = sample
                .interval
                .map(|(_, high)| format!(" ± {:.2}", high - sample.mean));
            format!("{:+.2}{}", sample.mean, half.unwrap_or_default())
        }
    }
}
