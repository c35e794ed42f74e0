//! Grades an answer. The tests of an exercises project call these functions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, fs, thread};

use ndarray::{Array, Dimension};

use crate::cases::Results;
use crate::exercise::Exercise;
use crate::functions::*;
use crate::judge::judge;
use crate::outcome::{Outcome, State};

/// The environment variable with the time limit of an exercise, in seconds.
pub const TIME_LIMIT: &str = "MNIST_EXERCISES_TIME_LIMIT";
/// The environment variable with the file that [`Outcome::read`] reads.
pub const OUTCOME: &str = "MNIST_EXERCISES_OUTCOME";
/// The default time limit of an exercise, in seconds.
pub const SECONDS: u64 = 20;

macro_rules! graders {
    ($($name:ident($($function:ident: $Type:ident),*);)*) => {$(
        #[doc = concat!("Grades the exercise `", stringify!($name), "`.")]
        ///
        /// # Panics
        /// If the answer is wrong, with what is wrong.
        #[track_caller]
        pub fn $name($($function: $Type),*) {
            let mut answer = Functions::TEXTBOOK;
            $(answer.$function = $function.into();)*
            grade(stringify!($name), answer);
        }
    )*};
}

graders! {
    softmax(log_softmax: LogSoftmax);
    cross_entropy(cross_entropy: CrossEntropy);
    forward(pre_activations: PreActivations, activate: Activate, forward: Forward);
    backward(
        derivative: Derivative,
        delta_below: DeltaBelow,
        layer_gradient: LayerGradient,
        loss_and_grad: LossAndGrad
    );
    gradient_check(numerical_gradient: NumericalGradient);
    momentum(sgd_step: SgdStep);
    penalty(penalty: Penalty, penalty_gradient: PenaltyGradient);
    early_stopping(early_stopping: EarlyStopping);
}

/// Grades all answers together: one epoch on a part of MNIST must teach a small network.
///
/// # Panics
/// If the network learns too little, or nothing.
#[cfg(feature = "training")]
#[track_caller]
pub fn training(
    forward: Forward,
    loss_and_grad: LossAndGrad,
    penalty_gradient: PenaltyGradient,
    sgd_step: SgdStep,
) {
    let answer = Functions {
        forward,
        loss_and_grad: Some(loss_and_grad),
        penalty_gradient,
        sgd_step,
        ..Functions::TEXTBOOK
    };
    report(in_time(move || crate::training::outcome(&answer)));
}

/// Compares the result of an example with the numbers computed by hand, to four decimals.
///
/// # Panics
/// If they differ.
#[track_caller]
pub fn example<D: Dimension>(found: &Array<f64, D>, expected: &Array<f64, D>) {
    let near = found.shape() == expected.shape()
        && found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(near, "the example gives {found}, expected {expected}");
}

#[track_caller]
fn grade(name: &str, answer: Functions) {
    let exercise = Exercise::find(name).expect("the list has this exercise");
    report(outcome(exercise, answer));
}

/// Judges an answer, in its own thread.
pub(crate) fn outcome(exercise: &'static Exercise, answer: Functions) -> Outcome {
    in_time(move || {
        let mut results = Results::default();
        let call = AssertUnwindSafe(|| (exercise.call)(&answer, &mut results));
        match catch_unwind(call) {
            Ok(()) => judge(exercise, &answer, &results.pieces),
            Err(payload) => Outcome::of_panic(results.function, payload.as_ref()),
        }
    })
}

/// Writes the outcome to the file that the environment names, if any, and panics unless the answer is right.
#[track_caller]
fn report(outcome: Outcome) {
    if let Some(path) = env::var_os(OUTCOME) {
        // The reader reports an absent file.
        let _ = fs::write(path, outcome.to_file());
    }
    assert!(outcome.state == State::Passed, "{}", outcome.message);
}

/// Runs a closure in another thread, which is abandoned after the time limit.
fn in_time(judge: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let limit = env::var(TIME_LIMIT)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(SECONDS);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // The receiver is gone after the time limit.
        let _ = sender.send(judge());
    });
    match receiver.recv_timeout(Duration::from_secs(limit)) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Outcome::error(format!(
            "no answer after {limit} seconds: does a loop never end?"
        )),
        Err(RecvTimeoutError::Disconnected) => Outcome::error("the code panicked".to_owned()),
    }
}
