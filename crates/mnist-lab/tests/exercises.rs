//! Tests of `mnist-lab exercises`, with projects that cargo builds.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use common::{Lab, end, text};
use mnist_exercises::{EXERCISES, Exercise};
use serde_json::Value;

/// A project, and the target folder that all projects of the tests share.
struct Student(Lab);

impl Student {
    fn new() -> Self {
        let lab = Lab::new();
        lab.succeed(&["exercises", "new", "course"]);
        Self(lab)
    }

    /// Writes the answers for an exercise: the textbook's, changed.
    fn answer(&self, name: &str, change: impl Fn(String) -> String) {
        let exercise = Exercise::find(name).unwrap();
        let text = exercise.file_with(|_, function| function.to_owned());
        let text = change(text) + "\nuse nn_core::Float as _;\n";
        self.0
            .write(&format!("course/src/{name}.rs"), text.as_bytes());
    }

    /// Grades the project; the exit code, and each exercise with its state and message.
    fn grade(&self) -> (Option<i32>, BTreeMap<String, (String, String)>) {
        let words = [
            "exercises",
            "grade",
            "course",
            "--json",
            "--time-limit",
            "15",
        ];
        let mut command = self.0.command(&words);
        command
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_NET_OFFLINE", "true");
        let output = command.output().unwrap();
        let errors = text(&output.stderr);
        let graded: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"));
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let state = |it: &Value| {
            (
                word(&it["name"]),
                (word(&it["state"]), word(&it["message"])),
            )
        };
        let exercises = graded["exercises"].as_array().unwrap();
        assert_eq!(graded["total"], EXERCISES.len() + 1);
        (output.status.code(), exercises.iter().map(state).collect())
    }

    /// `cargo test`, as a student types it.
    fn cargo_test(&self, filter: &str) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["test", filter])
            .current_dir(self.0.path("course"));
        cargo
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_NET_OFFLINE", "true");
        cargo.env_remove("RUST_BACKTRACE").output().unwrap()
    }
}

fn target() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("exercises")
}

#[test]
fn a_student_solves_the_exercises() {
    let student = Student::new();
    let (code, holes) = student.grade();
    assert_eq!(code, Some(1));
    for (name, (state, message)) in holes {
        assert_eq!(state, "not written", "{name}: {message}");
        assert!(
            message.ends_with(" is not written yet"),
            "{name}: {message}"
        );
    }

    for exercise in EXERCISES {
        student.answer(exercise.name, |text| text);
    }
    let (code, solved) = student.grade();
    for (name, (state, message)) in solved {
        assert_eq!(state, "passed", "{name}: {message}");
    }
    assert_eq!(code, Some(0));
    // The examples are right too, and nothing warns.
    let lib = student.0.text("course/src/lib.rs");
    let strict = lib.replace(
        "#![allow(unused_imports, unused_variables)]",
        "#![deny(warnings)]",
    );
    student.0.write(
        "course/src/lib.rs",
        strict
            .replace("pub mod", "#[allow(unused_imports)]\npub mod")
            .as_bytes(),
    );
    let output = student.cargo_test("");
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("test result: ok. 17 passed"), "{out}{errors}");

    student.answer("momentum", |text| text.replace("(1.0 - momentum) * ", ""));
    let output = student.cargo_test("momentum::grade");
    let out = text(&output.stdout);
    assert!(!output.status.success(), "{out}");
    assert!(
        out.contains("mistake: the factor 1 − γ is missing."),
        "{out}"
    );
}

#[test]
fn one_bad_answer_stops_no_other() {
    let student = Student::new();
    let body = |text: String, body: &str| {
        let (start, rest) = text.split_once(" {\n").unwrap();
        let (_, rest) = rest.split_once("\n}\n").unwrap();
        format!("{start} {{\n{body}\n}}\n{rest}")
    };
    student.answer("softmax", |text| body(text, "panic!(\"oh\")"));
    student.answer("cross_entropy", |text| body(text, "loop {}"));
    student.answer("forward", |text| body(text, "a.dot(&layer.w) + f64::NAN"));
    student.answer("gradient_check", |text| {
        body(
            text,
            "let mut it = numerical_gradient(loss, w, epsilon); it.push(1.0); it",
        )
    });
    student.answer("momentum", |text| text.replace("(1.0 - momentum) * ", ""));
    student.answer("penalty", |text| body(text, "wrong"));
    student.answer("early_stopping", |text| text);
    let (code, graded) = student.grade();
    assert_eq!(code, Some(1));
    let expected = [
        ("softmax", "error", "the code panicked: oh"),
        ("cross_entropy", "error", "no answer after 15 seconds"),
        ("forward", "failed", " is NaN, expected "),
        ("backward", "not written", "derivative is not written yet"),
        ("gradient_check", "error", "stack overflow"),
        (
            "momentum",
            "failed",
            "mistake: the factor 1 − γ is missing.",
        ),
        (
            "penalty",
            "error",
            "does not compile: cannot find value `wrong`",
        ),
        ("early_stopping", "passed", ""),
        ("training", "error", "not tried: no answer for penalty"),
    ];
    for (name, state, part) in expected {
        let (found, message) = &graded[name];
        assert_eq!(found, state, "{name}: {message}");
        assert!(message.contains(part), "{name}: {message}");
    }

    student.0.write("course/src/lib.rs", b"wrong");
    let (code, graded) = student.grade();
    assert_eq!(code, Some(1));
    assert!(
        graded["softmax"]
            .1
            .starts_with("the project does not compile: "),
        "{graded:?}"
    );
}

#[test]
fn bad_arguments_are_refused() {
    let lab = Lab::new();
    lab.refuse(
        2,
        &["exercises", "new", "data"],
        &["data: expected a new or an empty folder"],
    );
    let other = ["exercises", "new", "course", "--clone", "data"];
    lab.refuse(2, &other, &["crates/mnist-exercises not found", "--clone"]);
    lab.refuse(
        2,
        &["exercises", "grade", "data"],
        &["data: expected a project made by"],
    );
    lab.refuse_usage(&["exercises", "hint", "other"], &["'other'", "NAME"]);
    lab.refuse_usage(
        &["exercises", "hint", "softmax", "--level", "4"],
        &["4", "--level"],
    );
    assert!(!lab.path("course").exists());
}

#[test]
fn without_cargo_the_error_says_what_to_install() {
    let lab = Lab::new();
    lab.succeed(&["exercises", "new", "course"]);
    let mut command = lab.command(&["exercises", "grade", "course"]);
    let output = end(1, command.env("CARGO", "no/cargo"));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("error: cannot run cargo; install Rust"),
        "{error}"
    );
}

#[test]
fn the_third_hint_is_the_longest() {
    let lab = Lab::new();
    for exercise in EXERCISES {
        let hint = |level| {
            text(
                &lab.succeed(&["exercises", "hint", exercise.name, "--level", level])
                    .stdout,
            )
        };
        assert!(
            hint("3").len() > hint("1").len()
                && hint("3").contains("In Rust: ") == (exercise.name != "early_stopping")
        );
    }
}
