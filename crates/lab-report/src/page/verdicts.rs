//! The tables of verdicts, of tests and of their sensitivity.

use lab_claims::{Asked, Judgement, Needed, Rules, Verdict, shown_p};
use serde::Serialize;

use super::text::DASH;
use crate::claims::Confirmed;
use crate::findings::Claims;

#[derive(Serialize)]
pub(super) struct Verdicts<'a> {
    /// Printed numbers, alone and together, in the literal reading.
    printed: Vec<Printed<'a>>,
    /// The same in the readings to be confirmed.
    printed_of_readings: Vec<Printed<'a>>,
    statements: Vec<Statement<'a>>,
    statements_of_readings: Vec<Statement<'a>>,
    /// The undecided claims, and the seeds that would decide them.
    undecided: Vec<Undecided<'a>>,
    /// Claims about experiments that were not run.
    not_run: Vec<&'a str>,
    /// The level of significance.
    alpha: String,
    /// The number of printed numbers in the literal reading.
    singles: usize,
    /// How many of them a correct reproduction would be expected to reject.
    by_chance: String,
    /// The number of tests with a sign-flip test.
    flips: usize,
    /// The number of these in which t and sign flips are on different sides of `alpha`.
    flips_differ: usize,
    /// The maximum half-widths with which printed numbers count as reproduced.
    limits: Vec<Limit>,
}

/// A printed number, or all printed numbers of an experiment.
#[derive(Serialize)]
struct Printed<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    /// Whether these are all numbers of an experiment.
    is_line: bool,
    measured: String,
    /// The prediction interval of one more run.
    one_run: String,
    p: String,
    verdict: String,
}

#[derive(Serialize)]
pub(super) struct Statement<'a> {
    section: &'a str,
    claim: &'a str,
    claimed: &'a str,
    measured: String,
    /// The p-values after Holm's correction of the tests for each finding: reproduced, not reproduced, equivalent.
    p: [String; 3],
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
pub(super) struct Limit {
    quantity: &'static str,
    half_width: String,
    /// Whether the limit is a factor.
    is_factor: bool,
}

/// The verdicts under other assumptions.
#[derive(Serialize)]
pub(super) struct Sensitive<'a> {
    /// The readings under which the verdicts are computed once more.
    readings: &'a [String],
    rows: Vec<SensitiveRow<'a>>,
    /// The number of claims that have another verdict under one of the assumptions.
    changed: usize,
}

#[derive(Serialize)]
struct SensitiveRow<'a> {
    section: &'a str,
    claim: &'a str,
    verdict: &'a str,
    /// The verdict under each assumption; a dash where it is the same, a blank where the runs do not tell.
    others: Vec<String>,
}

pub(super) fn verdicts(claims: &Claims) -> Verdicts<'_> {
    let Claims { rules, judged, .. } = claims;
    let judgements = || judged.judgements.iter();
    let tests = judgements().flat_map(|it| &it.tests);
    let flips = tests.filter_map(|test| Some((test.p, test.p_sign_flip?)));
    let differ = |(p, flip): &(f64, f64)| (*p < rules.alpha) != (*flip < rules.alpha);
    let of = |is_of_reading: bool| {
        judgements().filter(move |it| it.claim.is_of_reading == is_of_reading)
    };
    let singles = of(false).filter(|it| is_single(it)).count();
    Verdicts {
        printed: of(false).filter_map(printed).collect(),
        printed_of_readings: of(true).filter_map(printed).collect(),
        statements: of(false).filter_map(statement).collect(),
        statements_of_readings: of(true).filter_map(statement).collect(),
        undecided: judgements().filter_map(undecided).collect(),
        not_run: judged.not_run.iter().map(|it| it.text.as_str()).collect(),
        alpha: rules.alpha.to_string(),
        singles,
        by_chance: format!("{:.1}", rules.alpha * singles as f64),
        flips: flips.clone().count(),
        flips_differ: flips.filter(differ).count(),
        limits: limits(rules),
    }
}

pub(super) fn limits(rules: &Rules) -> Vec<Limit> {
    let limits = rules.printed.iter().map(|rule| Limit {
        quantity: rule.quantity.name(),
        half_width: rule.quantity.shown_difference(rule.max_half_width, None),
        is_factor: rule.quantity.is_geometric(),
    });
    limits.collect()
}

/// Whether a claim is a number that the paper printed of one experiment, not the mean of several.
pub(super) fn is_single(judgement: &Judgement) -> bool {
    matches!(&judgement.claim.asked, Asked::Printed { experiments, .. } if experiments.len() == 1)
}

fn printed(judgement: &Judgement) -> Option<Printed<'_>> {
    let claim = &judgement.claim;
    let is_line = matches!(claim.asked, Asked::Line { .. });
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| DASH.to_owned());
    (is_line || claim.asked.is_printed()).then(|| Printed {
        section: &claim.section,
        claim: &claim.text,
        claimed: &claim.claimed,
        is_line,
        measured: match is_line {
            true => String::new(),
            false => judgement.measured(),
        },
        one_run: match is_line {
            true => String::new(),
            false => or_dash(judgement.one_run()),
        },
        p: or_dash(judgement.tests.first().map(|test| shown_p(test.p))),
        verdict: judgement.says(),
    })
}

/// `None` for printed numbers.
pub(super) fn statement(judgement: &Judgement) -> Option<Statement<'_>> {
    let claim = &judgement.claim;
    if claim.asked.is_printed() || matches!(claim.asked, Asked::Line { .. }) {
        return None;
    }
    let findings = [
        Verdict::Reproduced,
        Verdict::NotReproduced,
        Verdict::Equivalent,
    ];
    Some(Statement {
        section: &claim.section,
        claim: &claim.text,
        claimed: &claim.claimed,
        measured: judgement.measured(),
        p: findings.map(|finding| {
            let test = judgement.tests.iter().find(|it| it.shows == finding);
            test.map_or_else(|| DASH.to_owned(), |it| shown_p(it.decisive()))
        }),
        verdict: judgement.says(),
    })
}

fn undecided(judgement: &Judgement) -> Option<Undecided<'_>> {
    let needed: &Needed = judgement.needed.as_ref()?;
    Some(Undecided {
        section: &judgement.claim.section,
        claim: &judgement.claim.text,
        needed: needed.to_string(),
    })
}

pub(super) fn sensitive(confirmed: &Confirmed) -> Sensitive<'_> {
    let rows = confirmed.sensitivity.iter().map(|it| {
        let others = [&it.half, &it.double, &it.images].into_iter();
        let others = others.chain(&it.readings).map(|other| match other {
            Some(other) if *other == it.verdict => "same".to_owned(),
            Some(other) => other.clone(),
            None => DASH.to_owned(),
        });
        SensitiveRow {
            section: &it.claim.section,
            claim: &it.claim.text,
            verdict: &it.verdict,
            others: others.collect(),
        }
    });
    let rows: Vec<_> = rows.collect();
    let is_same = |other: &String| other == "same" || other == DASH;
    Sensitive {
        readings: &confirmed.claims.rules.sensitivity,
        changed: rows
            .iter()
            .filter(|it| !it.others.iter().all(is_same))
            .count(),
        rows,
    }
}
