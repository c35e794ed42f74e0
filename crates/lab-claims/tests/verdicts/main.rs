//! Verdicts on made-up runs by made-up rules.

mod made;
mod rules;

use lab_claims::{
    Judged, Judgement, Needed, Runs, Verdict, judge, over_margins, plan, sensitivity,
};
use lab_results::store::Images;
use lab_results::tables::{GradcheckPart, GradcheckRow, MistakeRow};
use made::*;

fn judged(plain: &Made, other: &Made, gradients: &[GradcheckRow]) -> Judged {
    let rules = rules(RULES);
    let mut all = rows("plain", drawn(), plain);
    // Exploratory seeds must not count.
    all.extend(rows("plain", 0..8, &made(0.5, 0.0)));
    all.extend(rows("other", drawn(), other));
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
    let found = |has: &str, printed: &str| {
        let rules = rules(&RULES.replace("has = \"more\"", &format!("has = \"{has}\"")));
        let suite = SUITE.replace(
            "test-accuracy = 0.975",
            &format!("test-accuracy = {printed}"),
        );
        let mut all = rows("plain", drawn(), &made(0.97, 0.001));
        all.extend(rows("other", drawn(), &made(0.98, 0.002)));
        let judged = judge(&rules, &read(&suite), &Runs::new(all), &[]);
        find(&judged, "Other is better").clone()
    };
    // The plain one's printed accuracy is 0.97.
    for (has, printed) in [("more", "0.95"), ("less", "0.99")] {
        let claim = found(has, printed);
        assert_eq!(claim.verdict, Verdict::Contradicted, "{has} {printed}");
        assert!(claim.tests.is_empty());
    }
    for (has, printed) in [
        ("more", "0.97"),
        ("more", "0.99"),
        ("less", "0.97"),
        ("less", "0.95"),
    ] {
        let claim = found(has, printed);
        assert_ne!(claim.verdict, Verdict::Contradicted, "{has} {printed}");
        assert!(!claim.tests.is_empty());
    }
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
fn holm_corrects_the_statements_of_each_finding_and_no_printed_number() {
    let found = judged(&made(0.97, 0.001), &made(0.9703, 0.0013), &[]);
    let tests = || found.judgements.iter().flat_map(|it| &it.tests);
    for (finding, count) in [
        (Verdict::Reproduced, 2),
        (Verdict::NotReproduced, 2),
        (Verdict::Equivalent, 1),
    ] {
        let family = tests().filter(|it| it.range.is_some() && it.shows == finding);
        let mut family: Vec<_> = family.collect();
        assert_eq!(family.len(), count);
        family.sort_by(|a, b| a.p.total_cmp(&b.p));
        let expected = (family[0].p * count as f64).min(1.0);
        let corrected = family[0].p_holm.unwrap();
        assert!((corrected - expected).abs() <= 1e-15 * expected);
        assert!(
            family
                .windows(2)
                .all(|pair| pair[0].p_holm <= pair[1].p_holm)
        );
    }
    assert!(
        tests()
            .filter(|it| it.range.is_none())
            .all(|it| it.p_holm.is_none())
    );
}

#[test]
fn a_line_is_judged_by_all_of_its_numbers_together() {
    // Accuracy and epochs move together over the seeds of `made`, so high accuracy after few epochs is rare, though
    // neither number alone is.
    let line = "Plain: all printed numbers";
    let usual = judged(&made(0.97, 0.001), &made(0.975, 0.001), &[]);
    assert_eq!(verdict(&usual, line), Verdict::Reproduced);
    let text = SUITE.replace(
        "stop-epoch = 20, test-accuracy = 0.97,",
        "stop-epoch = 19, test-accuracy = 0.971,",
    );
    let mut all = rows("plain", drawn(), &made(0.97, 0.001));
    for (at, row) in all.iter_mut().enumerate() {
        row.epochs_run = [18, 21, 20, 19, 22, 20, 19, 20][at];
    }
    let found = judge(&rules(RULES), &read(&text), &Runs::new(all), &[]);
    assert_eq!(verdict(&found, line), Verdict::NotReproduced);
    for single in ["Plain: test accuracy", "Plain: stopped at epoch"] {
        assert_eq!(verdict(&found, single), Verdict::Reproduced, "{single}");
    }
}

#[test]
fn a_printed_number_that_ours_beats_is_named_so() {
    let found = judged(&made(0.98, 0.001), &made(0.975, 0.001), &[]);
    assert_eq!(verdict(&found, "Plain: test accuracy"), Verdict::Better);
}

#[test]
fn what_is_reproduced_and_negligible_says_both() {
    let found = judged(&made(0.97, 0.001), &made(0.9711, 0.0012), &[]);
    let claim = find(&found, "Other is better");
    assert_eq!(claim.says(), "reproduced, equivalent");
    let found = judged(&made(0.97, 0.001), &made(0.9689, 0.0012), &[]);
    let claim = find(&found, "Other is better");
    assert_eq!(claim.says(), "not reproduced, but equivalent");
}

#[test]
fn a_claim_about_several_experiments_is_one_about_the_hardest() {
    let text = RULES.replace("than = [\"plain\"]", "than = [\"plain\", \"third\"]");
    let suite =
        format!("{SUITE}[[experiment]]\nid = \"third\"\nsettings = {{}}\ntitle = \"Third\"\n");
    let judged = |third: f64| {
        let (rules, experiments) = (rules(&text), read(&suite));
        let mut all = rows("plain", drawn(), &made(0.97, 0.001));
        all.extend(rows("other", drawn(), &made(0.976, 0.0012)));
        all.extend(rows("third", drawn(), &made(third, 0.0011)));
        judge(&rules, &experiments, &Runs::new(all), &[])
    };
    let found = judged(0.971);
    let claim = find(&found, "Other is better");
    assert_eq!(claim.verdict, Verdict::Reproduced);
    // The difference from the third is the smaller one.
    assert!((claim.sample.unwrap().mean - 0.005).abs() < 1e-12);
    assert_eq!(
        verdict(&judged(0.98), "Other is better"),
        Verdict::NotReproduced
    );
}

#[test]
fn levels_and_averages_are_claims_too() {
    let more = r#"
[[statement]]
section = "2"
text = "Plain stops within 25 epochs"
test = { level = { experiment = "plain", quantity = "stop-epoch", at-most = 25.0 } }

[[statement]]
section = "2"
text = "Both on average"
test = { pooled = { experiments = ["plain", "other"], quantity = "test-accuracy" } }
"#;
    let rules = rules(&format!("{RULES}{more}"));
    let mut all = rows("plain", drawn(), &made(0.975, 0.001));
    all.extend(rows("other", drawn(), &made(0.98, 0.001)));
    let found = judge(&rules, &experiments(), &Runs::new(all), &[]);
    assert_eq!(
        verdict(&found, "Plain stops within 25 epochs"),
        Verdict::Reproduced
    );
    // Half of the limit is 12.5 epochs, and the runs stop after 20.
    let runs = Runs::new(rows("plain", drawn(), &made(0.975, 0.001)));
    let half = &over_margins(&rules, &experiments(), &runs, &[], &[0.5])[0];
    assert_eq!(
        verdict(half, "Plain stops within 25 epochs"),
        Verdict::NotReproduced
    );
    let average = find(&found, "Both on average");
    assert_eq!(average.verdict, Verdict::Better);
    assert!(
        average.claim.claimed.starts_with("97.25 %"),
        "{}",
        average.claim.claimed
    );
}

#[test]
fn the_order_of_a_difference_is_judged_by_two_steps() {
    let rule =
        "\n[[statement]]\nsection = \"3\"\ntext = \"Order\"\ntest = { gradients-fall-by = 2.0 }\n";
    let rules = rules(&format!("{RULES}{rule}"));
    let row = |part, epsilon, absolute| GradcheckRow {
        part,
        epsilon,
        absolute,
        ..GradcheckRow::default()
    };
    for (fine, expected) in [
        (5.1e-7, Verdict::Reproduced),
        (5.1e-6, Verdict::NotReproduced),
    ] {
        let table = [
            row(GradcheckPart::Table1, 1e-2, 5e-5),
            row(GradcheckPart::Epsilon, 1e-3, fine),
        ];
        let found = judge(&rules, &experiments(), &Runs::new([]), &table);
        assert_eq!(verdict(&found, "Order"), expected);
    }
}

#[test]
fn other_margins_readings_and_images_give_other_verdicts() {
    let text = RULES.replace(
        "exploratory",
        "readings = []\nsensitivity = [\"odd\"]\nexploratory",
    );
    let reading = "[[reading]]\nid = \"odd\"\ntitle = \"odd\"\nsettings = { lr = 0.2 }\nof = [\"plain\", \"other\"]\n";
    let (rules, experiments) = (rules(&text), read(&format!("{SUITE}{reading}")));
    let seeds = rules.confirmatory.clone();
    let mut all = rows("plain", seeds.clone(), &made(0.97, 0.001));
    all.extend(rows("other", seeds.clone(), &made(0.9708, 0.0012)));
    all.extend(rows("plain_odd", seeds.clone(), &made(0.98, 0.001)));
    all.extend(rows("other_odd", seeds, &made(0.97, 0.0012)));
    let mistake = |image| MistakeRow {
        image,
        ..MistakeRow::default()
    };
    let mut images = Images::new(["plain", "other"].map(str::to_owned));
    for image in 0..2400 {
        let experiment = if image % 2 == 0 { "plain" } else { "other" };
        images.add(experiment, &[mistake(image)]);
    }
    let runs = Runs::new(all);
    let found = sensitivity(&rules, &experiments, &runs, &[], Some(&images));
    let of = |text: &str| found.iter().find(|it| it.claim.text == text).unwrap();
    let claim = of("Other is better");
    assert_eq!(claim.verdict, "reproduced, equivalent");
    assert_eq!(claim.half.as_deref(), Some("reproduced, equivalent"));
    assert_eq!(claim.readings, [Some("not reproduced".to_owned())]);
    // 2,400 images on which two runs differ are a difference of 0.08 points give or take 0.06.
    assert_eq!(claim.images.as_deref(), Some("equivalent"));
    let accuracy = of("Plain: test accuracy");
    assert_eq!(
        (accuracy.images.as_ref(), accuracy.readings.len()),
        (None, 1)
    );
    let wide = over_margins(&rules, &experiments, &runs, &[], &[0.01, 100.0]);
    assert_eq!(
        verdict(&wide[0], "Plain: test accuracy"),
        Verdict::Undecided
    );
    assert_eq!(
        verdict(&wide[1], "Plain: test accuracy"),
        Verdict::Reproduced
    );
}

#[test]
fn a_seed_that_is_missing_is_named() {
    let rules = rules(RULES);
    let mut all = rows("plain", drawn(), &made(0.97, 0.001));
    let mut other = rows("other", drawn(), &made(0.97, 0.001));
    other.remove(3);
    all.extend(other);
    let error = Runs::new(all)
        .exactly(&rules.confirmatory, &["plain", "other"])
        .unwrap_err();
    let expected = format!(
        "experiment `other` has no run with seed {} (1 of 8 seeds are missing)",
        drawn()[3]
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_run_without_a_number_leaves_its_claims_undecided() {
    let mut all = rows("plain", drawn(), &made(0.97, 0.001));
    all.extend(rows("other", drawn(), &made(0.975, 0.001)));
    all[2].test_accuracy = None;
    let second = all[2].seed;
    let found = judge(&rules(RULES), &experiments(), &Runs::new(all), &[]);
    for claim in ["Plain: test accuracy", "Other is better"] {
        let claim = find(&found, claim);
        assert_eq!(claim.verdict, Verdict::Undecided);
        assert_eq!(claim.needed, Some(Needed::Number(second)));
    }
    assert_eq!(verdict(&found, "Other: test accuracy"), Verdict::Reproduced);
}

#[test]
fn a_part_of_the_experiments_or_one_seed_is_judged_as_far_as_it_goes() {
    let rules = rules(RULES);
    let some = rows("plain", 0..8, &made(0.97, 0.001));
    let found = judge(&rules, &experiments(), &Runs::new(some.clone()), &[]);
    let not_run: Vec<_> = found.not_run.iter().map(|it| it.text.as_str()).collect();
    let expected = [
        "Other: test accuracy",
        "Gradients agree",
        "Other is better",
        "Other stops when plain does",
    ];
    assert_eq!(not_run, expected);
    assert_eq!(
        found.tally(),
        "2 printed results: 1 reproduced, 1 not run; 3 statements: 3 not run"
    );
    let one = Runs::new(some.into_iter().take(1));
    assert!(!one.are_confirmatory(&rules));
    let found = judge(&rules, &experiments(), &one, &[]);
    assert_eq!(
        found.tally(),
        "2 printed results: 1 undecided, 1 not run; 3 statements: 3 not run"
    );
    assert_eq!(found.judgements[0].needed, Some(Needed::SecondSeed));
    let nothing = judge(&rules, &experiments(), &Runs::new([]), &[]);
    assert_eq!(
        nothing.tally(),
        "2 printed results: 2 not run; 3 statements: 3 not run"
    );
}

#[test]
fn a_plan_says_what_each_claim_costs() {
    let rules = rules(RULES);
    let needed = |accuracy: f64, spread: f64| {
        let mut all = rows("plain", 0..8, &made(0.97, 0.001));
        all.extend(rows("other", 0..8, &made(accuracy, spread)));
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
