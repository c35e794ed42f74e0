//! From findings to the text of `REPORT.md`.

mod gradcheck;
mod mutations;
mod readings;
mod text;

use std::fmt::Write;

use lab_results::stats::Quantity;
use lab_results::suite::Settings;
use lab_results::tables::ClaimRow;

use crate::figure::NamedFigure;
use crate::findings::{BestRun, Findings};
use crate::verdicts::tally;

use gradcheck::gradient_check;
use text::{code, escape, section};

/// The whole report. It holds no date and no time, so the same results give the same report.
pub(crate) fn report(findings: &Findings, figures: &[NamedFigure]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_report(&mut text, findings, figures);
    text
}

fn write_report(to: &mut String, findings: &Findings, figures: &[NamedFigure]) -> std::fmt::Result {
    writeln!(to, "# Results: {}\n", escape(&findings.title))?;
    if !findings.claims.is_empty() {
        verdicts(to, &findings.claims)?;
        section(to, "Results")?;
    }
    writeln!(
        to,
        "Means over seeds, ± the half-width of the 95 % interval of the mean (Student's t), beside the \
         paper's single run; of epochs, geometric means with their intervals (a run that came to the limit of \
         epochs counts with that). *Test* is the test set, scored once a run, with the weights of the lowest validation loss \
         unless its settings say `weights = last`. \
         *Stopped* is the last epoch run, counted from 1. Losses are mean cross-entropies in nats.\n"
    )?;
    results_table(to, findings)?;
    readings::write(to, findings)?;
    section(to, "Figures")?;
    writeln!(
        to,
        "Learning curves show the mean over seeds, and the range from the lowest to the highest, as far as \
         all seeds run; from there each seed by itself.\n"
    )?;
    for figure in figures {
        let name = &figure.name;
        let caption = escape(&figure.caption);
        writeln!(
            to,
            "![{caption}](figures/{name}.png)\n\n*{caption}* ([SVG](figures/{name}.svg))\n"
        )?;
    }
    if !findings.models_missing.is_empty() {
        let runs = findings.models_missing.iter().map(|run| code(run));
        let runs: Vec<_> = runs.collect();
        writeln!(
            to,
            "The weights of {} are not drawn: their `model.safetensors` is not here, and a run writes it anew.\n",
            runs.join(", ")
        )?;
    }
    if !findings.gradcheck.is_empty() {
        gradient_check(to, &findings.gradcheck)?;
    }
    if let Some(best) = &findings.best {
        best_model(to, best)?;
    }
    what_was_run(to, findings)?;
    checklist(to, findings)
}

fn verdicts(to: &mut String, claims: &[ClaimRow]) -> std::fmt::Result {
    section(to, "Which claims of the paper hold")?;
    writeln!(to, "{}.\n", tally(claims))?;
    writeln!(
        to,
        "The paper printed one run of each experiment. A number of its is *reproduced* if it lies where one \
         more run like ours would lie with 95 % probability (*one run*: the prediction interval over seeds, \
         taken as normally distributed, epochs by their logarithms); *within seed spread* if it does, but \
         that interval reaches further than one point of accuracy, 0.02 nats or a factor of two to either \
         side, so that lying in it says little; else *not reproduced*. \
         Comparisons are judged by the differences seed by seed (of epochs, the ratios): *reproduced* if \
         the 95 % interval of their mean lies in the claimed range, *within seed spread* if it overlaps \
         that, else *not reproduced*; \"better\" and \"worse\" are one side of no difference, \"a little\" \
         and \"like\" go up to a limit. The limits are ours, as the paper names none. What the paper's own \
         numbers contradict is said to be so. The rules are the same for all claims.\n\n\
         | section | claim | claimed | measured | one run | verdict |\n|---|---|--:|--:|--:|---|"
    )?;
    for row in claims {
        let [section, claim, claimed, measured] =
            [&row.section, &row.claim, &row.claimed, &row.measured].map(|text| escape(text));
        let one_run = row.one_run.as_deref().map_or_else(String::new, escape);
        let verdict = escape(&row.verdict.to_string());
        writeln!(
            to,
            "| {section} | {claim} | {claimed} | {measured} | {one_run} | **{verdict}** |"
        )?;
    }
    writeln!(to)
}

fn results_table(to: &mut String, findings: &Findings) -> std::fmt::Result {
    writeln!(
        to,
        "| experiment | section | runs | test accuracy | paper | test loss | paper | stopped | paper | best epoch |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for experiment in findings.as_written() {
        let section = experiment.record.section.as_deref();
        write!(
            to,
            "| {} (`{}`) | {} | {} |",
            escape(&experiment.record.title),
            experiment.record.id,
            section.map_or_else(|| "–".to_owned(), escape),
            experiment.runs.len(),
        )?;
        for quantity in Quantity::PRINTED {
            let (mean, paper) = (experiment.mean(quantity), experiment.printed(quantity));
            write!(to, " {mean} | {paper} |")?;
        }
        writeln!(to, " {} |", experiment.mean(Quantity::BestEpoch))?;
    }
    for experiment in &findings.experiments {
        let id = &experiment.record.id;
        if !experiment.altered.is_empty() {
            let altered = experiment.altered.iter().map(|text| code(text));
            let altered: Vec<String> = altered.collect();
            writeln!(
                to,
                "\n`{id}` was run with other settings than the suite's, {}: it has no number of the paper's \
                 beside it, and says nothing about any claim.",
                altered.join(", ")
            )?;
        }
        for run in &experiment.runs {
            if let Some(divergence) = &run.record.divergence {
                let seed = run.record.result.seed;
                writeln!(to, "\n`{id}` seed {seed} {}.", escape(divergence))?;
            }
        }
    }
    writeln!(to)
}

fn best_model(to: &mut String, best: &BestRun) -> std::fmt::Result {
    section(to, "The best model")?;
    let row = &best.row;
    writeln!(
        to,
        "`{}` seed {} has the lowest validation loss, {:.4}. On the test set: accuracy {}, loss {}, {} \
         mistakes. The worst confusions:\n",
        row.experiment,
        row.seed,
        row.val_loss.unwrap_or(f64::NAN),
        Quantity::TestAccuracy.shown_or_dash(row.test_accuracy),
        Quantity::TestLoss.shown_or_dash(row.test_loss),
        best.mistakes.len()
    )?;
    let mut errors: Vec<_> = best
        .confusion
        .iter()
        .filter(|row| row.label != row.predicted && row.count > 0)
        .collect();
    errors.sort_by_key(|row| std::cmp::Reverse(row.count));
    writeln!(to, "| label | predicted | images |\n|--:|--:|--:|")?;
    for row in errors.iter().take(8) {
        writeln!(to, "| {} | {} | {} |", row.label, row.predicted, row.count)?;
    }
    writeln!(to)
}

fn what_was_run(to: &mut String, findings: &Findings) -> std::fmt::Result {
    section(to, "What was run")?;
    writeln!(to, "| experiment | seeds | configuration |\n|---|---|---|")?;
    for experiment in &findings.experiments {
        let Some(first) = experiment.runs.first() else {
            continue;
        };
        let seeds: Vec<String> = experiment
            .runs
            .iter()
            .map(|run| run.record.result.seed.to_string())
            .collect();
        let configuration = configuration(&first.record.settings);
        let (id, seeds) = (&experiment.record.id, seeds.join(", "));
        writeln!(to, "| `{id}` | {seeds} | {configuration} |")?;
    }
    let first = findings.experiments.iter().find_map(|e| e.runs.first());
    if let Some(run) = first {
        writeln!(
            to,
            "\nmnist-lab {}. Data, SHA-256 of the uncompressed files:\n\n| file | SHA-256 |\n|---|---|",
            escape(&run.record.version)
        )?;
        for file in &run.record.data {
            writeln!(to, "| {} | {} |", escape(&file.name), code(&file.sha256))?;
        }
    }
    let command = match findings.name.as_str() {
        "paper" => "cargo xtask reproduce".to_owned(),
        "readings" => "cargo xtask reproduce --suite readings".to_owned(),
        name => format!("mnist-lab run --suite {name}.toml"),
    };
    let gradcheck = match findings.gradcheck.is_empty() {
        true => "",
        false => "`gradcheck.csv`, ",
    };
    if findings.experiments.iter().all(|e| e.altered.is_empty()) {
        writeln!(to, "\nTo repeat it: {}.", code(&command))?;
    }
    writeln!(
        to,
        "\nThe numbers are from the files beside this page: {gradcheck}and `<experiment>/seed-<k>/` with \
         `run.json`, `metrics.csv`, `confusion.csv` and `mistakes.csv`; `runs.csv` and `summary.csv` hold them \
         as tables. `mnist-lab report` writes the page anew."
    )
}

/// The questions that machine learning's reproducibility checklist asks.
fn checklist(to: &mut String, findings: &Findings) -> std::fmt::Result {
    let runs: usize = findings.experiments.iter().map(|e| e.runs.len()).sum();
    let epochs: u64 = findings
        .experiments
        .iter()
        .flat_map(|e| &e.runs)
        .map(|run| u64::from(run.record.result.epochs_run))
        .sum();
    // Of suites that are not ours we know less.
    let (hyperparameters, verification) = match findings.name.as_str() {
        "paper" if findings.experiments.iter().all(|e| e.altered.is_empty()) => (
            "; none was searched for: they are the paper's, or a choice that the README states",
            "`cargo xtask verify` runs it again and compares bytes; ",
        ),
        "readings" => (
            "; the readings are a search for what the paper may have done, each is shown, and none was \
             chosen for the other report",
            "`cargo xtask verify --suite readings` runs it again and compares bytes; ",
        ),
        _ => ("", ""),
    };
    writeln!(to)?;
    section(to, "Reproducibility checklist")?;
    writeln!(
        to,
        "| question | answer |\n|---|---|\n\
         | Runs and seeds | {runs} runs, {epochs} epochs in all; the seeds are above. A seed determines the \
         split, the initial weights and every epoch's order |\n\
         | Error bars | the 95 % interval of the mean over seeds by Student's t; comparisons paired by seed |\n\
         | Hyperparameters | all are above{hyperparameters} |\n\
         | Choice of weights | by validation loss, unless the settings say `weights = last`; the test set was scored once a run |\n\
         | Data | the files above, by SHA-256; no example was left out; their origin and licence are in \
         `data/README.md` |\n\
         | Time | a run writes `timings.csv` to its folder, training and evaluation of every epoch apart; it is \
         not committed |\n\
         | Hardware | any processor; results do not depend on it, nor on the number of threads \
         (ARCHITECTURE.md says how far that is promised) |\n\
         | Versions | above; those of all libraries are in `Cargo.lock` |\n\
         | Verification | {verification}`cargo xtask crosscheck` trains by an independent program |"
    )
}

/// `lr = 0.1`, `hidden = [128]` and so on, as a suite file has them.
fn configuration(settings: &Settings) -> String {
    match toml::to_string(settings) {
        Ok(text) => {
            let lines = text
                .lines()
                .map(|line| format!("`{}`", line.replace('"', "")));
            lines.collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    }
}
