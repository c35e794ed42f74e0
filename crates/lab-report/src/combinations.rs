//! The report on combinations of the choices that a paper leaves open.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use lab_claims::combinations::{Explained, Fit, NEAR, answer, fits, most_seeds, outcomes, shares};
use lab_figures::{Combination, Nearness, SpecificationCurve, specification_curve};
use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::disk::atomic_file::{read, sha256};
use lab_results::names::{
    COMBINATIONS, EXPLAINED, FITS, INTERACTIVE_REPORT, READINGS, REPORT, SHA256SUMS,
};
use lab_results::stats::Quantity;
use lab_results::store::Writer;
use lab_results::suite::{Experiment, check_name};

use crate::Report;
use crate::figure::NamedFigure;
use crate::folder::{Folder, Kind};
use crate::grids::order;
use crate::page;

/// Writes `fits.csv`, `explained.csv`, figures, `REPORT.md`, `report.html` and `SHA256SUMS`.
///
/// # Errors
/// No combination of all experiments; files that cannot be read or written.
pub(crate) fn write(store: &Writer) -> Result<Report> {
    let (combinations, rows) = Combinations::open(store.folder())?;
    let ids = combinations.experiments.iter().map(|it| &it.id);
    for name in ids.chain(&combinations.verdicts) {
        check_name(name)
            .with_context(|| store.folder().join(COMBINATIONS).display().to_string())?;
    }
    let fits = fits(&combinations, &rows);
    let answer = answer(&combinations, &fits);
    ensure!(
        answer.is_some(),
        "{}: no combination was run with every experiment; run some with `mnist-lab study multiverse`",
        store.folder().display()
    );
    let explained = shares(&combinations, &rows);
    let mut folder = Folder::open(store, Kind::Combinations)?;
    folder.write(FITS, &fits_csv(&combinations, &fits)?)?;
    folder.write(EXPLAINED, &explained_csv(&combinations, &explained)?)?;
    for experiment in &combinations.experiments {
        folder.write_figure(&specifications(&combinations, &rows, &fits, experiment)?)?;
    }
    if let Some(figure) = nearness(&combinations, &fits)? {
        folder.write_figure(&figure)?;
    }
    let page = page::Combinations {
        combinations: &combinations,
        rows: &rows,
        fits: &fits,
        explained: &explained,
    };
    folder.write(REPORT, page.report()?.as_bytes())?;
    let interactive = page::interactive(&page::Contents {
        title: &combinations.title,
        lead: None,
        claims: None,
        runs: None,
        combinations: Some(&page),
        readings: None,
    })?;
    folder.write(INTERACTIVE_REPORT, interactive.as_bytes())?;
    let mut sums = String::new();
    for name in std::iter::once(READINGS).chain(folder.files()) {
        let sum = sha256(&read(&store.folder().join(name))?);
        sums += &format!("{sum}  {name}\n");
    }
    store.write(SHA256SUMS, sums.as_bytes())?;
    folder.finish()?;
    Ok(Report {
        path: store.folder().join(REPORT),
        kind: Kind::Combinations,
        headline: page.headline()?,
        summary: Vec::new(),
        judged: None,
    })
}

/// The distances from the results of the first two experiments, by the loss that early stopping watches; `None` with one
/// experiment.
fn nearness(combinations: &Combinations, fits: &[Fit]) -> Result<Option<NamedFigure>> {
    let [first, second, ..] = &combinations.experiments[..] else {
        return Ok(None);
    };
    let point = |fit: &Fit| (fit.distance_of(&first.id), fit.distance_of(&second.id));
    let axis = combinations.step_choices();
    let values = combinations.choices[axis].values.iter().enumerate();
    let groups = values.map(|(at, value)| {
        let of = fits.iter().filter(|fit| fit.chosen[axis] == at);
        let name = match value.as_str() {
            "data" => "watches the loss alone".to_owned(),
            "objective" => "watches loss plus penalty".to_owned(),
            other => other.to_owned(),
        };
        (name, of.map(point).collect())
    });
    let literal = combinations.literal();
    let named = [
        ("highest joint p", most_seeds(fits).next()),
        (
            "literal reading",
            fits.iter().find(|it| it.chosen == literal),
        ),
    ];
    let named = named.into_iter();
    let title = |it: &Experiment| format!("{}: distance in prediction errors", it.id);
    let figure = lab_figures::nearness(&Nearness {
        heading: format!(
            "{} combinations: distances from both printed lines",
            fits.len()
        ),
        axes: [title(first), title(second)],
        groups: groups.collect(),
        near: NEAR,
        named: named
            .filter_map(|(name, fit)| Some((name.to_owned(), point(fit?))))
            .collect(),
    })?;
    let caption = "The distance of every combination from both lines of the paper";
    Ok(Some(NamedFigure::new(
        "nearness",
        caption.to_owned(),
        figure,
    )))
}

fn specifications(
    combinations: &Combinations,
    rows: &[CombinationRow],
    fits: &[Fit],
    experiment: &Experiment,
) -> Result<NamedFigure> {
    let accuracy = |it: &CombinationRow| it.test_accuracy.map(|x| 100.0 * x);
    let near = fits
        .iter()
        .filter(|fit| fit.distance_of(&experiment.id) <= NEAR);
    let near: BTreeSet<&[usize]> = near.map(|fit| fit.chosen.as_slice()).collect();
    let orders: Vec<_> = combinations
        .choices
        .iter()
        .map(|it| order(&it.values))
        .collect();
    let choices = combinations.choices.iter().zip(&orders);
    let choices = choices.map(|(choice, order)| {
        let words = |&at: &usize| match at {
            0 => format!("{} (literal)", choice.values[at]),
            _ => choice.values[at].clone(),
        };
        (choice.setting.clone(), order.iter().map(words).collect())
    });
    let drawn = outcomes(rows, &experiment.id, accuracy).into_iter();
    let drawn = drawn.map(|(outcome, chosen)| {
        let place = |(at, order): (&usize, &Vec<usize>)| order.iter().position(|it| it == at);
        Combination {
            outcome,
            is_marked: near.contains(chosen.as_slice()),
            chosen: chosen.iter().zip(&orders).filter_map(place).collect(),
        }
    });
    let figure = specification_curve(&SpecificationCurve {
        heading: format!("{}: test accuracy and choices", experiment.title),
        outcome: "test accuracy (%)".to_owned(),
        choices: choices.collect(),
        combinations: drawn.collect(),
        paper: Quantity::TestAccuracy
            .printed(&experiment.paper)
            .map(|x| 100.0 * x),
        marked: format!("every printed number within {NEAR} prediction errors"),
    })?;
    let name = format!("specifications-{}", experiment.id);
    Ok(NamedFigure::new(name, SPECIFICATIONS.to_owned(), figure))
}

/// The caption of a specification curve.
pub(crate) const SPECIFICATIONS: &str =
    "Test accuracy and chosen values of the combinations nearest to the paper's test accuracy";

/// The names of the choices, as column names.
fn columns(combinations: &Combinations) -> impl Iterator<Item = String> {
    let choices = combinations.choices.iter();
    choices.map(|it| it.setting.replace('-', "_"))
}

fn explained_csv(combinations: &Combinations, explained: &[Explained]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let first = ["experiment", "outcome"].map(str::to_owned);
    table.write_record(first.into_iter().chain(columns(combinations)))?;
    for it in explained {
        let share = |at: usize| it.shares.as_ref().map(|all| all[at].to_string());
        let shares = (0..combinations.choices.len()).map(|at| share(at).unwrap_or_default());
        let first = [it.experiment.clone(), it.outcome.to_owned()];
        table.write_record(first.into_iter().chain(shares))?;
    }
    Ok(table.into_inner()?)
}

fn fits_csv(combinations: &Combinations, fits: &[Fit]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let numbers = fits.iter().take(1).flat_map(|fit| &fit.numbers);
    let numbers =
        numbers.map(|it| format!("{}_{}", it.experiment, it.quantity.name().replace(' ', "_")));
    let joint = combinations
        .experiments
        .iter()
        .map(|it| format!("{}_joint_p", it.id));
    let last = ["seeds", "distance"].map(str::to_owned);
    table.write_record(
        columns(combinations)
            .chain(last)
            .chain(numbers)
            .chain(joint),
    )?;
    for fit in fits {
        let numbers = fit.numbers.iter();
        let numbers = numbers.map(|it| it.ours.map(|x| x.to_string()).unwrap_or_default());
        let last = [fit.seeds.to_string(), fit.distance.to_string()];
        let words = combinations.words(&fit.chosen).into_iter();
        let joint = combinations.experiments.iter().map(|it| {
            let p = fit.joint.iter().find(|(id, _)| *id == it.id);
            p.map(|(_, p)| p.to_string()).unwrap_or_default()
        });
        table.write_record(words.chain(last).chain(numbers).chain(joint))?;
    }
    Ok(table.into_inner()?)
}
