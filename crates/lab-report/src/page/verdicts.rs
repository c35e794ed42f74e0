//! The tables of verdicts, tests and printed numbers.

use lab_claims::{Judged, Judgement, Needed, Rules, Tested, Verdict};
use lab_results::stats::Quantity;
use serde::Serialize;

use super::text::DASH;

#[derive(Serialize)]
pub(super) struct Verdicts<'a> {
    rows: Vec<Row<'a>>,
    /// The undecided claims, and the seeds that would decide them.
    undecided: Vec<Undecided<'a>>,
    /// Claims about experiments that were not run.
    not_run: Vec<&'a str>,
    /// Tests of statements.
    tests: Vec<Test<'a>>,
    printed: Vec<Printed<'a>>,
    /// The level of significance.
    alpha: String,
    /// The number of tests with a sign-flip test.
    flips: usize,
    /// The number of these in which t and sign flips are on different sides of `alpha`.
    flips_differ: usize,
    /// The maximum half-widths with which printed numbers count as reproduced.
    limits: Vec<Limit>,
}

#[derive(Serialize)]
struct Row<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    /// The prediction interval; a dash for a statement.
    one_run: String,
    verdict: String,
}

#[derive(Serialize)]
struct Undecided<'a> {
    section: &'a str,
    claim: &'a str,
    /// The need, such as `about 60 seeds would decide it`.
    needed: String,
}

#[derive(Serialize)]
struct Test<'a> {
    section: &'a str,
    claim: &'a str,
    shows: String,
    /// `inside`, `outside`, `above` or `below`.
    place: &'static str,
    /// The finite ends of the range.
    ends: Vec<String>,
    p: String,
    holm: String,
    sign_flip: String,
}

#[derive(Serialize)]
struct Printed<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    by_t: String,
    /// The range from the lowest to the highest seed.
    all_seeds: String,
    p: String,
    holm: String,
}

#[derive(Serialize)]
struct Limit {
    quantity: &'static str,
    half_width: String,
    /// Whether the limit is a factor.
    is_factor: bool,
}

pub(super) fn verdicts<'a>(rules: &Rules, judged: &'a Judged) -> Verdicts<'a> {
    let judgements = || judged.judgements.iter();
    let tests = judgements().flat_map(|it| &it.tests);
    let flips = tests.filter_map(|test| Some((test.p, test.p_sign_flip?)));
    let differ = |(p, flip): &(f64, f64)| (*p < rules.alpha) != (*flip < rules.alpha);
    let limits = rules.printed.iter().map(|rule| Limit {
        quantity: rule.quantity.name(),
        half_width: rule.quantity.shown_difference(rule.max_half_width, None),
        is_factor: rule.quantity.is_geometric(),
    });
    Verdicts {
        rows: judgements().map(row).collect(),
        undecided: judgements().filter_map(undecided).collect(),
        not_run: judged.not_run.iter().map(|it| it.text.as_str()).collect(),
        tests: judgements().flat_map(self::tests).collect(),
        printed: judgements().filter_map(printed).collect(),
        alpha: rules.alpha.to_string(),
        flips: flips.clone().count(),
        flips_differ: flips.filter(differ).count(),
        limits: limits.collect(),
    }
}

fn row(judgement: &Judgement) -> Row<'_> {
    Row {
        section: &judgement.claim.section,
        claim: &judgement.claim.text,
        claimed: &judgement.claim.claimed,
        measured: judgement.measured(),
        one_run: judgement.one_run().unwrap_or_else(|| DASH.to_owned()),
        verdict: judgement.verdict.to_string(),
    }
}

fn undecided(judgement: &Judgement) -> Option<Undecided<'_>> {
    let needed: &Needed = judgement.needed.as_ref()?;
    Some(Undecided {
        section: &judgement.claim.section,
        claim: &judgement.claim.text,
        needed: needed.to_string(),
    })
}

fn tests(judgement: &Judgement) -> Vec<Test<'_>> {
    let claim = &judgement.claim;
    let quantity = claim.asked.quantity().filter(|_| !claim.asked.is_printed());
    let tests = quantity.map(|quantity| {
        let tests = judgement.tests.iter();
        tests.map(move |test| self::test(judgement, quantity, test))
    });
    tests.into_iter().flatten().collect()
}

fn test<'a>(judgement: &'a Judgement, quantity: Quantity, test: &Tested) -> Test<'a> {
    let (from, to) = test.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let ends = [from, to].into_iter().filter(|end| end.is_finite());
    let ends = ends.map(|end| quantity.shown_difference(quantity.difference_at(end), None));
    let outside = test.shows == Verdict::NotReproduced;
    Test {
        section: &judgement.claim.section,
        claim: &judgement.claim.text,
        shows: test.shows.to_string(),
        place: match (from.is_finite(), to.is_finite(), outside) {
            (true, false, false) | (false, true, true) => "above",
            (false, true, false) | (true, false, true) => "below",
            (_, _, false) => "inside",
            (_, _, true) => "outside",
        },
        ends: ends.collect(),
        p: p_value(test.p),
        holm: p_value(test.p_holm),
        sign_flip: test.p_sign_flip.map_or_else(|| DASH.to_owned(), p_value),
    }
}

fn printed(judgement: &Judgement) -> Option<Printed<'_>> {
    let claim = &judgement.claim;
    let quantity = claim
        .asked
        .quantity()
        .filter(|_| claim.asked.is_printed())?;
    let test = judgement.tests.first()?;
    let numbers = || judgement.numbers.iter().map(|&(_, number)| number);
    let lowest = numbers().fold(f64::INFINITY, f64::min);
    let highest = numbers().fold(f64::NEG_INFINITY, f64::max);
    Some(Printed {
        section: &claim.section,
        claim: &claim.text,
        claimed: &claim.claimed,
        by_t: judgement.one_run()?,
        all_seeds: quantity.shown_range(quantity.range_at((lowest, highest))),
        p: p_value(test.p),
        holm: p_value(test.p_holm),
    })
}

/// A p-value as text.
pub(super) fn p_value(p: f64) -> String {
    match p {
        p if p < 1e-4 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}
