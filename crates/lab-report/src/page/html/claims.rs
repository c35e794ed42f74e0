//! Claims, tests and verdicts: rows, drawings, and the verdicts with other margins.

use lab_claims::statistics::Range;
use lab_claims::{Asked, Judgement, Tested, Verdict, over_margins, shown_p};
use lab_results::stats::Quantity;
use lab_results::tables::{GradcheckPart, GradcheckRow};
use serde::Serialize;

use super::data::rounded;
use crate::findings::Claims;
use crate::page::text::DASH;
use crate::page::verdicts::{Limit, limits};

/// The factors of the margins, from 1/4 to 4; the page's slider has as many steps.
pub(super) const FACTORS: usize = 81;

fn factors() -> Vec<f64> {
    let step = |at: usize| 4.0 * at as f64 / (FACTORS - 1) as f64 - 2.0;
    (0..FACTORS).map(|at| step(at).exp2()).collect()
}

/// The texts and tables.
#[derive(Serialize)]
pub(super) struct Values<'a> {
    alpha: f64,
    /// The largest half-width of a prediction interval, for each kind of printed number.
    limits: Vec<Limit>,
    sections: Vec<&'a str>,
    verdicts: [Counted; 6],
    rows: Vec<Row<'a>>,
    printed: Printed<'a>,
    not_run: Vec<&'a str>,
}

/// A verdict, its text, and the number of claims with this verdict.
#[derive(Serialize)]
struct Counted {
    name: Verdict,
    says: String,
    count: usize,
}

/// The drawings of printed numbers: a line for each experiment, a column for each quantity.
#[derive(Serialize)]
struct Printed<'a> {
    quantities: Vec<&'static str>,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    /// The ids of the experiments whose numbers are averaged; usually one.
    #[serde(skip)]
    of: &'a [String],
    title: &'a str,
    /// The claims' places; `None` for a quantity that the paper did not print.
    cells: Vec<Option<usize>>,
}

#[derive(Serialize)]
struct Row<'a> {
    /// The claim's place in the page's JSON.
    at: usize,
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    kind: Kind,
    verdict: Verdict,
    says: String,
    /// The verdict's place among all verdicts.
    rank: usize,
    /// The p-value of the test that decides, or else the smallest.
    p: PValue,
    p_holm: PValue,
    tests: Vec<TestRow>,
}

#[derive(Serialize)]
struct TestRow {
    name: Verdict,
    shows: String,
    p: String,
    p_holm: Option<String>,
}

#[derive(Serialize)]
struct PValue {
    /// The number that a table is sorted by; empty if there is no test.
    key: String,
    shown: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Printed,
    /// All printed numbers of an experiment.
    Line,
    Statement,
    Gradients,
    GradientOrder,
}

pub(super) fn values(claims: &Claims) -> Values<'_> {
    let Claims { rules, judged, .. } = claims;
    let judgements = &judged.judgements;
    let mut sections: Vec<&str> = judgements
        .iter()
        .map(|it| it.claim.section.as_str())
        .collect();
    sections.sort_unstable();
    sections.dedup();
    let verdicts = Verdict::ALL.map(|name| Counted {
        name,
        says: name.to_string(),
        count: judgements.iter().filter(|it| it.verdict == name).count(),
    });
    let rows = judgements.iter().enumerate();
    Values {
        alpha: rules.alpha,
        limits: limits(rules),
        sections,
        verdicts,
        rows: rows.map(|(at, it)| row(at, it, rules.alpha)).collect(),
        printed: printed(judgements),
        not_run: judged.not_run.iter().map(|it| it.text.as_str()).collect(),
    }
}

pub(super) fn data(claims: &Claims) -> Data<'_> {
    let Claims {
        rules,
        judged,
        experiments,
        runs,
        gradients,
    } = claims;
    let over = over_margins(rules, experiments, runs, gradients, &factors());
    let list = judged.judgements.iter().enumerate();
    let list = list.map(|(at, it)| {
        let verdicts = over.iter().map(|judged| judged.judgements[at].verdict);
        let verdicts = verdicts.map(|verdict| rank(verdict).to_string());
        Numbers {
            by_factor: verdicts.collect(),
            ..numbers(it, gradients)
        }
    });
    Data {
        words: Verdict::ALL.map(|verdict| (verdict, verdict.to_string())),
        list: list.collect(),
    }
}

fn printed(judgements: &[Judgement]) -> Printed<'_> {
    let numbers = || {
        let claims = judgements.iter().map(|it| &it.claim).enumerate();
        claims.filter_map(|(at, claim)| match &claim.asked {
            Asked::Printed {
                experiments,
                number,
            } => Some((at, &claim.text, experiments, number.quantity)),
            _ => None,
        })
    };
    let mut quantities: Vec<Quantity> = Vec::new();
    for (.., quantity) in numbers() {
        if !quantities.contains(&quantity) {
            quantities.push(quantity);
        }
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (at, text, experiments, quantity) in numbers() {
        let known = lines.iter().position(|line| line.of == experiments);
        let line = known.unwrap_or(lines.len());
        if known.is_none() {
            let title = text.strip_suffix(quantity.name()).unwrap_or(text);
            lines.push(Line {
                of: experiments,
                title: title.trim_end_matches(": "),
                cells: vec![None; quantities.len()],
            });
        }
        let cells = lines[line].cells.iter_mut().zip(&quantities);
        for (cell, _) in cells.filter(|(_, of)| **of == quantity) {
            *cell = Some(at);
        }
    }
    Printed {
        quantities: quantities.iter().map(|it| it.name()).collect(),
        lines,
    }
}

fn row(at: usize, judgement: &Judgement, alpha: f64) -> Row<'_> {
    let claim = &judgement.claim;
    let tests = &judgement.tests;
    let decides = tests.iter().find(|test| test.decisive() < alpha);
    let nearest = || tests.iter().min_by(|a, b| a.p.total_cmp(&b.p));
    let test = decides.or_else(nearest);
    let verdict = judgement.verdict;
    Row {
        at,
        section: &claim.section,
        claim: &claim.text,
        claimed: &claim.claimed,
        measured: judgement.measured(),
        kind: kind(&claim.asked),
        verdict,
        says: judgement.says(),
        rank: rank(verdict),
        p: PValue::of(test.map(|test| test.p)),
        p_holm: PValue::of(test.and_then(|test| test.p_holm)),
        tests: tests.iter().map(test_row).collect(),
    }
}

fn test_row(test: &Tested) -> TestRow {
    TestRow {
        name: test.shows,
        shows: test.shows.to_string(),
        p: PValue::of(Some(test.p)).shown,
        p_holm: test.p_holm.map(|p| PValue::of(Some(p)).shown),
    }
}

/// A verdict's place among all verdicts.
fn rank(verdict: Verdict) -> usize {
    let mut all = Verdict::ALL.iter();
    all.position(|it| *it == verdict).unwrap_or_default()
}

fn kind(asked: &Asked) -> Kind {
    match asked {
        Asked::Printed { .. } => Kind::Printed,
        Asked::Line { .. } => Kind::Line,
        Asked::Statement { .. } => Kind::Statement,
        Asked::Gradients(_) => Kind::Gradients,
        Asked::GradientOrder(_) => Kind::GradientOrder,
    }
}

impl PValue {
    fn of(p: Option<f64>) -> Self {
        let p = p.filter(|p| p.is_finite());
        Self {
            key: p.map(|p| format!("{p:e}")).unwrap_or_default(),
            shown: match p {
                None => DASH.to_owned(),
                Some(p) => shown_p(p),
            },
        }
    }
}

/// The data that the page's scripts draw.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    words: [(Verdict, String); 6],
    list: Vec<Numbers<'a>>,
}

/// A claim's numbers, on the scale of [`Quantity::linear`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers<'a> {
    claim: &'a str,
    verdict: Verdict,
    kind: Kind,
    quantity: Option<Quantity>,
    mean: Option<f64>,
    interval: Option<Range>,
    prediction: Option<Range>,
    /// The numbers by seed; for gradients, our differences by weight.
    numbers: Vec<(String, f64)>,
    printed: Option<f64>,
    /// The claimed range.
    range: Ends,
    /// The range that counts as no difference.
    alike: Option<Ends>,
    limit: Option<f64>,
    /// For gradients, the differences that the paper printed.
    paper: Vec<f64>,
    /// The margin, as a reader knows it.
    margin: Option<f64>,
    /// The verdict at each factor of the margins, as a digit: its place among all verdicts.
    by_factor: String,
}

/// The ends of a range; `None` for an infinite end.
type Ends = (Option<f64>, Option<f64>);

fn numbers<'a>(judgement: &'a Judgement, gradients: &[GradcheckRow]) -> Numbers<'a> {
    let sample = judgement.sample;
    let asked = &judgement.claim.asked;
    let both = |(low, high): Range| (digits(low), digits(high));
    let by_seed = judgement.numbers.iter();
    let mut of = Numbers {
        claim: &judgement.claim.text,
        verdict: judgement.verdict,
        kind: kind(asked),
        quantity: asked.quantity(),
        mean: sample.map(|it| digits(it.mean)),
        interval: judgement.interval().map(both),
        prediction: judgement.prediction().map(both),
        numbers: by_seed
            .map(|(seed, x)| (format!("seed {seed}"), rounded(*x, 6)))
            .collect(),
        printed: None,
        range: (None, None),
        alike: None,
        limit: None,
        paper: Vec::new(),
        margin: None,
        by_factor: String::new(),
    };
    match asked {
        Asked::Printed { number, .. } => {
            of.printed = Some(digits(number.printed));
            of.margin = Some(number.max_half_width);
        }
        Asked::Line { .. } | Asked::GradientOrder(_) => {}
        Asked::Statement {
            range,
            printed,
            hypotheses,
            ..
        } => {
            let alike = hypotheses.iter().find(|it| it.shows == Verdict::Equivalent);
            let margins = hypotheses.iter().flat_map(|it| [it.range.0, it.range.1]);
            of.printed = printed.map(digits);
            of.range = ends(*range);
            of.alike = alike.map(|it| ends(it.range));
            of.margin = margins
                .map(f64::abs)
                .find(|end| end.is_finite() && *end > 0.0);
        }
        Asked::Gradients(limit) => {
            let table = gradients
                .iter()
                .filter(|row| row.part == GradcheckPart::Table1);
            let table: Vec<_> = table.collect();
            let ours = table
                .iter()
                .map(|row| (row.weight.clone(), digits(row.absolute)));
            of.numbers = ours.collect();
            of.paper = table.iter().filter_map(|row| row.paper_absolute).collect();
            of.limit = Some(*limit);
            of.margin = of.limit;
        }
    }
    of
}

fn ends((from, to): Range) -> Ends {
    let finite = |end: f64| end.is_finite().then_some(end);
    (finite(from), finite(to))
}

/// Rounds a number to twelve significant digits, which are equal on all platforms.
fn digits(x: f64) -> f64 {
    rounded(x, 12)
}
