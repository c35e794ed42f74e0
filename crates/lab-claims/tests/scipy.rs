//! Compares the statistics with SciPy's; `scripts/statistics.py` wrote the values.

use lab_claims::statistics::{Effect, Joint, Question, SignFlip, TTest, power};
use lab_results::stats::Sample;
use serde_json::Value;

fn close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    let within = 1e-9 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= within,
        "{what}: {found}, SciPy {expected}"
    );
}

fn range(ends: &Value) -> (f64, f64) {
    let end = |at: usize, other: f64| ends[at].as_f64().unwrap_or(other);
    (end(0, f64::NEG_INFINITY), end(1, f64::INFINITY))
}

fn answers() -> Value {
    serde_json::from_str(include_str!("scipy.json")).unwrap()
}

#[test]
fn tests_and_intervals() {
    let answers = answers();
    let cases = answers["tests"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let numbers = case["numbers"].as_array().unwrap();
        let numbers: Vec<f64> = numbers.iter().map(|x| x.as_f64().unwrap()).collect();
        let sample = Sample::of(&numbers).unwrap();
        let test = TTest(&sample);
        for (found, name) in [
            (sample.interval(0.9).unwrap(), "interval_90"),
            (sample.interval(0.95).unwrap(), "interval_95"),
            (sample.prediction(0.95).unwrap(), "prediction_95"),
        ] {
            close(found.0, &case[name][0], name);
            close(found.1, &case[name][1], name);
        }
        for pair in case["another"].as_array().unwrap() {
            close(
                test.p_another(pair[0].as_f64().unwrap()),
                &pair[1],
                "another",
            );
        }
        for row in case["ranges"].as_array().unwrap() {
            let range = range(&row["range"]);
            close(test.p_inside(range), &row["inside"], "inside");
            close(test.p_outside(range), &row["outside"], "outside");
            if !row["flip_inside"].is_null() {
                let flips = SignFlip(&numbers);
                close(flips.p_inside(range), &row["flip_inside"], "flip inside");
                close(flips.p_outside(range), &row["flip_outside"], "flip outside");
            }
        }
    }
}

#[test]
fn powers() {
    let answers = answers();
    let cases = answers["powers"].as_array().unwrap();
    assert_eq!(cases.len(), 96);
    for case in cases {
        let number = |name: &str| case[name].as_f64().unwrap();
        let effect = Effect {
            mean: number("mean"),
            sd: number("sd"),
        };
        let question = match case["question"].as_str() {
            Some("inside") => Question::Inside,
            _ => Question::Outside,
        };
        let n = number("n") as usize;
        let found = power(effect, n, number("alpha"), question, range(&case["range"]));
        close(found, &case["power"], &case.to_string());
    }
}

#[test]
fn joint_tests() {
    let answers = answers();
    let cases = answers["joints"].as_array().unwrap();
    assert_eq!(cases.len(), 18);
    let numbers = |of: &Value| {
        let numbers = of.as_array().unwrap().iter();
        numbers.map(|x| x.as_f64().unwrap()).collect::<Vec<f64>>()
    };
    for case in cases {
        let rows: Vec<Vec<f64>> = case["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect();
        let found = Joint(&rows).p_another(&numbers(&case["row"]));
        close(found, &case["p"], "joint");
    }
}
