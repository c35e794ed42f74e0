//! Verdicts on made-up runs by made-up rules.

use lab_claims::{Judged, Judgement, Needed, Rules, Runs, Verdict, judge, plan};
use lab_results::store::SuiteRecord;
use lab_results::suite::{BuiltIn, Experiment, Suite};
use lab_results::tables::{GradcheckPart, GradcheckRow, RunRow};

const SUITE: &str = r#"
title = "Two"
[defaults]
lr = 0.1
hidden = [8]
activation = "tanh"
init = "lecun-normal"
batch-size = 128
epochs = 100
patience = 3
stopping = "consecutive"
momentum = 0.9
l1 = 0.0
l2 = 0.0
penalty-biases = false
penalty-place = "gradient"
penalty-sign = "plus"
normalize = "per-image"
split = "random"
validation = 0.2
shuffle = true
precision = "f32"
input = "auto"
weights = "best"
[[experiment]]
id = "plain"
settings = {}
title = "Plain"
section = "1"
paper = { stop-epoch = 20, test-accuracy = 0.97, test-loss = 0.1 }
[[experiment]]
id = "other"
settings = {}
title = "Other"
paper = { test-accuracy = 0.975 }
"#;

const RULES: &str = r#"
exploratory = [0, 4]
confirmatory = [10, 18]
alpha = 0.05
power = 0.9
most-seeds = 100

[[printed]]
quantity = "test-accuracy"
telling = 0.01
reason = "a point"

[[printed]]
quantity = "stop-epoch"
telling = 2.0
reason = "a factor of two"

[[statement]]
section = "1"
text = "Gradients agree"
test = { gradients-within = 1e-4 }

[[statement]]
section = "2"
text = "Other is better"
test = { compare = { experiment = "other", has = "more", quantity = "test-accuracy", than = "plain" } }
equivalent-within = 0.002
reason = "20 images are less"

[[statement]]
section = "2"
text = "Other stops when plain does"
test = { alike = { experiment = "other", and = "plain", quantity = "stop-epoch", margin = 1.5 } }
"#;

/// The differences of the seeds from the mean; their sum is 0.
const SEEDS: [f64; 8] = [-1.5, 1.0, 0.5, -1.0, 1.5, 0.0, -0.5, 0.0];

/// The runs of an experiment: means, and the spread over seeds.
struct Made {
    accuracy: (f64, f64),
    epochs: (f64, f64),
}

fn experiments() -> Vec<Experiment> {
    read(SUITE)
}

fn read(suite: &str) -> Vec<Experiment> {
    let suite = Suite::parse("two", suite, &BuiltIn::default()).unwrap();
    SuiteRecord::of(&suite).experiments
}

fn rules(text: &str) -> Rules {
    Rules::parse(text, &experiments()).unwrap()
}

fn rows(experiment: &str, first: u64, made: &Made) -> Vec<RunRow> {
    let each = SEEDS.iter().zip(first..).map(|(&at, seed)| RunRow {
        experiment: experiment.to_owned(),
        seed,
        epochs_run: (made.epochs.0 * made.epochs.1.powf(at)).round() as u32,
        // Experiments have different spreads, so that their differences spread too.
        test_accuracy: Some(made.accuracy.0 + made.accuracy.1 * at),
        ..RunRow::default()
    });
    each.collect()
}

fn judged(plain: &Made, other: &Made, gradients: &[GradcheckRow]) -> Judged {
    let rules = rules(RULES);
    let mut all = rows("plain", 10, plain);
    // Exploratory seeds must not count.
    all.extend(rows("plain", 0, &made(0.5, 0.0)));
    all.extend(rows("other", 10, other));
    let runs = Runs::new(all);
    assert!(runs.are_confirmatory(&rules));
    let runs = runs.exactly(&rules.confirmatory, &["plain", "other"]);
    judge(&rules, &experiments(), &runs.unwrap(), gradients)
}

fn find<'a>(judged: &'a Judged, claim: &str) -> &'a Judgement {
    let all = judged.judgements.iter();
    let found: Vec<_> = all.filter(|it| it.claim.text == claim).collect();
    assert_eq!(found.len(), 1, "{claim}: {judged:#?}");
    found[0]
}

fn verdict(judged: &Judged, claim: &str) -> Verdict {
    find(judged, claim).verdict
}

fn made(accuracy: f64, spread: f64) -> Made {
    Made {
        accuracy: (accuracy, spread),
        epochs: (20.0, 1.05),
    }
}

#[test]
fn a_printed_number_is_judged_by_where_one_more_run_would_lie() {
    let accuracy = "Plain: test accuracy";
    for (mean, spread, expected) in [
        (0.9701, 0.001, Verdict::Reproduced),
        (0.960, 0.001, Verdict::NotReproduced),
        (0.9701, 0.01, Verdict::Undecided),
    ] {
        let found = judged(&made(mean, spread), &made(0.975, 0.001), &[]);
        assert_eq!(verdict(&found, accuracy), expected, "{mean} ± {spread}");
    }
    let slow = Made {
        epochs: (70.0, 1.05),
        ..made(0.97, 0.001)
    };
    let found = judged(&slow, &made(0.975, 0.001), &[]);
    assert_eq!(
        verdict(&found, "Plain: stopped at epoch"),
        Verdict::NotReproduced
    );
    let wild = Made {
        epochs: (20.0, 2.0),
        ..made(0.97, 0.001)
    };
    let found = judged(&wild, &made(0.975, 0.001), &[]);
    assert_eq!(
        verdict(&found, "Plain: stopped at epoch"),
        Verdict::Undecided
    );
    let undecided = find(&found, "Plain: stopped at epoch");
    // More seeds do not reduce the spread of single runs.
    assert!(
        matches!(undecided.needed, Some(Needed::Undecidable(_))),
        "{undecided:?}"
    );
}

#[test]
fn a_difference_is_shown_refuted_or_as_good_as_none() {
    for (mean, spread, expected) in [
        (0.976, 0.0012, Verdict::Reproduced),
        (0.965, 0.0012, Verdict::NotReproduced),
        (0.9701, 0.0012, Verdict::Equivalent),
        // Both significant and negligible: the first test decides.
        (0.9711, 0.0012, Verdict::Reproduced),
        (0.9705, 0.006, Verdict::Undecided),
    ] {
        let found = judged(&made(0.97, 0.001), &made(mean, spread), &[]);
        assert_eq!(
            verdict(&found, "Other is better"),
            expected,
            "{mean} ± {spread}"
        );
    }
}

#[test]
fn what_the_paper_contradicts_is_not_tested() {
    let text = SUITE.replace("test-accuracy = 0.975", "test-accuracy = 0.95");
    let experiments = read(&text);
    let rules = Rules::parse(RULES, &experiments).unwrap();
    let mut all = rows("plain", 10, &made(0.97, 0.001));
    all.extend(rows("other", 10, &made(0.98, 0.002)));
    let found = judge(&rules, &experiments, &Runs::new(all), &[]);
    let claim = find(&found, "Other is better");
    assert_eq!(claim.verdict, Verdict::Contradicted);
    assert!(claim.tests.is_empty());
}

#[test]
fn gradients_are_judged_without_seeds() {
    let row = |absolute, paper_absolute| GradcheckRow {
        part: GradcheckPart::Table1,
        absolute,
        paper_absolute,
        ..GradcheckRow::default()
    };
    for (rows, expected) in [
        (vec![row(1e-5, Some(5e-5))], Verdict::Reproduced),
        (
            vec![row(1e-5, None), row(2e-4, None)],
            Verdict::NotReproduced,
        ),
        (vec![row(1e-5, Some(2e-4))], Verdict::Contradicted),
    ] {
        let found = judged(&made(0.97, 0.001), &made(0.975, 0.001), &rows);
        assert_eq!(verdict(&found, "Gradients agree"), expected, "{rows:?}");
    }
    let found = judged(&made(0.97, 0.001), &made(0.975, 0.001), &[]);
    assert_eq!(found.not_run[0].text, "Gradients agree");
    assert!(found.tally().ends_with("1 not run"), "{}", found.tally());
}

#[test]
fn holm_corrects_within_each_family() {
    let found = judged(&made(0.97, 0.001), &made(0.9703, 0.0013), &[]);
    for printed in [true, false] {
        let all = found.judgements.iter();
        let family = all.filter(|it| it.claim.asked.is_printed() == printed);
        let mut tests: Vec<_> = family.flat_map(|it| &it.tests).collect();
        assert_eq!(tests.len(), if printed { 3 } else { 5 });
        tests.sort_by(|a, b| a.p.total_cmp(&b.p));
        let least = tests[0];
        let expected = (least.p * tests.len() as f64).min(1.0);
        assert!((least.p_holm - expected).abs() <= 1e-15 * expected);
        assert!(
            tests
                .windows(2)
                .all(|pair| pair[0].p_holm <= pair[1].p_holm)
        );
    }
}

#[test]
fn a_seed_that_is_missing_is_named() {
    let rules = rules(RULES);
    let mut all = rows("plain", 10, &made(0.97, 0.001));
    let mut other = rows("other", 10, &made(0.97, 0.001));
    other.remove(3);
    all.extend(other);
    let error = Runs::new(all)
        .exactly(&rules.confirmatory, &["plain", "other"])
        .unwrap_err();
    let expected =
        "experiment `other` has no run with seed 13 (1 of 8 are missing); expected all of 10..18";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_run_without_a_number_leaves_its_claims_undecided() {
    let mut all = rows("plain", 10, &made(0.97, 0.001));
    all.extend(rows("other", 10, &made(0.975, 0.001)));
    all[2].test_accuracy = None;
    let found = judge(&rules(RULES), &experiments(), &Runs::new(all), &[]);
    for claim in ["Plain: test accuracy", "Other is better"] {
        let claim = find(&found, claim);
        assert_eq!(claim.verdict, Verdict::Undecided);
        assert_eq!(claim.needed, Some(Needed::Number(12)));
    }
    assert_eq!(verdict(&found, "Other: test accuracy"), Verdict::Reproduced);
}

#[test]
fn a_part_of_the_experiments_or_one_seed_is_judged_as_far_as_it_goes() {
    let rules = rules(RULES);
    let some = rows("plain", 0, &made(0.97, 0.001));
    let found = judge(&rules, &experiments(), &Runs::new(some.clone()), &[]);
    let not_run: Vec<_> = found.not_run.iter().map(|it| it.text.as_str()).collect();
    let expected = [
        "Other: test accuracy",
        "Gradients agree",
        "Other is better",
        "Other stops when plain does",
    ];
    assert_eq!(not_run, expected);
    assert_eq!(found.tally(), "6 claims: 2 reproduced, 4 not run");
    let one = Runs::new(some.into_iter().take(1));
    assert!(!one.are_confirmatory(&rules));
    let found = judge(&rules, &experiments(), &one, &[]);
    assert_eq!(found.tally(), "6 claims: 2 undecided, 4 not run");
    assert_eq!(found.judgements[0].needed, Some(Needed::SecondSeed));
    let nothing = judge(&rules, &experiments(), &Runs::new([]), &[]);
    assert_eq!(nothing.tally(), "6 claims: 6 not run");
}

#[test]
fn a_plan_says_what_each_claim_costs() {
    let rules = rules(RULES);
    let needed = |accuracy: f64, spread: f64| {
        let mut all = rows("plain", 0, &made(0.97, 0.001));
        all.extend(rows("other", 0, &made(accuracy, spread)));
        let planned = plan(&rules, &experiments(), &Runs::new(all)).unwrap();
        let mut planned = planned.iter();
        let found = planned.find(|it| it.claim.text == "Other is better");
        found.unwrap().needed.clone()
    };
    let Needed::Seeds(few, Verdict::Reproduced) = needed(0.98, 0.002) else {
        panic!("{:?}", needed(0.98, 0.002));
    };
    let Needed::Seeds(more, Verdict::Reproduced) = needed(0.9740, 0.004) else {
        panic!("{:?}", needed(0.9740, 0.004));
    };
    assert!(few < more, "{few} {more}");
    assert!(matches!(needed(0.97, 0.05), Needed::Undecidable(_)));
}

#[test]
fn bad_rules_are_refused_with_what_is_wrong() {
    for (from, to, expected) in [
        (
            "alpha = 0.05",
            "alpha = 1.5",
            "alpha is 1.5; expected a number between 0 and 1",
        ),
        ("alpha = 0.05", "alpha = nan", "alpha is NaN"),
        ("power = 0.9", "power = 0.0", "power is 0"),
        (
            "alpha = 0.05",
            "alfa = 0.05",
            "line 4: unknown field `alfa`",
        ),
        (
            "most-seeds = 100",
            "most-seeds = 1",
            "most-seeds is 1; expected 2 to 10000",
        ),
        (
            "confirmatory = [10, 18]",
            "confirmatory = [10, 11]",
            "confirmatory is [10, 11]",
        ),
        (
            "confirmatory = [10, 18]",
            "confirmatory = [2, 18]",
            "both exploratory and confirmatory",
        ),
        (
            "telling = 0.01",
            "telling = -1.0",
            "telling is -1; expected a finite number above 0",
        ),
        (
            "equivalent-within = 0.002",
            "equivalent-within = 0.0",
            "statement \"Other is better\"",
        ),
        ("than = \"plain\"", "than = \"relu\"", "relu"),
    ] {
        assert!(RULES.contains(from), "{from}");
        let error = Rules::parse(&RULES.replacen(from, to, 1), &experiments()).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(expected), "{to}: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn rules_are_known_by_their_hash() {
    let sum = rules(RULES).sha256;
    assert_eq!(sum.len(), 64);
    assert_eq!(rules(RULES).sha256, sum);
    assert_ne!(rules(&RULES.replace("a point", "one point")).sha256, sum);
}

#[test]
fn any_part_of_rules_is_refused_or_taken_without_a_panic() {
    let (experiments, mut taken) = (experiments(), 0);
    for end in 0..RULES.len() {
        if let Some(text) = RULES.get(..end) {
            taken += usize::from(Rules::parse(text, &experiments).is_ok());
        }
    }
    assert!(taken < RULES.len() / 2, "{taken}");
}
