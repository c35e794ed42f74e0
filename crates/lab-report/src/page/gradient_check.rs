//! The part on the gradient check.

use lab_results::tables::{GradcheckPart, GradcheckRow};
use serde::Serialize;

use super::text::DASH;

/// The number of weights at a kink that the page names.
const KINKS: usize = 8;

#[derive(Serialize)]
pub(super) struct GradientCheck<'a> {
    /// The paper's table 1.
    table: Vec<TableRow<'a>>,
    epsilons: Vec<EpsilonRow>,
    /// The ε of `groups`.
    epsilon: String,
    groups: Vec<GroupRow<'a>>,
    kinks: Kinks<'a>,
}

#[derive(Serialize)]
struct TableRow<'a> {
    weight: &'a str,
    numerical: String,
    backprop: String,
    difference: String,
    paper: String,
    /// Whether the paper's difference is larger than the paper states.
    paper_too_large: bool,
}

#[derive(Serialize)]
struct EpsilonRow {
    epsilon: String,
    /// The largest absolute difference of the six weights.
    largest: String,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    network: &'a str,
    weight: &'a str,
    relative: String,
}

#[derive(Serialize)]
struct Kinks<'a> {
    count: usize,
    shown: Vec<KinkRow<'a>>,
    not_shown: usize,
}

#[derive(Serialize)]
struct KinkRow<'a> {
    network: &'a str,
    weight: &'a str,
    numerical: String,
    backprop: String,
}

/// `None` if the check was not run.
pub(super) fn gradient_check(rows: &[GradcheckRow]) -> Option<GradientCheck<'_>> {
    let part = |name: GradcheckPart| rows.iter().filter(move |row| row.part == name);
    let first_group = part(GradcheckPart::AllWeights).next();
    let groups = part(GradcheckPart::AllWeights).map(|row| GroupRow {
        network: &row.network,
        weight: &row.weight,
        relative: format!("{:.1e}", row.relative),
    });
    (!rows.is_empty()).then(|| GradientCheck {
        table: part(GradcheckPart::Table1).map(table_row).collect(),
        epsilons: epsilons(part(GradcheckPart::Epsilon).collect()),
        epsilon: format!("{:.0e}", first_group.map_or(f64::NAN, |row| row.epsilon)),
        groups: groups.collect(),
        kinks: kinks(part(GradcheckPart::Kink).collect()),
    })
}

fn table_row(row: &GradcheckRow) -> TableRow<'_> {
    let paper = row.paper_absolute;
    TableRow {
        weight: &row.weight,
        numerical: format!("{:.6e}", row.numerical),
        backprop: format!("{:.6e}", row.backprop),
        difference: format!("{:.1e}", row.absolute),
        paper: paper.map_or_else(|| DASH.to_owned(), |x| format!("{x:.2e}")),
        paper_too_large: paper.is_some_and(|x| x > 1e-4),
    }
}

fn epsilons(rows: Vec<&GradcheckRow>) -> Vec<EpsilonRow> {
    let same = rows.chunk_by(|a, b| a.epsilon == b.epsilon);
    let rows = same.map(|rows| {
        let largest = rows.iter().map(|row| row.absolute).fold(0.0, f64::max);
        EpsilonRow {
            epsilon: format!("{:.0e}", rows[0].epsilon),
            largest: format!("{largest:.1e}"),
        }
    });
    rows.collect()
}

fn kinks(rows: Vec<&GradcheckRow>) -> Kinks<'_> {
    let shown = rows.iter().take(KINKS).map(|row| KinkRow {
        network: &row.network,
        weight: &row.weight,
        numerical: format!("{:.6e}", row.numerical),
        backprop: format!("{:.6e}", row.backprop),
    });
    Kinks {
        count: rows.len(),
        shown: shown.collect(),
        not_shown: rows.len().saturating_sub(KINKS),
    }
}
