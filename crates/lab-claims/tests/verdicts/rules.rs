//! The file of rules, and the seeds that it draws.

use std::collections::BTreeSet;

use lab_claims::{Rules, drawn_seeds};
use lab_results::disk::atomic_file::sha256;

use crate::made::{RULES, rules};

#[test]
fn seeds_follow_from_the_rules() {
    let (rules, others) = (rules(RULES), rules(&RULES.replace("a point", "one point")));
    assert_eq!(rules.sha256, sha256(RULES.as_bytes()));
    assert_eq!(rules.confirmatory, drawn_seeds(&rules.sha256, 8));
    assert_eq!(rules.confirmatory.len(), 8);
    assert!(
        rules
            .confirmatory
            .iter()
            .all(|seed| !others.confirmatory.contains(seed))
    );
    // As the documentation of `drawn_seeds` has it, by a shell.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(drawn_seeds(empty, 2), [966_891_278, 477_413_408]);
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
        ("seeds = 8", "seeds = 1", "seeds is 1; expected 2 to 10000"),
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
        (
            "than = [\"plain\"]",
            "than = []",
            "expected at least one experiment",
        ),
    ] {
        assert!(RULES.contains(from), "{from}");
        let error = Rules::parse(&RULES.replacen(from, to, 1)).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(expected), "{to}: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn any_part_of_rules_is_refused_or_taken_without_a_panic() {
    let mut taken = 0;
    for end in 0..RULES.len() {
        if let Some(text) = RULES.get(..end) {
            taken += usize::from(Rules::parse(text).is_ok());
        }
    }
    assert!(taken < RULES.len() / 2, "{taken}");
}

/// Whoever changes a word of the rules has to run other seeds.
#[test]
fn the_committed_runs_have_the_seeds_that_the_rules_draw() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let rules = rules(&read("crates/experiments/suites/claims.toml"));
    let table = read("results/confirmatory/runs.csv");
    let seeds = table.lines().skip(1).map(|line| line.split(',').nth(1));
    let run: BTreeSet<u64> = seeds.map(|seed| seed.unwrap().parse().unwrap()).collect();
    assert_eq!(run, rules.confirmatory.iter().copied().collect());
}
