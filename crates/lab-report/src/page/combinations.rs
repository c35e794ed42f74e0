//! The report on combinations of the choices that a paper leaves open.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_claims::combinations::{Answer, Explained, Fit, NEAR, Scale, answer, most_seeds};
use lab_claims::shown_p;
use lab_results::combinations::{self as data, CombinationRow};
use lab_results::stats::Quantity;
use serde::Serialize;

use super::template;
use super::text::DASH;

/// The number of nearest combinations that the page lists.
const LISTED: usize = 20;

/// The inputs of the page.
pub(crate) struct Combinations<'a> {
    pub(crate) combinations: &'a data::Combinations,
    pub(crate) rows: &'a [CombinationRow],
    /// Not empty, the nearest first.
    pub(crate) fits: &'a [Fit],
    pub(crate) explained: &'a [Explained],
}

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    /// The suite whose report has the verdicts.
    verdicts: Option<&'a str>,
    answer: Option<Said>,
    /// The number of cells that were run with seed 0.
    cells_run: usize,
    cells: usize,
    /// The number of combinations that are read off one run.
    per_run: usize,
    experiments: Vec<Part<'a>>,
    near: u32,
    specifications: &'static str,
    numbers: Vec<Printed<'a>>,
    fits: Vec<Row>,
    choices: Vec<&'a str>,
    explained: Vec<Shares<'a>>,
}

/// An [`Answer`] as text.
#[derive(Serialize)]
pub(super) struct Said {
    combinations: usize,
    /// The number of combinations that could have given all printed numbers.
    near: usize,
    /// The chosen values that differ from the literal reading.
    nearest: Vec<String>,
    distance: String,
    /// The joint p-value of each experiment, in words.
    joint: Vec<(String, String)>,
    seeds: usize,
    worst_experiment: String,
    worst_quantity: &'static str,
    own: Option<SaidOwn>,
}

#[derive(Serialize)]
struct SaidOwn {
    chosen: Vec<String>,
    distance: String,
    seeds: usize,
    /// The multiple and the experiment, as in `λ/2 for l2`.
    scales: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Part<'a> {
    id: &'a str,
    title: &'a str,
    /// The number of combinations near the experiment's printed numbers.
    near: usize,
    quantities: Vec<&'static str>,
}

#[derive(Serialize)]
struct Printed<'a> {
    experiment: &'a str,
    quantity: &'static str,
    printed: String,
}

#[derive(Serialize)]
struct Row {
    /// The chosen values that differ from the literal reading.
    chosen: Vec<String>,
    seeds: usize,
    /// Our number and its distance.
    numbers: Vec<(String, String)>,
    distance: String,
    /// The joint p-value of each experiment.
    joint: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Shares<'a> {
    experiment: &'a str,
    outcome: &'a str,
    shares: Vec<String>,
}

impl Combinations<'_> {
    /// `REPORT.md`. It has no date or time, so the same rows give the same report.
    ///
    /// # Errors
    /// A template that asks for a missing value.
    pub(crate) fn report(&self) -> Result<String> {
        template::render("combinations.md", self.page())
    }

    /// The answer, for a terminal.
    ///
    /// # Errors
    /// As [`report`](Self::report).
    pub(crate) fn headline(&self) -> Result<String> {
        Ok(template::render_plain("answer.md", self.page())?
            .trim_end()
            .to_owned())
    }

    fn page(&self) -> Page<'_> {
        let combinations = self.combinations;
        let numbers = self.fits.iter().take(1).flat_map(|fit| &fit.numbers);
        Page {
            title: &combinations.title,
            verdicts: combinations.verdicts.as_deref(),
            answer: said(combinations, self.fits),
            cells_run: cells_run(combinations, self.rows),
            cells: combinations.cells,
            per_run: combinations.rows_per_run(),
            experiments: combinations
                .experiments
                .iter()
                .map(|it| Part {
                    id: &it.id,
                    title: &it.title,
                    near: self.near(&it.id),
                    quantities: combinations.quantities(it).into_iter().map(name).collect(),
                })
                .collect(),
            near: NEAR as u32,
            specifications: crate::combinations::SPECIFICATIONS,
            numbers: numbers
                .map(|it| Printed {
                    experiment: &it.experiment,
                    quantity: it.quantity.name(),
                    printed: it
                        .quantity
                        .shown_printed(&combinations.printed(&it.experiment)),
                })
                .collect(),
            fits: self.listed().map(|fit| row(combinations, fit)).collect(),
            choices: combinations
                .choices
                .iter()
                .map(|it| it.setting.as_str())
                .collect(),
            explained: self
                .explained
                .iter()
                .map(|it| shares(it, combinations.choices.len()))
                .collect(),
        }
    }

    /// The nearest combinations, then the literal one.
    fn listed(&self) -> impl Iterator<Item = &Fit> {
        let literal = self.combinations.literal();
        let is_literal = move |fit: &&Fit| fit.chosen == literal;
        let others = most_seeds(self.fits).filter({
            let is_literal = is_literal.clone();
            move |fit| !is_literal(fit)
        });
        others
            .take(LISTED)
            .chain(self.fits.iter().filter(is_literal))
    }

    fn near(&self, experiment: &str) -> usize {
        let near = self
            .fits
            .iter()
            .filter(|fit| fit.distance_of(experiment) <= NEAR);
        near.count()
    }
}

/// The number of cells that were run with seed 0.
pub(super) fn cells_run(combinations: &data::Combinations, rows: &[CombinationRow]) -> usize {
    let steps = combinations.step_choices();
    let first = rows.iter().filter(|it| it.seed == 0);
    let cells: BTreeSet<&[usize]> = first.map(|it| &it.chosen[..steps]).collect();
    cells.len()
}

pub(super) fn said(combinations: &data::Combinations, fits: &[Fit]) -> Option<Said> {
    let Answer {
        combinations: count,
        nearest,
        near,
        own_scales,
    } = answer(combinations, fits)?;
    let worst = nearest.worst()?;
    Some(Said {
        combinations: count,
        near,
        nearest: described(combinations, &nearest.chosen),
        distance: spreads(nearest.distance),
        joint: joint(&nearest),
        seeds: nearest.seeds,
        worst_experiment: worst.experiment.clone(),
        worst_quantity: worst.quantity.name(),
        own: own_scales.map(|own| SaidOwn {
            chosen: described(combinations, &own.chosen),
            distance: spreads(own.distance),
            seeds: own.seeds,
            scales: own.scales.into_iter().map(scaled).collect(),
        }),
    })
}

/// The choices that differ from the literal reading.
fn described(combinations: &data::Combinations, chosen: &[usize]) -> Vec<String> {
    let words = combinations.choices.iter().zip(combinations.words(chosen));
    let others = words.filter(|(it, word)| it.values[0] != *word);
    others
        .map(|(it, word)| format!("{} {word}", it.setting))
        .collect()
}

fn spreads(distance: f64) -> String {
    match distance.is_finite() {
        true => format!("{distance:.1}"),
        false => "diverged".to_owned(),
    }
}

/// A multiple of the penalty coefficient as text: 2 λ, λ, λ/2, 0.
fn scaled(scale: Scale) -> (String, String) {
    let word = match scale.value.parse::<f64>() {
        Ok(0.0) => "0".to_owned(),
        Ok(1.0) => "λ".to_owned(),
        Ok(x) if x > 0.0 && x < 1.0 && (1.0 / x).fract() == 0.0 => format!("λ/{}", 1.0 / x),
        _ => format!("{} λ", scale.value),
    };
    (word, scale.experiment)
}

fn name(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::StopEpoch => "epoch",
        other => other.name(),
    }
}

fn row(combinations: &data::Combinations, fit: &Fit) -> Row {
    let numbers = fit.numbers.iter();
    Row {
        chosen: described(combinations, &fit.chosen),
        seeds: fit.seeds,
        numbers: numbers
            .map(|it| (it.quantity.shown_or_dash(it.ours), spreads(it.distance)))
            .collect(),
        distance: spreads(fit.distance),
        joint: joint(fit),
    }
}

/// The joint p-value of each experiment, as text.
fn joint(fit: &Fit) -> Vec<(String, String)> {
    let each = fit.joint.iter();
    each.map(|(experiment, p)| (experiment.clone(), shown_p(*p)))
        .collect()
}

fn shares(explained: &Explained, choices: usize) -> Shares<'_> {
    let share = |at: usize| match &explained.shares {
        Some(shares) => format!("{:.1} %", 100.0 * shares[at]),
        None => DASH.to_owned(),
    };
    Shares {
        experiment: &explained.experiment,
        outcome: explained.outcome,
        shares: (0..choices).map(share).collect(),
    }
}
