//! From the table of readings to further tables, figures and the page.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use lab_figures::{SpecificationCurve, specification_curve};
use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::disk::whole::{make_folder, sha256};
use lab_results::names::{FIGURES, REPORT, SHA256SUMS};
use lab_results::stats::Quantity;
use lab_results::store::Writer;

use crate::explained::{Explained, OUTCOMES, outcomes};
use crate::fit::{Fit, fits};
use crate::page::{self, Page, page};

/// Writes `readings.csv`, `fits.csv`, `explained.csv`, figures, `REPORT.md` and `SHA256SUMS`. Returns where the page is,
/// and the answer.
///
/// # Errors
/// No readings of all experiments; files that cannot be written.
pub fn write_report(
    store: &Writer,
    multiverse: &Combinations,
    readings: &[CombinationRow],
) -> Result<(PathBuf, String)> {
    let folder = store.folder();
    let all = fits(multiverse, readings);
    ensure!(
        !all.is_empty(),
        "{}: no combination was run with every experiment; run some first",
        folder.display()
    );
    let mut files: Vec<(PathBuf, Vec<u8>)> = vec![
        ("readings.csv".into(), multiverse.to_csv(readings)?),
        ("fits.csv".into(), fits_csv(multiverse, &all)?),
    ];
    let shares: Vec<Explained> = multiverse
        .experiments
        .iter()
        .flat_map(|experiment| {
            OUTCOMES.map(|outcome| Explained::of(multiverse, readings, &experiment.id, outcome))
        })
        .collect();
    files.push(("explained.csv".into(), explained_csv(multiverse, &shares)?));
    for experiment in &multiverse.experiments {
        let accuracy = |it: &CombinationRow| it.test_accuracy.map(|x| 100.0 * x);
        let figure = specification_curve(&SpecificationCurve {
            heading: format!("{}: every combination of choices", experiment.title),
            outcome: "test accuracy (%)".to_owned(),
            choices: multiverse
                .choices
                .iter()
                .map(|it| (it.setting.clone(), it.values.clone()))
                .collect(),
            combinations: outcomes(readings, &experiment.id, accuracy),
            paper: Quantity::TestAccuracy
                .printed(&experiment.paper)
                .map(|x| 100.0 * x),
        })?;
        let path =
            |ending| Path::new(FIGURES).join(format!("specifications-{}.{ending}", experiment.id));
        files.push((path("svg"), figure.svg().as_bytes().to_vec()));
        files.push((path("png"), figure.png()?));
    }
    let text = page(&Page {
        multiverse,
        readings,
        fits: &all,
        explained: &shares,
    });
    files.push((REPORT.into(), text.into_bytes()));

    make_folder(&folder.join(FIGURES))?;
    let mut sums = String::new();
    for (name, bytes) in &files {
        sums += &format!(
            "{}  {}\n",
            sha256(bytes),
            name.display().to_string().replace('\\', "/")
        );
        store.write(name, bytes)?;
    }
    store.write(SHA256SUMS, sums.as_bytes())?;
    Ok((folder.join(REPORT), page::answer(multiverse, &all)))
}

/// Whether one combination prints all lines of the paper, in two sentences.
pub fn answer(multiverse: &Combinations, readings: &[CombinationRow]) -> String {
    page::answer(multiverse, &fits(multiverse, readings))
}

fn names(multiverse: &Combinations) -> impl Iterator<Item = String> {
    multiverse
        .choices
        .iter()
        .map(|it| it.setting.replace('-', "_"))
}

fn explained_csv(multiverse: &Combinations, shares: &[Explained]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let names: Vec<String> = names(multiverse).collect();
    let first = ["experiment", "outcome"].map(str::to_owned);
    table.write_record(first.into_iter().chain(names.iter().cloned()))?;
    for it in shares {
        let share = |at: usize| {
            it.shares
                .as_ref()
                .map(|all| all[at].to_string())
                .unwrap_or_default()
        };
        let first = [it.experiment.clone(), it.outcome.to_owned()];
        table.write_record(first.into_iter().chain((0..names.len()).map(share)))?;
    }
    Ok(table.into_inner()?)
}

fn fits_csv(multiverse: &Combinations, fits: &[Fit]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let names = names(multiverse);
    let numbers = fits
        .first()
        .map_or(&[][..], |fit| fit.numbers.as_slice())
        .iter();
    let numbers =
        numbers.map(|it| format!("{}_{}", it.experiment, it.quantity.name().replace(' ', "_")));
    let last = ["seeds", "distance"].map(str::to_owned);
    table.write_record(names.chain(last).chain(numbers))?;
    for fit in fits {
        let numbers = fit
            .numbers
            .iter()
            .map(|it| it.ours.map(|x| x.to_string()).unwrap_or_default());
        let last = [fit.seeds.to_string(), fit.distance.to_string()];
        table.write_record(
            multiverse
                .words(&fit.chosen)
                .into_iter()
                .chain(last)
                .chain(numbers),
        )?;
    }
    Ok(table.into_inner()?)
}
