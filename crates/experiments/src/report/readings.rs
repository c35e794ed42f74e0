//! The report's part on readings: what each choice that the paper leaves open changes, and which agree
//! with what it printed.

use std::fmt::Write;

use anyhow::Result;

use super::drawings::{NamedFigure, comparison_row};
use super::findings::{ExperimentFindings, Findings};
use super::markdown::{escape, number, per_cent, section};
use crate::claims::{Evidence, Quantity, Verdict, differences, judge};
use crate::figures::comparison;
use crate::statistics::Sample;

/// An experiment as the paper has it, and its readings.
struct Group<'a> {
    base: &'a ExperimentFindings,
    readings: Vec<&'a ExperimentFindings>,
}

/// Those that have readings.
fn groups(findings: &Findings) -> Vec<Group<'_>> {
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
    let (runs, as_written) = (experiment.rows(), base.rows());
    let evidence = experiment.evidence(&runs);
    let (fits, of) = fits(evidence);
    let near_zero: Option<Vec<f64>> = runs.iter().map(|run| run.near_zero).collect();
    let near_zero = near_zero.as_deref().and_then(Sample::of);
    let difference = match std::ptr::eq(experiment, base) {
        true => "–".to_owned(),
        false => difference(evidence, base.evidence(&as_written)),
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

/// How many of the paper's numbers agree with these runs, and how many there are.
fn fits(evidence: Evidence<'_>) -> (usize, usize) {
    let judged = judge(&[], &[evidence], &[]);
    let good = [Verdict::Reproduced, Verdict::WithinSpread].map(|verdict| verdict.to_string());
    let fits = judged.iter().filter(|row| good.contains(&row.verdict));
    (fits.count(), judged.len())
}

/// Of the test accuracy, in points.
fn difference(reading: Evidence<'_>, as_written: Evidence<'_>) -> String {
    let Some(sample) = differences(&reading, &as_written, Quantity::TestAccuracy) else {
        return "–".to_owned();
    };
    let half = sample
        .interval
        .map(|(_, high)| format!(" ± {:.2}", 100.0 * (high - sample.mean)));
    format!("{:+.2}{}", 100.0 * sample.mean, half.unwrap_or_default())
}
