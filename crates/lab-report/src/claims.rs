//! The report on confirmatory runs. It needs only the tables of the runs.

use anyhow::{Context, Result};
use lab_claims::{Rules, Runs, Sensitivity, judge, sensitivity};
use lab_figures::{Figure, Quantiles, comparison, quantiles};
use lab_results::names::{INTERACTIVE_REPORT, REPORT, SENSITIVITY};
use lab_results::stats::{Quantity, Sample, summarise};
use lab_results::store::{SuiteRecord, Writer};
use lab_results::suite::Experiment;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::drawings::{COMPARISON, comparison_row};
use crate::figure::NamedFigure;
use crate::findings::SuiteFolder;
use crate::folder::{Folder, Kind};
use crate::gradients::gradients;
use crate::page::{self, Contents, Lead, ShownClaims};
use crate::{Report, Sources, write_verdicts};

/// Writes `REPORT.md`, `report.html`, the tables and the figures.
///
/// # Errors
/// A confirmatory seed without a run; files that cannot be written.
pub(crate) fn write(
    store: &Writer,
    read: &SuiteFolder,
    rules: &Rules,
    sources: &Sources<'_>,
) -> Result<Report> {
    let (path, suite) = (store.folder(), &read.suite);
    let experiments = suite.experiments.iter().map(|it| it.id.as_str());
    let runs = read
        .runs_as_written()
        .exactly(&rules.confirmatory, &experiments.collect::<Vec<_>>());
    let runs = runs.with_context(|| path.display().to_string())?;
    let gradients = gradients(path, sources.gradcheck)?;
    let judged = judge(rules, &suite.experiments, &runs, &gradients);
    let images = read.runs.tables.images.as_ref();
    let sensitivity = sensitivity(rules, &suite.experiments, &runs, &gradients, images);

    let mut folder = Folder::open(store, Kind::Claims)?;
    for (name, caption, figure) in [
        ("comparison", COMPARISON, compared(suite, rules, &runs)?),
        ("quantiles", QUANTILES, distributions(suite, rules, &runs)?),
    ] {
        folder.write_figure(&NamedFigure::new(name, caption.to_owned(), figure))?;
    }
    write_verdicts(&mut folder, &judged)?;
    folder.write(SENSITIVITY, &sensitivity_csv(rules, &sensitivity)?)?;
    let lead = Lead::of_claims(rules, &judged);
    let name = std::path::absolute(path)?;
    let name = name.file_name().and_then(|name| name.to_str());
    let page = page::claims_report(
        (name.unwrap_or_default(), suite),
        rules,
        &lead,
        &runs,
        &judged,
        &sensitivity,
    )?;
    folder.write(REPORT, page.as_bytes())?;
    let interactive = page::interactive(&Contents {
        title: &suite.title,
        lead: Some(&lead),
        claims: Some(ShownClaims {
            judged: &judged,
            rules,
            gradients: &gradients,
            experiments: &suite.experiments,
            runs: &runs,
        }),
        runs: None,
        combinations: None,
        readings: None,
    })?;
    folder.write(INTERACTIVE_REPORT, interactive.as_bytes())?;
    folder.finish()?;
    let summary = suite.experiments.iter().filter(|it| rules.confirms(it));
    let summary = summary.map(|it| summarise(&it.id, &runs.of(&it.id), &it.paper));
    Ok(Report {
        path: path.join(REPORT),
        kind: Kind::Claims,
        headline: lead.plain()?,
        summary: summary.collect(),
        judged: Some(judged),
    })
}

/// The caption of the quantile plots.
pub(crate) const QUANTILES: &str = "All seeds against normal quantiles, the normal distribution with their mean and standard deviation, and the paper's \
     number";

/// The rows of `sensitivity.csv`, one for each claim; a verdict is empty where the runs do not tell.
fn sensitivity_csv(rules: &Rules, found: &[Sensitivity]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let first = [
        "section",
        "claim",
        "verdict",
        "half_margins",
        "double_margins",
        "other_images",
    ];
    let readings = rules.sensitivity.iter().map(|it| it.replace('-', "_"));
    table.write_record(first.into_iter().map(str::to_owned).chain(readings))?;
    for it in found {
        let known = [&it.claim.section, &it.claim.text, &it.verdict].map(Clone::clone);
        let others = [&it.half, &it.double, &it.images]
            .into_iter()
            .chain(&it.readings);
        let others = others.map(|it| it.clone().unwrap_or_default());
        table.write_record(known.into_iter().chain(others))?;
    }
    Ok(table.into_inner()?)
}

/// The experiments whose printed numbers the rules judge.
fn with_numbers<'a>(suite: &'a SuiteRecord, rules: &Rules) -> impl Iterator<Item = &'a Experiment> {
    let has_numbers = |it: &&Experiment| {
        let mut printed = Quantity::PRINTED.into_iter();
        rules.confirms(it) && printed.any(|quantity| quantity.printed(&it.paper).is_some())
    };
    suite.experiments.iter().filter(has_numbers)
}

fn compared(suite: &SuiteRecord, rules: &Rules, runs: &Runs) -> Result<Figure> {
    let experiments = with_numbers(suite, rules);
    let rows = experiments.map(|it| {
        let runs = runs.of(&it.id);
        comparison_row(&it.id, &runs, &it.paper, it.settings.epochs)
    });
    Ok(comparison(&suite.title, &rows.collect::<Vec<_>>())?)
}

/// The distributions of the printed quantities over seeds.
fn distributions(suite: &SuiteRecord, rules: &Rules, runs: &Runs) -> Result<Figure> {
    let normal = Normal::new(0.0, 1.0)?;
    let mut panels = Vec::new();
    for experiment in with_numbers(suite, rules) {
        for rule in &rules.printed {
            panels.extend(panel(experiment, rule.quantity, runs, &normal));
        }
    }
    Ok(quantiles(
        "Distribution of the confirmatory seeds",
        &panels,
    )?)
}

fn panel(
    experiment: &Experiment,
    quantity: Quantity,
    runs: &Runs,
    normal: &Normal,
) -> Option<Quantiles> {
    let numbers = runs.numbers(&experiment.id, quantity).ok()?;
    let mut numbers: Vec<f64> = numbers.into_iter().map(|(_, number)| number).collect();
    let sample = Sample::of(&numbers)?;
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let points = numbers.iter().enumerate().map(|(rank, &x)| {
        let quantile = normal.inverse_cdf((rank as f64 + 0.5) / n);
        (quantile, scaled(quantity, x))
    });
    Some(Quantiles {
        name: name(experiment, quantity),
        points: points.collect(),
        normal: (scaled(quantity, sample.mean), scaled(quantity, sample.sd?)),
        paper: quantity
            .printed(&experiment.paper)
            .map(|printed| scaled(quantity, quantity.linear(printed))),
    })
}

/// Converts shares to per cent, for an axis.
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
