use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_claims::combinations::{Explained, Fit, Number};
use lab_results::stats::Quantity;
use lab_results::suite::{Cell, Varied};
use mnist_data::{Dataset, OpenOptions};

use super::claims::FACTORS;
use super::*;
use crate::findings::ExperimentFindings;
use crate::models::ModelFile;
use crate::page::Combinations;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn committed() -> Findings {
    crate::committed::paper()
}

fn page(findings: &Findings, models: &[ModelFile]) -> String {
    page_with(findings, models, None)
}

fn page_with(findings: &Findings, models: &[ModelFile], names: Option<&[&str]>) -> String {
    let data = Dataset::open(Path::new(ROOT).join("data"), &OpenOptions::default()).unwrap();
    let has_readings = findings
        .experiments
        .iter()
        .any(|it| it.record.reading.is_some());
    let contents = Contents {
        title: &findings.title,
        lead: Some(&lead::Lead::of_runs(findings)),
        claims: findings.claims.as_ref(),
        runs: Some(Shown {
            findings,
            models,
            test: data.test(),
            class_names: names,
        }),
        combinations: None,
        readings: has_readings.then_some(findings),
    };
    interactive(&contents).unwrap()
}

fn absent(title: &str) -> ModelFile {
    ModelFile {
        title: title.to_owned(),
        bytes: Err("it was left out"),
    }
}

/// The page's JSON.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once(r#"id="data">"#).unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

/// The page has the curves of the best ten of twelve cells.
#[test]
fn the_best_cells_are_in_the_page() {
    let mut findings = committed();
    let relu = findings.experiments.pop().unwrap();
    findings.experiments = (0..12).map(|number| cell(&relu, number)).collect();
    let page = page(&findings, &[]);
    let shown = data(&page)["experiments"].as_array().unwrap().clone();
    let ids: Vec<_> = shown.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 10);
    assert!(
        ids.contains(&"cell-0") && !ids.contains(&"cell-11"),
        "{ids:?}"
    );
    assert!(page.contains("<a href=\"#grids\">") && page.contains("lr: 12 cells</h3>"));
}

/// An experiment as a cell; a higher number gives higher losses.
fn cell(of: &ExperimentFindings, number: usize) -> ExperimentFindings {
    let mut cell = of.clone();
    cell.record.id = format!("cell-{number}");
    cell.record.cell = Some(Cell {
        of: None,
        varies: vec![Varied {
            setting: "lr".to_owned(),
            value: number.to_string(),
        }],
    });
    for row in &mut cell.rows {
        row.val_loss = row.val_loss.map(|loss| loss + number as f64);
    }
    cell
}

/// Models are not committed, but the page contains them.
#[test]
fn the_committed_page_is_written_again() {
    let path = Path::new(ROOT).join("results/paper/report.html");
    let committed_page = std::fs::read_to_string(path).unwrap();
    let models = data(&committed_page)["models"].take();
    let model = |model: &serde_json::Value| ModelFile {
        title: model["title"].as_str().unwrap().to_owned(),
        bytes: Ok(STANDARD.decode(model["file"].as_str().unwrap()).unwrap()),
    };
    let models: Vec<_> = models.as_array().unwrap().iter().map(model).collect();
    assert_eq!(models.len(), 2);
    // Not assert_eq, which would print a megabyte.
    let mut findings = committed();
    // Reports open the data set.
    findings.data_set = Some("MNIST");
    assert!(page(&findings, &models) == committed_page, "other bytes");
    assert!(committed_page.len() < 2_000_000);
}

#[test]
fn the_policy_allows_the_scripts_of_the_page_and_sends_nothing() {
    let mut findings = committed();
    for trains in [false, true] {
        findings.data_set = trains.then_some("MNIST");
        let page = page(&findings, &[]);
        let (_, rest) = page
            .split_once("Content-Security-Policy\" content=\"")
            .unwrap();
        let policy = rest.split('"').next().unwrap();
        let scripts = page.split("<script id=\"").skip(1);
        let scripts: Vec<&str> = scripts
            .filter_map(|it| it.split_once("\">"))
            .map(|it| it.1)
            .collect();
        assert!(scripts.len() > 10);
        let texts = scripts
            .iter()
            .map(|it| it.split("</script>").next().unwrap());
        let hashes =
            texts.map(|text| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text))));
        let trainer = match trains {
            true => " 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'",
            false => "",
        };
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; script-src{}{trainer}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                 form-action 'none'",
                hashes.collect::<String>()
            )
        );
    }
}

#[test]
fn every_text_stays_text() {
    let hostile = "</script><script>caught()</script>\"'&";
    let mut findings = committed();
    findings.title = hostile.to_owned();
    let claim = &mut findings.claims.as_mut().unwrap().judged.judgements[0].claim;
    (claim.section, claim.text) = (hostile.to_owned(), hostile.to_owned());
    claim.claimed = hostile.to_owned();
    findings.experiments[0].record.title = hostile.to_owned();
    findings.gradcheck[0].weight = hostile.to_owned();
    findings.claims.as_mut().unwrap().gradients[0].weight = hostile.to_owned();
    let harmless = page(&committed(), &[absent("ReLU")]);
    let page = page(&findings, &[absent(hostile)]);
    assert!(!page.contains("<script>caught"));
    for tag in ["<script", "</script"] {
        assert_eq!(page.matches(tag).count(), harmless.matches(tag).count());
    }
    let data = data(&page);
    assert_eq!(data["experiments"][0]["title"], hostile);
    assert_eq!(data["claims"]["list"][0]["claim"], hostile);
}

#[test]
fn what_is_missing_leaves_no_part_behind() {
    let mut findings = committed();
    let without_models = page(&findings, &[absent("ReLU, seed 4")]);
    assert!(without_models.contains("ReLU, seed 4 is not in this page: it was left out."));
    findings.claims = None;
    findings.gradcheck.clear();
    findings.best = None;
    let page = page(&findings, &[]);
    for part in [
        "verdicts",
        "margins",
        "specification",
        "confusion",
        "gradients",
        "readings",
    ] {
        assert!(!page.contains(&format!("<section id=\"{part}\"")), "{part}");
        assert!(!page.contains(&format!("href=\"#{part}\"")), "{part}");
    }
    assert!(page.contains("<section id=\"curves\""));
}

#[test]
fn every_verdict_has_its_numbers() {
    let page = page(&committed(), &[]);
    let data = data(&page);
    let list = data["claims"]["list"].as_array().unwrap();
    let mut drawn = 0;
    for claim in list {
        let count = match claim["kind"].as_str().unwrap() {
            "line" | "gradient-order" => 0,
            "gradients" => 6,
            _ => 5,
        };
        assert_eq!(claim["numbers"].as_array().unwrap().len(), count, "{claim}");
        drawn += usize::from(count > 0);
        // The verdict with factor 1 is the one in the middle.
        let places: Vec<char> = claim["byFactor"].as_str().unwrap().chars().collect();
        let place = places[FACTORS / 2].to_digit(10).unwrap() as usize;
        assert_eq!(
            (places.len(), &data["claims"]["words"][place][0]),
            (FACTORS, &claim["verdict"])
        );
    }
    assert_eq!(page.matches("class=\"drawn\"").count(), drawn);
    // "L1 is a bit worse than L2": by at most a point, 0.61 in print.
    let little = |claim: &&serde_json::Value| {
        claim["claim"].as_str() == Some("L1 is a bit worse than L2 in accuracy")
    };
    let claim = list.iter().find(little).unwrap();
    assert_eq!(claim["range"], serde_json::json!([-0.01, 0.0]));
    assert_eq!(
        (claim["printed"].as_f64(), claim["margin"].as_f64()),
        (Some(-0.0061), Some(0.01))
    );
    assert!(claim["interval"][1].as_f64().unwrap() < -0.06);
}

#[test]
fn classes_are_called_by_their_names() {
    let fashion = mnist_data::known::KnownSet::named("Fashion-MNIST").unwrap();
    let mut findings = committed();
    findings.data_set = Some(fashion.name);
    let page = page_with(&findings, &[], fashion.class_names);
    for text in [
        "Results on Fashion-MNIST</p>",
        "Each image of Fashion-MNIST shows a piece of clothing.",
        "<h2>Draw a piece of clothing</h2>",
        "Classes: 0 T-shirt&#x2f;top, 1 Trouser, ",
    ] {
        assert_eq!(page.matches(text).count(), 1, "{text}");
    }
    assert!(!page.contains("Draw a digit"));
    let named = data(&page);
    assert_eq!(named["examples"]["of"][9], "Ankle boot");
    assert_eq!(named["confusion"][11][0], "Trouser");
    let row = &findings.best.as_ref().unwrap().mistakes[0];
    let name = |class: u8| fashion.class_names.unwrap()[usize::from(class)];
    assert_eq!(named["mistakes"]["of"][0][1], name(row.label));
    assert_eq!(named["mistakes"]["of"][0][2], name(row.predicted));
}

#[test]
fn curves_have_six_digits() {
    let data = data(&page(&committed(), &[]));
    let run = &data["experiments"][5]["runs"][4];
    assert_eq!(run["trainLoss"][0], 0.173693);
    assert_eq!(run["valAccuracy"][0], 0.94425);
    assert_eq!(run["valLoss"].as_array().unwrap().len(), 33);
}

/// A reader may load a model of another data set.
#[test]
fn a_page_of_digits_has_what_other_models_need() {
    let page = page(&committed(), &[]);
    assert!(page.contains("<h2>Draw a digit</h2>") && !page.contains("Results on"));
    let data = data(&page);
    let named: Vec<_> = data["classNames"].as_array().unwrap().iter().collect();
    assert_eq!(named.len(), 2);
    assert_eq!(named[0][0], "Fashion-MNIST");
    assert_eq!(named[0][1][9], "Ankle boot");
    assert_eq!(data["unsure"], mnist_picture::UNSURE);
}

/// Parts and links to them have one order: first what a reader can try, then the verdicts.
#[test]
fn the_links_follow_the_parts() {
    let mut findings = committed();
    findings.data_set = Some("MNIST");
    let page = page(&findings, &[]);
    let ids = |before: &str| -> Vec<String> {
        let pieces = page.split(before).skip(1);
        let names = pieces.map(|rest| rest.split('"').next().unwrap().to_owned());
        names.collect()
    };
    let parts = ids("<section id=\"");
    assert_eq!(parts, ids("<a href=\"#"));
    let place = |part: &str| parts.iter().position(|it| it == part).unwrap();
    assert_eq!((place("digit"), place("train"), place("step")), (0, 1, 2));
    assert!(place("weights") < place("verdicts"));
}

#[test]
fn printed_numbers_are_in_a_line_for_each_experiment() {
    let page = page(&committed(), &[]);
    let (_, rest) = page.split_once("id=\"printed-numbers\"").unwrap();
    let (table, _) = rest.split_once("</table>").unwrap();
    for title in ["L1 penalty, λ = 0.01", "Tanh, sigmoid and ReLU on average"] {
        assert!(table.contains(&format!("<th scope=\"row\">{title}</th>")));
    }
    // The paper printed no epoch for L1 and for the average.
    assert_eq!(table.matches("<tr><th scope=\"row\">").count(), 7);
    assert_eq!(table.matches("class=\"drawn\"").count(), 7 * 3 - 2);
    assert_eq!(table.matches("<td></td>").count(), 2);
}

/// Two choices, the second one of three values; two experiments.
fn record() -> lab_results::combinations::Combinations {
    let committed = Path::new(ROOT).join("results/multiverse/multiverse.json");
    let committed = std::fs::read_to_string(committed).unwrap();
    let committed: serde_json::Value = serde_json::from_str(&committed).unwrap();
    let settings = &committed["experiments"][0]["settings"];
    let experiment = |id, paper| serde_json::json!({ "id": id, "title": id, "settings": settings, "paper": paper });
    let record = serde_json::json!({
        "version": "0",
        "title": "Combinations",
        "data": [],
        "experiments": [
            experiment("l2", serde_json::json!({ "stop-epoch": 10 })),
            experiment("l1", serde_json::json!({ "test-loss": 0.5 })),
        ],
        "choices": [
            { "setting": "penalty-sign", "values": ["plus", "minus"] },
            { "setting": "penalty-scale", "values": ["1", "<2>", "4"] },
        ],
        "cells": 6,
        "spread": { "l2": { "stop-epoch": 0.5 }, "l1": { "test-loss": 0.1 } },
    });
    serde_json::from_value(record).unwrap()
}

#[test]
fn combinations_are_columns() {
    let number = |experiment: &str, quantity, ours: Option<f64>, distance| Number {
        experiment: experiment.to_owned(),
        quantity,
        ours,
        distance: ours.map_or(f64::INFINITY, |_| distance),
    };
    let fit = |chosen: [usize; 2], epoch, loss: Option<f64>| Fit {
        chosen: chosen.into(),
        seeds: 1,
        numbers: vec![
            number("l2", Quantity::StopEpoch, Some(epoch), 1.234_56),
            number("l1", Quantity::TestLoss, loss, 2.5),
        ],
        distance: loss.map_or(f64::INFINITY, |_| 2.5),
        joint: Vec::new(),
    };
    let record = record();
    let explained = Explained {
        experiment: "l2".to_owned(),
        outcome: "loss",
        shares: Some(vec![0.25, 0.5]),
    };
    let combinations = Combinations {
        combinations: &record,
        rows: &[],
        fits: &[fit([0, 1], 10.0, Some(0.25)), fit([1, 2], 20.0, None)],
        explained: &[explained],
    };
    let contents = Contents {
        title: "Combinations",
        lead: None,
        claims: None,
        runs: None,
        combinations: Some(&combinations),
        readings: None,
    };
    let page = interactive(&contents).unwrap();
    assert!(page.contains("No single combination gives all printed numbers."));
    assert!(page.contains("penalty-scale &lt;2&gt;"));
    assert!(page.contains("--share: 25.0%"));
    let data = &data(&page)["combinations"];
    assert_eq!(data["at"], serde_json::json!([1, 5]));
    assert_eq!(data["nearest"], 0);
    assert_eq!(data["distance"], serde_json::json!([2.5, null]));
    let l2 = &data["experiments"][0]["numbers"][0];
    assert_eq!(l2["ours"], serde_json::json!([10.0, 20.0]));
    assert_eq!(l2["distance"], serde_json::json!([1.23, 1.23]));
    // Within a factor of e.
    assert_eq!(l2["near"], serde_json::json!([3.67879, 27.1828]));
    let l1 = &data["experiments"][1]["numbers"][0];
    assert_eq!(l1["ours"], serde_json::json!([0.25, null]));
    for part in ["verdicts", "curves", "digit"] {
        assert!(!page.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
}
