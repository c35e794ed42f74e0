//! From two folders of results to tables, figures and the page.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lab_figures::{Compared, ComparisonRow, Figure, Quantiles, comparison, quantiles};
use lab_results::disk::whole::{make_folder, read_csv, to_csv};
use lab_results::names::{CLAIMS, FIGURES, GRADCHECK, REPORT, RUNS};
use lab_results::stats::Quantity;
use lab_results::store::Writer;
use lab_results::suite::{Experiment, Suite};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::evidence::Runs;
use crate::judgement::{Judgement, judge};
use crate::page::{Page, page};
use crate::rules::Rules;
use crate::tables::{ClaimRow, TestRow};

/// Judges the confirmatory runs in `folder` and writes `claims.csv`, `tests.csv`, figures and `REPORT.md` there. The
/// gradient check and the verdicts that the exploratory runs once gave are read from `exploratory`. Returns where
/// the page is, and every judgement.
///
/// # Errors
/// A run that the rules ask for and that is not there; files that cannot be read or written.
pub fn write_report(
    folder: &Path,
    exploratory: &Path,
    rules: &Rules,
    suite: &Suite,
) -> Result<(PathBuf, Vec<Judgement>)> {
    let runs_file = folder.join(RUNS);
    ensure!(
        runs_file.exists(),
        "{}: no runs here; make them first, with `mnist-lab run --suite confirmatory --seeds {}..{} --out {}`",
        folder.display(),
        rules.confirmatory.start,
        rules.confirmatory.end,
        folder.parent().unwrap_or(folder).display(),
    );
    let store = Writer::lock(folder)?;
    let experiments: Vec<&str> = suite.experiments.iter().map(|it| it.id.as_str()).collect();
    let runs = Runs::new(read_csv(&runs_file)?, &rules.confirmatory, &experiments)
        .with_context(|| folder.display().to_string())?;
    let gradients = read_csv(&exploratory.join(GRADCHECK))?;
    let earlier = read_csv(&exploratory.join(CLAIMS))?;
    let judged = judge(rules, suite, &runs, &gradients)?;

    let pictures = folder.join(FIGURES);
    make_folder(&pictures)?;
    for (name, figure) in [
        ("comparison", compared(suite, &runs)?),
        ("quantiles", distributions(suite, rules, &runs)?),
    ] {
        let path = |ending| Path::new(FIGURES).join(format!("{name}.{ending}"));
        store.write(path("svg"), figure.svg().as_bytes())?;
        store.write(path("png"), &figure.png()?)?;
    }
    let rows: Vec<ClaimRow> = judged.iter().map(claim_row).collect();
    store.write(CLAIMS, &to_csv(&rows)?)?;
    let rows: Vec<TestRow> = judged.iter().flat_map(test_rows).collect();
    store.write("tests.csv", &to_csv(&rows)?)?;
    let text = page(&Page {
        rules,
        suite,
        runs: &runs,
        judged: &judged,
        earlier: &earlier,
    });
    store.write(REPORT, text.as_bytes())?;
    Ok((folder.join(REPORT), judged))
}

fn claim_row(judgement: &Judgement) -> ClaimRow {
    let moments = judgement.moments;
    let interval = moments.map(|it| it.interval(0.95));
    let one_run = moments
        .filter(|_| judgement.is_printed)
        .map(|it| it.prediction(0.95));
    ClaimRow {
        section: judgement.section.clone(),
        claim: judgement.claim.clone(),
        claimed: judgement.claimed.clone(),
        seeds: moments.map(|it| it.n),
        mean: moments.map(|it| it.mean),
        sd: moments.map(|it| it.sd),
        low: interval.map(|it| it.0),
        high: interval.map(|it| it.1),
        one_run_low: one_run.map(|it| it.0),
        one_run_high: one_run.map(|it| it.1),
        verdict: judgement.verdict,
    }
}

fn test_rows(judgement: &Judgement) -> impl Iterator<Item = TestRow> {
    let finite = |end: f64| end.is_finite().then_some(end);
    judgement.tests.iter().map(move |test| TestRow {
        claim: judgement.claim.clone(),
        shows: test.shows,
        from: test.range.and_then(|range| finite(range.0)),
        to: test.range.and_then(|range| finite(range.1)),
        p: test.p,
        p_holm: test.p_holm,
        p_sign_flip: test.p_sign_flip,
    })
}

/// Every run beside what the paper printed.
fn compared(suite: &Suite, runs: &Runs) -> Result<Figure> {
    let compared = |experiment: &Experiment, quantity: Quantity| {
        let rows = runs.of(&experiment.id);
        let sample = quantity.over(rows.iter().copied());
        Compared {
            seeds: rows.iter().filter_map(|row| quantity.of(row)).collect(),
            interval: sample.and_then(|it| it.interval.map(|(low, high)| (it.mean, low, high))),
            paper: quantity.printed(&experiment.paper),
        }
    };
    let rows = suite.experiments.iter().map(|experiment| ComparisonRow {
        id: experiment.id.clone(),
        accuracy: compared(experiment, Quantity::TestAccuracy),
        loss: compared(experiment, Quantity::TestLoss),
        stopped: compared(experiment, Quantity::StopEpoch),
    });
    Ok(comparison(
        "The paper's experiments with fresh seeds",
        &rows.collect::<Vec<_>>(),
    )?)
}

/// How printed numbers are distributed over seeds.
fn distributions(suite: &Suite, rules: &Rules, runs: &Runs) -> Result<Figure> {
    let normal = Normal::new(0.0, 1.0)?;
    let mut panels = Vec::new();
    for experiment in &suite.experiments {
        for rule in &rules.printed {
            let quantity = rule.quantity;
            let Some(mut numbers) = runs.numbers(&experiment.id, quantity) else {
                continue;
            };
            let Some(moments) = crate::statistics::Moments::of(&numbers) else {
                continue;
            };
            numbers.sort_by(f64::total_cmp);
            let n = numbers.len() as f64;
            let points = numbers.iter().enumerate().map(|(rank, &x)| {
                let quantile = normal.inverse_cdf((rank as f64 + 0.5) / n);
                (quantile, scaled(quantity, x))
            });
            panels.push(Quantiles {
                name: name(experiment, quantity),
                points: points.collect(),
                normal: (scaled(quantity, moments.mean), scaled(quantity, moments.sd)),
                paper: quantity
                    .printed(&experiment.paper)
                    .map(|printed| scaled(quantity, quantity.linear(printed))),
            });
        }
    }
    Ok(quantiles("How fresh seeds are distributed", &panels)?)
}

/// As an axis has it: shares in per cent.
fn scaled(quantity: Quantity, linear: f64) -> f64 {
    match quantity {
        Quantity::TestAccuracy | Quantity::NearZero => 100.0 * linear,
        _ => linear,
    }
}

fn name(experiment: &Experiment, quantity: Quantity) -> String {
    let what = match quantity {
        Quantity::TestAccuracy => "accuracy (%)",
        Quantity::TestLoss => "test loss",
        Quantity::StopEpoch => "ln of last epoch",
        other => other.name(),
    };
    format!("{}: {what}", experiment.id)
}
