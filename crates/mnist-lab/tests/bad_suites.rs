//! Tests of invalid suites. Each mistake gives one line that names the file and the place, and earlier results do not
//! change.

mod common;

use common::{Lab, paper_defaults};

/// The paper's defaults, followed by this text.
fn suite(experiments: &str) -> String {
    format!("{}{experiments}", paper_defaults())
}

/// A suite of one experiment with these settings.
fn experiment(id: &str, settings: &str) -> String {
    suite(&format!(
        "[[experiment]]\nid = \"{id}\"\ntitle = \"T\"\nsettings = {{ {settings} }}\n"
    ))
}

/// Suites, and parts of their error messages.
fn unusable_suites() -> [(String, &'static [&'static str]); 18] {
    [
        ("title = \"no end".to_owned(), &["line 1: "]),
        ("{\"title\": 3}".to_owned(), &["line 1: "]),
        ("\0\u{1}\u{2}".to_owned(), &["line 1: "]),
        (String::new(), &["missing field `title`"]),
        (suite(""), &["no experiment; expected at least one"]),
        (
            suite("[[experiment]]\nid = \"a\"\ntitle = \"A\"\ncolour = \"red\"\n"),
            &["unknown field `colour`", "expected"],
        ),
        (
            experiment("a", "lr = 0.1, depth = 2"),
            &["experiment `a`: unknown setting `depth`, expected one of"],
        ),
        (
            experiment("a", "lr = \"fast\""),
            &["experiment `a`: lr is `fast`, expected a number above 0"],
        ),
        (
            experiment("a", "lr = 0.0"),
            &["experiment `a`: lr is 0, expected a number above 0"],
        ),
        (suite("[defaults]\ncolour = 1\n"), &["line "]),
        (
            experiment("a", "lr = 0.1") + "[[experiment]]\nid = \"a\"\ntitle = \"T\"\n",
            &["experiment `a` is defined twice"],
        ),
        (
            experiment("../x", "lr = 0.1"),
            &["`../x` cannot be a name; expected 1 to 64 small letters"],
        ),
        (experiment("", "lr = 0.1"), &["`` cannot be a name"]),
        (
            experiment("figures", "lr = 0.1"),
            &["`figures` cannot be a name"],
        ),
        (
            experiment(&"a".repeat(60), "lr = 0.1")
                + &format!(
                    "[[reading]]\nid = \"bcdef\"\ntitle = \"R\"\nsettings = {{ lr = 0.2 }}\nof = [\"{}\"]\n",
                    "a".repeat(60)
                ),
            &["_bcdef` cannot be a name"],
        ),
        (
            experiment("a", "lr = 0.1").replace("\"T\"", "\"a\\u001b[2Jb\""),
            &["title holds the control character"],
        ),
        (
            experiment("a", "lr = 0.1") + "paper = { test-loss = nan }\n",
            &["test-loss is NaN"],
        ),
        (
            experiment("a", "lr = 0.1").replacen(
                "verdicts =",
                "rules = \"no.toml\"\nverdicts =",
                1,
            ),
            &["rules `no.toml`"],
        ),
    ]
}

#[test]
fn suites_that_cannot_be_used_are_named() {
    let lab = Lab::with_results();
    for (text, expected) in unusable_suites() {
        lab.write("mine.toml", text.as_bytes());
        let expected = [&["suite mine.toml: "], expected].concat();
        for command in ["run", "list"] {
            lab.refuse(1, &[command, "--suite", "mine.toml"], &expected);
        }
    }
}

/// Grids, and parts of their error messages.
const UNUSABLE_GRIDS: [(&str, &str); 11] = [
    (
        "depth = [1, 2]",
        "cell `lr-0.1_depth-1`: unknown setting `depth`",
    ),
    ("l1 = []", "`l1` has no values; expected at least one"),
    ("l1 = 0.1", "`l1` is `0.1`; expected a list of values"),
    (
        "l1 = [0.1, 0.10]",
        "`l1` has the value `0.1` twice; expected each once",
    ),
    (
        "epochs = [1, 0]",
        "cell `lr-0.1_epochs-0`: epochs is 0, expected",
    ),
    (
        "exclude = [{ lr = 0.2 }]",
        "exclude `{ lr = 0.2 }` matches no cell",
    ),
    (
        "exclude = [{ depth = 1 }]",
        "exclude `{ depth = 1 }` matches no cell",
    ),
    (
        "exclude = [{ lr = 0.1 }]",
        "exclude leaves out all cells; expected at least one to stay",
    ),
    ("exclude = 3", "`exclude` is not a list"),
    (
        "penalty-biases = [true]\npenalty-place = [\"damped-update\"]\nnormalize = [\"per-image\"]",
        "its id has 74 characters; expected at most 64",
    ),
    ("lr = [0.2]", "line "),
];

#[test]
fn grids_that_cannot_be_used_are_named() {
    let lab = Lab::with_results();
    for (grid, expected) in UNUSABLE_GRIDS {
        let text = suite(&format!("[grid]\nlr = [0.1]\n{grid}\n"));
        lab.write("mine.toml", text.as_bytes());
        let words = ["list", "--suite", "mine.toml"];
        lab.refuse(1, &words, &["suite mine.toml: ", expected]);
    }
    let many: Vec<String> = (1..=200).map(|x| x.to_string()).collect();
    let many = many.join(", ");
    let text = suite(&format!("[grid]\nepochs = [{many}]\npatience = [{many}]\n"));
    lab.write("mine.toml", text.as_bytes());
    let expected = "grid: 200 × 200 cells; a suite has at most 10000 experiments";
    lab.refuse(1, &["list", "--suite", "mine.toml"], &[expected]);
    let twice = experiment("lr-0.1", "lr = 0.1") + "[grid]\nlr = [0.1]\n";
    lab.write("mine.toml", twice.as_bytes());
    let expected = "experiment `lr-0.1` is defined twice";
    lab.refuse(1, &["list", "--suite", "mine.toml"], &[expected]);
}

#[test]
fn a_suite_that_is_wrong_by_itself_is_not_the_fault_of_set() {
    let lab = Lab::with_results();
    lab.write("mine.toml", experiment("a", "lr = 0.0").as_bytes());
    let words = ["list", "--suite", "mine.toml", "--set", "momentum=0.5"];
    lab.refuse(1, &words, &["suite mine.toml: experiment `a`: lr is 0"]);
}

#[test]
fn a_suite_needs_a_file_with_a_name() {
    let lab = Lab::with_results();
    let words = ["run", "--suite", "no.toml"];
    lab.refuse(
        1,
        &words,
        &["no.toml is neither a suite (`paper`, `readings`, `confirmatory`) nor a file that can be read"],
    );
    lab.refuse(
        1,
        &["run", "--suite", "data"],
        &["data is neither a suite", "nor a file"],
    );
    let good = suite("[[experiment]]\nid = \"a\"\ntitle = \"A\"\nsettings = { lr = 0.1 }\n");
    lab.write("My Suite.toml", good.as_bytes());
    let expected =
        ["suite My Suite.toml: `My Suite` cannot be a name; expected 1 to 64 small letters"];
    lab.refuse(1, &["run", "--suite", "My Suite.toml"], &expected);
    lab.write("latin.toml", b"title = \"caf\xe9\"");
    lab.refuse(1, &["run", "--suite", "latin.toml"], &["latin.toml"]);
}
