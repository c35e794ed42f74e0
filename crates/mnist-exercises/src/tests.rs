//! Tests of the catalogue: right answers pass, mistakes are named, and rubbish has no name.

use std::collections::BTreeSet;

use ndarray::{Array1, Array2, Axis};
use nn_core::textbook::{self, LayerParams};

use crate::functions::Functions;
use crate::grade::outcome;
use crate::project::files;
use crate::{EXERCISES, Exercise, MISTAKES, Outcome, State};

/// The outcome of an exercise with some functions of the textbook replaced.
fn graded(name: &str, replace: impl FnOnce(&mut Functions)) -> Outcome {
    let mut answer = Functions::TEXTBOOK;
    replace(&mut answer);
    outcome(Exercise::find(name).unwrap(), answer)
}

#[test]
fn the_textbook_passes() {
    for exercise in EXERCISES {
        let outcome = graded(exercise.name, |_| ());
        assert_eq!(outcome, Outcome::passed(), "{}", exercise.name);
    }
    let whole = graded("backward", |f| {
        f.loss_and_grad = Some(textbook::loss_and_grad)
    });
    assert_eq!(whole, Outcome::passed());
}

#[test]
fn another_order_of_the_sums_passes() {
    let backwards = |logits: &Array2<f64>| {
        let mut logits = logits.clone();
        logits.invert_axis(Axis(1));
        let mut log_y = textbook::log_softmax(&logits.as_standard_layout().into_owned());
        log_y.invert_axis(Axis(1));
        log_y
    };
    let outcome = graded("softmax", |f| f.log_softmax = backwards);
    assert_eq!(outcome, Outcome::passed());
    let outcome = graded("backward", |f| {
        f.layer_gradient = |a, delta| LayerParams {
            w: delta.t().dot(a).reversed_axes(),
            b: Array1::ones(delta.nrows()).dot(delta),
        };
    });
    assert_eq!(outcome, Outcome::passed());
}

#[test]
fn every_mistake_fails_and_is_named() {
    for mistake in MISTAKES {
        let outcomes = EXERCISES
            .iter()
            .map(|exercise| graded(exercise.name, mistake.plant));
        let failed: Vec<Outcome> = outcomes.filter(|it| it.state == State::Failed).collect();
        assert!(!failed.is_empty(), "not found: {}", mistake.text);
        for outcome in failed {
            assert_eq!(
                outcome.mistake.as_deref(),
                Some(mistake.text),
                "{}",
                outcome.message
            );
            assert!(
                outcome.message.contains(mistake.text),
                "{}",
                outcome.message
            );
        }
    }
}

/// An answer may have all of backpropagation in one function.
#[test]
fn a_mistake_inside_of_the_whole_pass_is_named() {
    let outcome = graded("backward", |f| {
        f.loss_and_grad = Some(|layers, f, x, labels| {
            let pass = Functions {
                delta_below: |delta, w, _, _| delta.dot(&w.t()),
                ..Functions::TEXTBOOK
            };
            pass.loss_and_grad(layers, f, x, labels)
        });
    });
    assert!(
        outcome
            .message
            .starts_with("loss_and_grad: dW is wrong for "),
        "{}",
        outcome.message
    );
    assert_eq!(outcome.mistake.as_deref(), Some("f′ is left out"));
}

#[test]
fn rubbish_fails_without_a_name() {
    type Replace = fn(&mut Functions);
    let rubbish: [(&str, Replace); 8] = [
        ("softmax", |f| f.log_softmax = |logits| logits * 0.7),
        ("cross_entropy", |f| {
            f.cross_entropy = |logits, _| (0.5, logits * 0.1)
        }),
        ("forward", |f| {
            f.pre_activations = |a, layer| a.dot(&layer.w) * 1.1
        }),
        ("backward", |f| f.derivative = |_, z| z * 0.3),
        ("gradient_check", |f| {
            f.numerical_gradient = |_, w, _| w.to_vec()
        }),
        ("momentum", |f| {
            f.sgd_step = |layer, _, d, _, _| layer.w = &d.w * 0.2
        }),
        ("penalty", |f| f.penalty = |w, _, _| w.sum().cos()),
        ("early_stopping", |f| {
            f.early_stopping = |losses, _| (losses.len() + 3, 7)
        }),
    ];
    for (name, replace) in rubbish {
        let outcome = graded(name, replace);
        assert_eq!(
            (outcome.state, &outcome.mistake),
            (State::Failed, &None),
            "{}",
            outcome.message
        );
        assert!(
            outcome.message.contains(" is wrong for "),
            "{}",
            outcome.message
        );
    }
}

#[test]
fn the_message_says_how_the_numbers_differ() {
    let sum = graded("cross_entropy", |f| {
        f.cross_entropy = |logits, labels| {
            let (loss, delta) = textbook::cross_entropy(logits, labels);
            (loss, delta * labels.len() as f64)
        };
    });
    for part in [
        "cross_entropy: δ is wrong for 3 × 3 logits: element [0, 0] is ",
        "; every element is 3 times the expected one. Your loss and your gradient do not fit: ",
        "Your answer looks like this mistake: sum over the batch instead of the mean.",
    ] {
        assert!(sum.message.contains(part), "{}", sum.message);
    }
    let doubled = graded("penalty", |f| {
        f.penalty = |w, l1, l2| textbook::penalty(w, l1, 2.0 * l2);
    });
    let part = " Your penalty and your gradient do not fit: ";
    assert!(doubled.message.contains(part), "{}", doubled.message);
    let shape = graded("cross_entropy", |f| {
        f.cross_entropy = |logits, labels| {
            let (loss, delta) = textbook::cross_entropy(logits, labels);
            (loss, delta.reversed_axes())
        };
    });
    assert!(
        shape.message.ends_with("is it transposed?"),
        "{}",
        shape.message
    );
    let transposed = graded("softmax", |f| {
        f.log_softmax = |logits| textbook::log_softmax(logits).reversed_axes();
    });
    assert!(
        transposed
            .message
            .ends_with("its shape is 4 × 1, expected 1 × 4; is it transposed?"),
        "{}",
        transposed.message
    );
    // Weights of 0 come first: their rounding errors are not the fault.
    let inexact = graded("penalty", |f| {
        f.penalty_gradient = |w, l1, l2| 1.5 * textbook::penalty_gradient(w, l1, l2) + 1e-17;
    });
    let part = "element [0, 2] is 0.12, expected 0.08";
    assert!(inexact.message.contains(part), "{}", inexact.message);
    let nan = graded("softmax", |f| f.log_softmax = |logits| logits * f64::NAN);
    assert!(
        nan.message.contains("element [0, 0] is NaN, expected 0"),
        "{}",
        nan.message
    );
}

#[test]
fn an_answer_that_panics_ends_in_a_sentence() {
    let panic = graded("softmax", |f| {
        f.log_softmax = |logits| logits.dot(&Array2::zeros((99, 1)))
    });
    assert_eq!(panic.state, State::Error);
    assert!(
        panic
            .message
            .starts_with("log_softmax: the code panicked: ndarray: "),
        "{}",
        panic.message
    );
    assert!(
        panic.message.ends_with("transposed with `.t()`"),
        "{}",
        panic.message
    );
    let hole = graded("softmax", |f| {
        f.log_softmax = |_| panic!("not yet implemented: log_softmax is not written yet");
    });
    assert_eq!(
        (hole.state, hole.message.as_str()),
        (State::NotWritten, "log_softmax is not written yet")
    );
}

#[test]
#[cfg(feature = "training")]
fn training_tells_right_from_wrong() {
    let accepted = |plant: fn(&mut Functions)| {
        let mut answer = Functions::TEXTBOOK;
        plant(&mut answer);
        crate::training::outcome(&answer)
    };
    assert_eq!(accepted(|_| ()), Outcome::passed());
    let uphill = MISTAKES
        .iter()
        .find(|it| it.text == "the update has the wrong sign");
    let uphill = accepted(uphill.unwrap().plant);
    assert_eq!(uphill.state, State::Failed);
    assert!(
        uphill.message.contains("expected at least 85 %"),
        "{}",
        uphill.message
    );

    let panic = std::panic::catch_unwind(|| {
        crate::grade::training(
            textbook::forward,
            |_, _, _, _| panic!("oh"),
            textbook::penalty_gradient,
            textbook::sgd_step,
        );
    });
    let message = panic.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(
        *message,
        "training: the code panicked: oh. Solve the other exercises first."
    );
}

#[test]
fn an_outcome_is_read_as_it_was_written() {
    let failed = graded("momentum", |f| f.sgd_step = |_, _, _, _, _| ());
    assert_eq!(Outcome::read(&failed.to_file()), Some(failed));
    assert_eq!(Outcome::read("other\n\n"), None);
}

/// Every function of the textbook but the helpers is asked for once, with its documentation and signature.
#[test]
fn the_statements_are_the_textbooks() {
    let text: String = files(|_| String::new())
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let names = textbook::SOURCE.split("\npub fn ").skip(1);
    let names: BTreeSet<&str> = names
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    for name in names {
        let function = textbook::function(name);
        let (signature, _) = function.split_once(" {\n").unwrap_or_default();
        let asked = text.matches(signature).count();
        if ["layers", "flat", "function"].contains(&name) {
            assert!(!text.contains(&format!("fn {name}")), "{name}");
        } else {
            assert!(signature.starts_with("/// "), "{name}");
            assert_eq!(asked, 1, "{name}");
        }
    }
    assert!(!text.contains("//~"));
}

#[test]
fn every_exercise_has_three_hints() {
    for exercise in EXERCISES {
        assert!((1..=3).all(|level| exercise.hint(level).is_some()));
        assert!(exercise.hint(0).is_none() && exercise.hint(4).is_none());
    }
}
