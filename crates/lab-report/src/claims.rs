//! The report on confirmatory runs. It needs only the tables of the runs.

use std::path::Path;

use anyhow::{Context, Result};
use lab_claims::{Runs, Sensitivity, judge, sensitivity};
use lab_figures::{Figure, Quantiles, comparison, quantiles};
use lab_results::names::{INTERACTIVE_REPORT, REPORT, SENSITIVITY};
use lab_results::stats::{Quantity, Sample, summarise};
use lab_results::store::Writer;
use lab_results::suite::Experiment;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::drawings::{COMPARISON, comparison_row};
use crate::figure::NamedFigure;
use crate::findings::{Claims, SuiteFolder};
use crate::folder::{Folder, Kind};
use crate::gradients::gradients;
use crate::page::{self, Contents, Lead};
use crate::{Report, Sources};

/// The verdicts of a suite's confirmatory runs.
pub(crate) struct Confirmed {
    /// The suite's title.
    pub(crate) title: String,
    pub(crate) claims: Claims,
    pub(crate) sensitivity: Vec<Sensitivity>,
}

impl Confirmed {
    /// Judges the claims, with the gradient check in `checked` as [`gradients`] finds it.
    ///
    /// # Errors
    /// A suite without rules, a confirmatory seed without a run, a gradient check that cannot be read.
    pub(crate) fn new(folder: &Path, read: SuiteFolder, checked: Option<&Path>) -> Result<Self> {
        let place = || folder.display().to_string();
        let runs = read.runs_as_written();
        let rules = read.rules.context("the suite names no rules");
        let (rules, experiments) = (rules.with_context(place)?, read.suite.experiments);
        let ids: Vec<&str> = experiments.iter().map(|it| it.id.as_str()).collect();
        let runs = runs.exactly(&rules.confirmatory, &ids);
        let runs = runs.with_context(place)?;
        let gradients = gradients(folder, checked)?;
        let images = read.runs.tables.images.as_ref();
        Ok(Self {
            title: read.suite.title,
            sensitivity: sensitivity(&rules, &experiments, &runs, &gradients, images),
            claims: Claims {
                judged: judge(&rules, &experiments, &runs, &gradients),
                rules,
                experiments,
                runs,
                gradients,
            },
        })
    }

    /// The experiments whose printed numbers the rules judge.
    fn with_numbers(&self) -> impl Iterator<Item = &Experiment> {
        let has_numbers = |it: &&Experiment| {
            let mut printed = Quantity::PRINTED.into_iter();
            printed.any(|quantity| quantity.printed(&it.paper).is_some())
        };
        self.claims.confirmed().filter(has_numbers)
    }
}

/// Writes `REPORT.md`, `report.html`, the tables and the figures.
///
/// # Errors
/// As [`Confirmed::new`]; files that cannot be written.
pub(crate) fn write(store: &Writer, read: SuiteFolder, sources: &Sources<'_>) -> Result<Report> {
    let path = store.folder();
    let confirmed = Confirmed::new(path, read, sources.gradcheck)?;
    let Confirmed { title, claims, .. } = &confirmed;
    let mut folder = Folder::open(store, Kind::Claims)?;
    for (name, caption, figure) in [
        ("comparison", COMPARISON, compared(&confirmed)?),
        ("quantiles", QUANTILES, distributions(&confirmed)?),
    ] {
        folder.write_figure(&NamedFigure::new(name, caption.to_owned(), figure))?;
    }
    folder.write_verdicts(&claims.judged)?;
    folder.write(SENSITIVITY, &sensitivity_csv(&confirmed)?)?;
    let lead = Lead::of_claims(claims);
    let name = std::path::absolute(path)?;
    let name = name.file_name().and_then(|name| name.to_str());
    let page = page::claims_report(name.unwrap_or_default(), &confirmed, &lead)?;
    folder.write(REPORT, page.as_bytes())?;
    let interactive = page::interactive(&Contents {
        title,
        lead: Some(&lead),
        claims: Some(claims),
        runs: None,
        combinations: None,
        readings: None,
    })?;
    folder.write(INTERACTIVE_REPORT, interactive.as_bytes())?;
    folder.finish()?;
    let summary = claims.confirmed();
    let summary = summary.map(|it| summarise(&it.id, &claims.runs.of(&it.id), &it.paper));
    Ok(Report {
        path: path.join(REPORT),
        kind: Kind::Claims,
        headline: lead.plain()?,
        summary: summary.collect(),
        judged: Some(confirmed.claims.judged),
    })
}

/// The caption of the quantile plots.
pub(crate) const QUANTILES: &str = "All seeds against normal quantiles, the normal distribution with their mean and standard deviation, and the paper's \
     number";

/// The rows of `sensitivity.csv`, one for each claim; a verdict is empty where the runs do not tell.
fn sensitivity_csv(confirmed: &Confirmed) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let first = [
        "section",
        "claim",
        "verdict",
        "half_margins",
        "double_margins",
        "other_images",
    ];
    let readings = confirmed
        .claims
        .rules
        .sensitivity
        .iter()
        .map(|it| it.replace('-', "_"));
    table.write_record(first.into_iter().map(str::to_owned).chain(readings))?;
    for it in &confirmed.sensitivity {
        let known = [&it.claim.section, &it.claim.text, &it.verdict].map(Clone::clone);
        let others = [&it.half, &it.double, &it.images]
            .into_iter()
            .chain(&it.readings);
        let others = others.map(|it| it.clone().unwrap_or_default());
        table.write_record(known.into_iter().chain(others))?;
    }
    Ok(table.into_inner()?)
}

fn compared(confirmed: &Confirmed) -> Result<Figure> {
    let rows = confirmed.with_numbers().map(|it| {
        let runs = confirmed.claims.runs.of(&it.id);
        comparison_row(&it.id, &runs, &it.paper, it.settings.epochs)
    });
    Ok(comparison(&confirmed.title, &rows.collect::<Vec<_>>())?)
}

/// The distributions of the printed quantities over seeds.
fn distributions(confirmed: &Confirmed) -> Result<Figure> {
    let Claims { rules, runs, .. } = &confirmed.claims;
    let normal = Normal::new(0.0, 1.0)?;
    let mut panels = Vec::new();
    for experiment in confirmed.with_numbers() {
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
