//! Tests of `--help`, `--version`, completions and `mnist-lab list`.

mod common;

use std::process::Stdio;

use common::{ESCAPE, Lab, as_suite, text};

const PAPER: [&str; 6] = ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"];

const COMMANDS: &[&str] = &[
    "list",
    "run",
    "report",
    "predict",
    "evaluate",
    "export",
    "import",
    "gradcheck",
    "sweep plan",
    "sweep submit",
    "sweep status",
    "sweep merge",
    "study power",
    "study multiverse",
    "study record",
    "exercises new",
    "exercises grade",
    "exercises hint",
    "completions",
];

#[test]
fn the_version_is_the_crates() {
    let expected = format!("mnist-lab {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&Lab::new().succeed(&["--version"]).stdout), expected);
}

#[test]
fn every_help_has_an_example() {
    let lab = Lab::new();
    let help = |words: &[&str]| text(&lab.succeed(&[words, &["--help"]].concat()).stdout);
    for name in COMMANDS {
        let words: Vec<&str> = name.split(' ').collect();
        let (last, above) = words.split_last().unwrap();
        let list = help(above);
        assert!(list.contains(&format!("\n  {last} ")), "{name}: {list}");
        let help = help(&words);
        let example = help.split("Example").nth(1).unwrap_or_default();
        let shown = example.contains(&format!("  mnist-lab {name}"));
        assert!(shown, "{name}: {help}");
        assert!(!help.contains(ESCAPE), "{help}");
    }
}

#[test]
fn completions_know_the_commands() {
    let lab = Lab::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&lab.succeed(&["completions", shell]).stdout);
        for word in COMMANDS.iter().flat_map(|name| name.split(' ')) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let lab = Lab::new();
    lab.succeed(&["man", "."]);
    for name in COMMANDS {
        let page = lab.text(&format!("mnist-lab-{}.1", name.replace(' ', "-")));
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    assert!(lab.text("mnist-lab.1").contains("mnist\\-lab\\-run(1)"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mnist-lab"))
        .arg("list")
        .stdout(Stdio::from(writer))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

// list

#[test]
fn list_shows_the_papers_six_experiments() {
    let output = Lab::new().succeed(&["list"]);
    assert_eq!(text(&output.stderr), "");
    let table = text(&output.stdout);
    assert!(!table.contains(ESCAPE), "{table}");
    let rows: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.starts_with("experiment "))
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(rows, PAPER);
    assert!(table.contains("97.69"), "{table}");
}

#[test]
fn listed_settings_are_toml_and_make_a_suite_of_their_own() {
    let lab = Lab::new();
    let words = [
        "list",
        "--settings",
        "--set",
        "lr=0.25",
        "--set",
        "epochs=7",
    ];
    let settings = text(&lab.succeed(&words).stdout);
    let suite = as_suite(&settings);
    let table: toml::Table = suite.parse().unwrap();
    let experiments = table["experiment"].as_array().unwrap();
    assert_eq!(experiments.len(), PAPER.len());
    for experiment in experiments {
        assert_eq!(experiment["settings"]["lr"].as_float(), Some(0.25));
        assert_eq!(experiment["settings"]["epochs"].as_integer(), Some(7));
    }
    lab.write("mine.toml", suite.as_bytes());
    let words = ["list", "--suite", "mine.toml", "--settings"];
    assert_eq!(text(&lab.succeed(&words).stdout), settings);
}
