//! The report's part on readings: what each choice that the paper leaves open changes, and which agree
//! with what it printed.

use std::fmt::Write;

use anyhow::Result;

use super::drawings::{NamedFigure, comparison_row};
use super::findings::{ExperimentFindings, Findings};
use super::markdown::{escape, number, per_cent, section};
use crate::claims::{Evidence, PRINTED, Quantity, Verdict, differences, verdict};
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

impl Group<'_> {
    /// Most of the paper's numbers that any reading fits, and which readings do.
    fn best(&self) -> (usize, String) {
        let count = |e: &&ExperimentFindings| counted(e).0;
        let as_written = count(&self.base);
        let others = self.readings.iter().map(count).max().unwrap_or(0);
        let most = as_written.max(others);
        let best = self.readings.iter().filter(|e| count(e) == most);
        let with = if as_written == most {
            format!("as written, and {} other readings", best.count())
        } else {
            best.map(|e| title(e)).collect::<Vec<_>>().join("; ")
        };
        (most, with)
    }
}

/// How an experiment reads the paper.
fn title(experiment: &ExperimentFindings) -> String {
    let reading = experiment.record.reading.as_ref();
    reading.map_or_else(|| "as written".to_owned(), |r| escape(&r.title))
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
         in points, seed by seed, ± half its 95 % interval. A number is **bold** if the paper's lies where \
         95 % of single runs like ours would, and *fits* counts those.\n"
    )?;
    writeln!(
        to,
        "| experiment | as written | most | with |\n|---|--:|--:|---|"
    )?;
    for group in &groups {
        let (most, with) = group.best();
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
    let s = &experiment.summary;
    let (runs, as_written) = (experiment.rows(), base.rows());
    let evidence = experiment.evidence(&runs);
    let (fit, of) = counted(experiment);
    let [accuracy, loss, stopped] = fits(&evidence);
    let marked = |text: String, fits: Option<bool>| match fits {
        Some(true) => format!("**{text}**"),
        _ => text,
    };
    let near_zero: Option<Vec<f64>> = runs.iter().map(|run| run.near_zero).collect();
    let near_zero = near_zero.as_deref().and_then(Sample::of);
    let difference = match std::ptr::eq(experiment, base) {
        true => "–".to_owned(),
        false => difference(evidence, base.evidence(&as_written)),
    };
    writeln!(
        to,
        "| {} | {} | {difference} | {} | {} | {} | {fit} of {of} |",
        title(experiment),
        marked(
            per_cent(s.test_accuracy_mean, s.test_accuracy_high),
            accuracy
        ),
        marked(number(s.test_loss_mean, s.test_loss_high, 4), loss),
        marked(number(s.epochs_run_mean, s.epochs_run_high, 1), stopped),
        per_cent(near_zero.map(|sample| sample.mean), None),
    )
}

/// Whether each number that the paper prints agrees with these runs; nothing where it prints none.
fn fits(evidence: &Evidence<'_>) -> [Option<bool>; 3] {
    PRINTED.map(|quantity| {
        let verdict = verdict(evidence, quantity)?;
        Some(matches!(
            verdict,
            Verdict::Reproduced | Verdict::WithinSpread
        ))
    })
}

/// How many of the paper's numbers agree with an experiment's runs, and how many there are.
fn counted(experiment: &ExperimentFindings) -> (usize, usize) {
    let fits = fits(&experiment.evidence(&experiment.rows()));
    let there = fits.iter().flatten();
    (there.clone().filter(|fits| **fits).count(), there.count())
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
