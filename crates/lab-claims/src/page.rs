//! The words of the page on fresh seeds.

use std::fmt::Write;

use lab_results::stats::Quantity;
use lab_results::suite::Suite;
use lab_results::tables::{ClaimRow as Earlier, RunEnd, RunRow};

use crate::claim::shown;
use crate::evidence::Runs;
use crate::judgement::{Judgement, Tested};
use crate::planning::Needed;
use crate::rules::Rules;
use crate::verdict::Verdict;

/// What the page is made from.
pub(crate) struct Page<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) suite: &'a Suite,
    pub(crate) runs: &'a Runs,
    pub(crate) judged: &'a [Judgement],
    /// What exploratory runs once said, under the rules of their report.
    pub(crate) earlier: &'a [Earlier],
}

/// How many claims got which verdict, in words.
pub fn tally(judged: &[Judgement]) -> String {
    let all = [
        Verdict::Reproduced,
        Verdict::Equivalent,
        Verdict::NotReproduced,
        Verdict::Undecided,
        Verdict::Contradicted,
    ];
    let counts = all.into_iter().filter_map(|verdict| {
        let count = judged.iter().filter(|it| it.verdict == verdict).count();
        (count > 0).then(|| format!("{count} {verdict}"))
    });
    let counts: Vec<String> = counts.collect();
    format!("{} claims: {}", judged.len(), counts.join(", "))
}

/// The text of `REPORT.md`. It holds no date and no time, so the same results give the same page.
pub(crate) fn page(page: &Page<'_>) -> String {
    let (rules, n) = (
        page.rules,
        page.rules.confirmatory.end - page.rules.confirmatory.start,
    );
    let (from, to) = (rules.confirmatory.start, rules.confirmatory.end - 1);
    let (first, last) = (rules.exploratory.start, rules.exploratory.end - 1);
    format!(
        "# Fresh seeds for the paper's claims\n\n\
         **{tally}.** Confirmatory: {n} seeds, {from} to {to}, that were run after the rules were fixed. Seeds {first} \
         to {last} are exploratory: they were known when the rules were made, and no verdict here rests on them. \
         The rules are `crates/experiments/suites/claims.toml`, SHA-256 `{sha256}`.\n\n\
         ## Results\n\n{results}\n\
         Means over {n} seeds, ± the half-width of the 95 % interval of the mean; *stopped at* is the last epoch run, as a \
         geometric mean with its interval. The paper printed one run of each.\n\n\
         ![Every run (dots), the mean over seeds with its 95 % interval, and the paper's value](figures/comparison.png)\n\n\
         ## Verdicts\n\n{verdicts}\n{undecided}\n\
         ## Statements: differences seed by seed, and their tests\n\n{tests}\n\
         Runs of one seed share the split and the test images, so differences are taken seed by seed (of epochs, \
         ratios). *p* is by Student's t, *Holm* after the correction over all tests in this table; a test decides if that \
         is below {alpha}. Beside it the p-value by flipping signs, which supposes no distribution and is not corrected. \
         {flips}\n\n\
         ## Printed numbers: where one more run would lie\n\n{printed}\n\
         *By t* supposes a normal distribution, of epochs on their logarithms, since epochs spread by factors; *of all \
         seeds* is the least and the greatest of them, between which one more run lies with a probability of \
         {coverage:.1} % whatever the distribution is. Half the width of the first must not exceed {telling} for a \
         number to count as reproduced.{unstopped}\n\n\
         ![The numbers of all seeds against normal quantiles, with the paper's value](figures/quantiles.png)\n\n\
         Numbers of a normal distribution lie on the grey line; the dashed line is what the paper printed.\n\n\
         ## Make it again\n\n```sh\ncargo xtask reproduce --suite confirmatory   # the runs, this page, its tables and figures\n\
         mnist-lab power                              # from the exploratory seeds: how many fresh ones each claim needs\n```\n\n\
         `claims.csv` and `tests.csv` have these numbers in full; differences of epochs are logarithms of ratios there. \
         `runs.csv` has a line for each run, `SHA256SUMS` the SHA-256 of every file of every run.\n",
        tally = tally(page.judged),
        sha256 = rules.sha256,
        results = results(page),
        verdicts = verdicts(page),
        undecided = undecided(page.judged),
        tests = tests(page.judged),
        alpha = rules.alpha,
        flips = flips(page.judged, rules.alpha),
        printed = printed(page),
        coverage = 100.0 * (n as f64 - 1.0) / (n as f64 + 1.0),
        telling = telling(rules),
        unstopped = unstopped(page),
    )
}

fn results(page: &Page<'_>) -> String {
    let mut text =
        "| experiment | test accuracy | paper | test loss | paper | stopped at epoch | paper |\n\
                    |---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for experiment in &page.suite.experiments {
        let rows = page.runs.of(&experiment.id);
        write!(text, "| {} ", experiment.title).ok();
        for quantity in Quantity::PRINTED {
            let ours = quantity.shown_sample(quantity.over(rows.iter().copied()));
            write!(
                text,
                "| {ours} | {} ",
                quantity.shown_printed(&experiment.paper)
            )
            .ok();
        }
        text.push_str("|\n");
    }
    text
}

fn verdicts(page: &Page<'_>) -> String {
    let mut text = "| § | claim | as the paper has it | exploratory | confirmatory | verdict |\n|---|---|---|---|---|---|\n".to_owned();
    for it in page.judged {
        let earlier = page
            .earlier
            .iter()
            .find(|earlier| earlier.claim == it.claim);
        let earlier = earlier.map_or_else(
            || "–".to_owned(),
            |earlier| format!("{}: {}", earlier.measured, earlier.verdict),
        );
        writeln!(
            text,
            "| {} | {} | {} | {earlier} | {} | **{}** |",
            it.section,
            it.claim,
            it.claimed,
            it.measured(),
            it.verdict
        )
        .ok();
    }
    text
}

fn undecided(judged: &[Judgement]) -> String {
    let mut text = String::new();
    for it in judged.iter().filter(|it| it.verdict == Verdict::Undecided) {
        let what = match &it.needed {
            Some(Needed::Seeds(seeds, _)) => {
                format!(
                    "would be decided by about {seeds} seeds, if those are distributed as these are"
                )
            }
            Some(Needed::Undecidable(why)) => format!("is undecidable under these rules: {why}"),
            Some(Needed::None) | None => "needs a gradient check".to_owned(),
        };
        writeln!(text, "*{} ({}) {what}.*\n", it.claim, it.section).ok();
    }
    text
}

fn tests(judged: &[Judgement]) -> String {
    let mut text = "| § | claim | what is shown, if significant | p | Holm | by flipping signs |\n|---|---|---|--:|--:|--:|\n".to_owned();
    for it in judged.iter().filter(|it| !it.is_printed) {
        let Some(quantity) = it.quantity else {
            continue;
        };
        for test in &it.tests {
            writeln!(
                text,
                "| {} | {} | {}: {} | {} | {} | {} |",
                it.section,
                it.claim,
                test.shows,
                range(quantity, test),
                p_value(test.p),
                p_value(test.p_holm),
                test.p_sign_flip.map_or_else(|| "–".to_owned(), p_value),
            )
            .ok();
        }
    }
    text
}

/// What a test says of the mean, in words.
fn range(quantity: Quantity, test: &Tested) -> String {
    let (from, to) = test.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let end = |end| shown(quantity, end);
    let outside = test.shows == Verdict::NotReproduced;
    match (from.is_finite(), to.is_finite(), outside) {
        (true, true, false) => format!("between {} and {}", end(from), end(to)),
        (true, true, true) => format!("below {} or above {}", end(from), end(to)),
        (true, false, false) | (false, true, true) => {
            format!("above {}", end(if outside { to } else { from }))
        }
        (false, true, false) | (true, false, true) => {
            format!("below {}", end(if outside { from } else { to }))
        }
        (false, false, _) => "anything".to_owned(),
    }
}

fn p_value(p: f64) -> String {
    match p {
        p if p < 1e-4 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}

/// Where flipping signs says something else than Student's t.
fn flips(judged: &[Judgement], alpha: f64) -> String {
    let differs = |test: &&Tested| {
        test.p_sign_flip
            .is_some_and(|p| (p < alpha) != (test.p < alpha))
    };
    let all = judged
        .iter()
        .flat_map(|it| &it.tests)
        .filter(|it| it.p_sign_flip.is_some());
    match (all.clone().filter(differs).count(), all.count()) {
        (0, all) => format!("In all {all} tests the two agree on which side of {alpha} p lies."),
        (some, all) => {
            format!("In {some} of {all} tests the two lie on different sides of {alpha}.")
        }
    }
}

fn printed(page: &Page<'_>) -> String {
    let mut text = "| § | number | printed | 95 % by t | of all seeds | p | Holm |\n|---|---|--:|--:|--:|--:|--:|\n".to_owned();
    for it in page.judged.iter().filter(|it| it.is_printed) {
        let (Some(quantity), Some(moments)) = (it.quantity, it.moments) else {
            continue;
        };
        let back = |(low, high): (f64, f64)| {
            quantity.shown_range((quantity.difference_at(low), quantity.difference_at(high)))
        };
        let least = it.numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = it.numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let [p, p_holm] = it
            .tests
            .first()
            .map_or([f64::NAN; 2], |test| [test.p, test.p_holm]);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            it.section,
            it.claim,
            it.claimed,
            back(moments.prediction(0.95)),
            back((least, greatest)),
            p_value(p),
            p_value(p_holm),
        )
        .ok();
    }
    text
}

/// Runs whose last epoch is none that a stopping rule chose.
fn unstopped(page: &Page<'_>) -> String {
    let each = page.suite.experiments.iter().filter_map(|experiment| {
        let rows = page.runs.of(&experiment.id);
        let unstopped = |row: &&&RunRow| row.stop_reason == RunEnd::MaxEpochs;
        let (some, all) = (rows.iter().filter(unstopped).count(), rows.len());
        (some > 0).then(|| format!("{some} of {all} of `{}`", experiment.id))
    });
    let each: Vec<String> = each.collect();
    match each.is_empty() {
        true => String::new(),
        false => format!(
            " No stopping rule ended {} before their greatest number of epochs, which counts as their last epoch: a \
             mean with such runs is too low.",
            each.join(", ")
        ),
    }
}

fn telling(rules: &Rules) -> String {
    let each = rules.printed.iter().map(|rule| {
        let much = rule.quantity.shown_difference(rule.telling, None);
        match rule.quantity.is_geometric() {
            true => format!("a factor of {much}"),
            false => much,
        }
    });
    each.collect::<Vec<_>>().join(", ")
}
