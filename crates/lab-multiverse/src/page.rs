//! The words of the page on every combination.

use std::collections::BTreeMap;
use std::fmt::Write;

use lab_results::combinations::{CombinationRow, Combinations};
use lab_results::stats::Quantity;

use crate::explained::Explained;
use crate::fit::{Fit, Number};

/// What the page is made from.
pub(crate) struct Page<'a> {
    pub(crate) multiverse: &'a Combinations,
    pub(crate) readings: &'a [CombinationRow],
    /// Nearest first.
    pub(crate) fits: &'a [Fit],
    pub(crate) explained: &'a [Explained],
}

/// The factor of both penalties.
const SCALE: &str = "penalty-scale";

/// Up to this many units a printed number lies where another seed could have brought it.
const NEAR: f64 = 2.0;

/// How many of the nearest the page lists.
const LISTED: usize = 20;

/// The answer, in two sentences: whether one combination prints all lines, and whether one does if the penalties' scales
/// may differ.
pub(crate) fn answer(multiverse: &Combinations, fits: &[Fit]) -> String {
    let each = [sentence(multiverse, fits), own_scale(multiverse, fits)];
    each.join(" ").trim_end().to_owned()
}

fn mean_of(seeds: usize) -> String {
    match seeds {
        1 => "one seed".to_owned(),
        seeds => format!("the mean of {seeds} seeds"),
    }
}

fn sentence(multiverse: &Combinations, fits: &[Fit]) -> String {
    let Some(nearest) = most_seeds(fits).next() else {
        return "No combination was run.".to_owned();
    };
    let n = fits.len();
    let (what, worst) = (described(multiverse, &nearest.chosen), worst(nearest));
    let seeds = mean_of(nearest.seeds);
    if nearest.distance <= NEAR {
        format!(
            "One reading prints both lines: of {n} combinations, {what} brings {seeds} within {:.1} seed spreads of \
             all printed numbers.",
            nearest.distance
        )
    } else {
        format!(
            "No single reading prints both lines: the nearest of {n} combinations, {what}, misses {worst} by {:.1} seed \
             spreads ({seeds}).",
            nearest.distance
        )
    }
}

/// The fits of most seeds, nearest first.
fn most_seeds(fits: &[Fit]) -> impl Iterator<Item = &Fit> {
    let most = fits.iter().map(|fit| fit.seeds).max().unwrap_or(0);
    fits.iter().filter(move |fit| fit.seeds == most)
}

/// What is chosen otherwise than by the literal reading.
fn described(multiverse: &Combinations, chosen: &[usize]) -> String {
    let chosen = multiverse.choices.iter().zip(multiverse.words(chosen));
    let others = chosen.filter(|(it, word)| it.values[0] != *word);
    let others: Vec<String> = others
        .map(|(it, word)| format!("{} {word}", it.setting))
        .collect();
    match others.is_empty() {
        true => "the literal one".to_owned(),
        false => others.join(", "),
    }
}

fn worst(fit: &Fit) -> String {
    let worst = fit
        .numbers
        .iter()
        .max_by(|a, b| a.distance.total_cmp(&b.distance));
    worst.map_or_else(String::new, |it| {
        format!("{}'s {}", it.experiment, it.quantity.name())
    })
}

/// The text of `REPORT.md`.
pub(crate) fn page(page: &Page<'_>) -> String {
    let multiverse = page.multiverse;
    let steps = multiverse.step_choices();
    let cells = page
        .readings
        .iter()
        .filter(|it| it.seed == 0)
        .map(|it| &it.chosen[..steps]);
    let mut cells: Vec<&[usize]> = cells.collect();
    cells.sort_unstable();
    cells.dedup();
    let (run, all) = (cells.len(), multiverse.cells());
    let part = match run == all {
        true => format!("all {all}"),
        false => format!("{run} of {all}, a fair sample of them,"),
    };
    let read_off = multiverse.rows_per_run();
    let mut text = format!(
        "# {title}\n\n**{answer}**\n\n\
         Of the combinations of what the paper leaves open about a run's steps, {part} were run with seed 0, each for \
         {experiments}; {read_off} readings, the stopping rules and choices of weights, are read off each run. The nearest \
         and the literal one were run with further seeds.\n\n\
         The *distance* of a combination is that of its worst number: |ours − printed| in units of seed spread, of \
         epochs by logarithms, where the nearer of the last and the best epoch counts, since \"stopped at epoch\" may be \
         either. The units are in `crates/experiments/suites/multiverse.toml`, with the choices. Up to {NEAR:.0} of them a \
         number lies where another seed could have brought it.\n\n",
        title = multiverse.title,
        answer = answer(multiverse, page.fits),
        experiments = multiverse
            .experiments
            .iter()
            .map(|it| format!("`{}`", it.id))
            .collect::<Vec<_>>()
            .join(" and "),
    );
    text += "## The nearest, and the literal one\n\n";
    text += &table(page);
    for experiment in &multiverse.experiments {
        write!(
            text,
            "## {title}\n\n![Test accuracy of every combination, sorted, and what was chosen in each](figures/specifications-{id}.png)\n\n\
             Each column is a combination (at most 240 of them are drawn, evenly spread over the ranks), with seed 0; the dashed line is what \
             the paper printed. {near}\n\n",
            title = experiment.title,
            id = experiment.id,
            near = near(page, &experiment.id),
        )
        .ok();
    }
    text += "## What each choice explains\n\n";
    text += &explained(page);
    text += "\nShares of the variance over the combinations with seed 0, one choice at a time; the rest is their interplay and \
             chance.\n\n## Make it again\n\n```sh\nmnist-lab multiverse --out results            # goes on where it was interrupted\n\
             mnist-lab multiverse --out results --report   # this page, from the tables alone\n```\n\n\
             `readings.csv` has a line for each reading of each run, `fits.csv` one for each combination, `explained.csv` the \
             shares in full.\n";
    text
}

fn table(page: &Page<'_>) -> String {
    let multiverse = page.multiverse;
    let first = &page.fits[0].numbers;
    let mut text = "| combination, where it is not the literal one | seeds | ".to_owned();
    let printed = |it: &Number| {
        let printed = multiverse.printed(&it.experiment);
        format!(
            "{} {} ({})",
            it.experiment,
            it.quantity.name(),
            it.quantity.shown_printed(&printed)
        )
    };
    text += &first.iter().map(printed).collect::<Vec<_>>().join(" | ");
    text += &format!(
        " | distance |\n|---|--:|{}--:|\n",
        "--:|".repeat(first.len())
    );
    let literal = multiverse.literal();
    let nearest = most_seeds(page.fits)
        .filter(|fit| fit.chosen != literal)
        .take(LISTED);
    let literal = page.fits.iter().filter(|fit| fit.chosen == literal);
    for fit in nearest.chain(literal) {
        write!(
            text,
            "| {} | {} ",
            described(multiverse, &fit.chosen),
            fit.seeds
        )
        .ok();
        for it in &fit.numbers {
            let ours = it.quantity.shown_or_dash(it.ours);
            write!(text, "| {ours} ({}) ", spreads(it.distance)).ok();
        }
        writeln!(text, "| **{}** |", spreads(fit.distance)).ok();
    }
    text + "\nIn brackets, in the heading what the paper printed, in the rows the distance from it.\n\n"
}

fn spreads(distance: f64) -> String {
    match distance.is_finite() {
        true => format!("{distance:.1}"),
        false => "diverged".to_owned(),
    }
}

/// What it would help if each penalty had a scale of its own.
fn own_scale(multiverse: &Combinations, fits: &[Fit]) -> String {
    let choices = &multiverse.choices;
    let Some(axis) = choices.iter().position(|it| it.setting == SCALE) else {
        return String::new();
    };
    let mut alike: BTreeMap<Vec<usize>, Vec<&Fit>> = BTreeMap::new();
    for fit in fits {
        let mut choice = fit.chosen.clone();
        choice[axis] = 0;
        alike.entry(choice).or_default().push(fit);
    }
    let mut best: Option<(f64, usize, String)> = None;
    for (choice, fits) in &alike {
        let mut scales = Vec::new();
        let (mut distance, mut seeds) = (0.0f64, usize::MAX);
        for experiment in &multiverse.experiments {
            let of = |fit: &Fit| {
                let numbers = fit.numbers.iter();
                let of = numbers.filter(|it| it.experiment == experiment.id);
                of.map(|it| it.distance).fold(0.0, f64::max)
            };
            let each = fits.iter().map(|fit| (of(fit), fit));
            if let Some((nearest, fit)) = each.min_by(|a, b| a.0.total_cmp(&b.0)) {
                distance = distance.max(nearest);
                seeds = seeds.min(fit.seeds);
                let scale = scaled(&choices[axis].values[fit.chosen[axis]]);
                scales.push(format!("{scale} for {}", experiment.id));
            }
        }
        if best.as_ref().is_none_or(|(least, ..)| distance < *least) {
            let others = described(multiverse, choice);
            best = Some((
                distance,
                seeds,
                format!("{others} with {}", scales.join(" and ")),
            ));
        }
    }
    best.map_or_else(String::new, |(distance, seeds, what)| {
        format!(
            "If each penalty may have a scale of its own, the nearest is {what}, {} seed spreads away ({}).",
            spreads(distance),
            mean_of(seeds)
        )
    })
}

/// A scale of the penalty's coefficient as one writes it: 2 λ, λ, λ/2.
fn scaled(word: &str) -> String {
    match word.parse::<f64>() {
        Ok(1.0) => "λ".to_owned(),
        Ok(scale) if scale > 0.0 && scale < 1.0 && (1.0 / scale).fract() == 0.0 => {
            format!("λ/{}", 1.0 / scale)
        }
        _ => format!("{word} λ"),
    }
}

/// How many combinations come near an experiment's line, whatever they do to the others.
fn near(page: &Page<'_>, experiment: &str) -> String {
    let near = page.fits.iter().filter(|fit| {
        let mut of = fit.numbers.iter().filter(|it| it.experiment == experiment);
        of.all(|it| it.distance <= NEAR)
    });
    let quantities: Vec<&str> = page.fits[0]
        .numbers
        .iter()
        .filter(|it| it.experiment == experiment)
        .map(|it| {
            if it.quantity == Quantity::StopEpoch {
                "epoch"
            } else {
                it.quantity.name()
            }
        })
        .collect();
    format!(
        "{} of {} combinations come within {NEAR:.0} seed spreads of its printed {}.",
        near.count(),
        page.fits.len(),
        quantities.join(" and ")
    )
}

fn explained(page: &Page<'_>) -> String {
    let names = &page.multiverse.choices;
    let mut text = "| experiment | outcome |".to_owned();
    for it in names {
        write!(text, " {} |", it.setting).ok();
    }
    writeln!(text, "\n|---|---|{}", "--:|".repeat(names.len())).ok();
    for it in page.explained {
        write!(text, "| `{}` | {} |", it.experiment, it.outcome).ok();
        for at in 0..names.len() {
            let share = it
                .shares
                .as_ref()
                .map(|shares| format!("{:.1} %", 100.0 * shares[at]));
            write!(text, " {} |", share.unwrap_or_else(|| "–".to_owned())).ok();
        }
        text.push('\n');
    }
    text
}
