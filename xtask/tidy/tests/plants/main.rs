//! Each mistake, planted in a small made-up workspace that is tidy without it, is found where it is.

mod circles;
mod made;
mod packages;

use made::{Made, TABLE};
use tidy::{Exception, Table};

#[test]
fn the_made_up_workspace_is_tidy() {
    Made::new().expect(&[]);
}

#[test]
fn a_dependency_that_the_table_does_not_allow() {
    for (other, row) in [
        ("nn-train", "nn-train = { path = \"../nn-train\" }\n"),
        ("experiments", "experiments.path = \"../experiments\"\n"),
    ] {
        let made = Made::new();
        made.append("crates/lab-report/Cargo.toml", row);
        made.expect(&[&format!(
            "crates/lab-report/Cargo.toml:8: lab-report may not depend on {other}, only on lab-results; remove \
             the dependency, or change the table of crates and ARCHITECTURE.md"
        )]);
    }
}

#[test]
fn build_and_renamed_dependencies_count_too_and_those_of_tests_are_apart() {
    let made = Made::new();
    let manifest = "crates/nn-train/Cargo.toml";
    made.append(manifest, "[dev-dependencies]\n");
    made.append(manifest, "gradcheck.path = \"../gradcheck\"\n");
    made.expect(&[]);

    made.append(manifest, "[build-dependencies.checks]\n");
    made.append(
        manifest,
        "package = \"gradcheck\"\npath = \"../gradcheck\"\n",
    );
    made.expect(&[
        "crates/nn-train/Cargo.toml:10: nn-train may not depend on gradcheck, nor on any crate of the workspace; \
         remove the dependency, or change the table of crates and ARCHITECTURE.md",
    ]);
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate() {
    let made = Made::new();
    made.package("lab-colours", "");
    made.expect(&[
        "crates/lab-colours/Cargo.toml: crate lab-colours is not in the table of crates; say there what it \
         may depend on",
    ]);

    let made = Made::new();
    made.remove("crates/experiments");
    made.expect(&[
        "xtask/tidy/src/table.rs: crate experiments is in the table of crates but not in the workspace; \
         remove its row",
    ]);
}

#[test]
fn a_crate_that_names_what_it_may_not_know() {
    let made = Made::new();
    made.append(
        "crates/lab-report/src/lib.rs",
        "/// No Trainer, no nn_train.\npub fn train() {\n    use nn_train::Trainer;\n}\n",
    );
    let end = ": the report knows no training; take what is needed from elsewhere";
    let place = "crates/lab-report/src/lib.rs:10: lab-report may not name";
    made.expect(&[
        &format!("{place} `Trainer`{end}"),
        &format!("{place} `nn_train`{end}"),
    ]);
}

#[test]
fn a_crate_that_exports_what_is_another_s() {
    let made = Made::new();
    made.append("crates/lab-results/src/lib.rs", "pub use nn_train::{\n");
    made.append(
        "crates/lab-results/src/lib.rs",
        "    Config,\n    other::*,\n};\n",
    );
    let config = "lab-results exports nn_train::Config";
    let end = "; remove the re-export, and import it from its own crate";
    let glob =
        format!("crates/lab-results/src/lib.rs:10: lab-results exports nn_train::other::*{end}");
    made.expect(&[
        &glob,
        &format!("crates/lab-results/src/lib.rs:9: {config}{end}"),
    ]);

    let allowed = Table {
        reexports: &[Exception {
            what: "lab-results exports nn_train::Config",
            reason: "a trial",
        }],
        ..TABLE
    };
    made.expect_by(&allowed, &[&glob]);
    Made::new().expect_by(
        &allowed,
        &[
            "xtask/tidy/src/table.rs: the table allows that lab-results exports nn_train::Config, which no \
             crate does; remove the line",
        ],
    );
}

#[test]
fn a_file_of_501_lines() {
    let made = Made::new();
    made.write("crates/gradcheck/tests/long.rs", &"// line\n".repeat(500));
    made.expect(&[]);
    made.append("crates/gradcheck/tests/long.rs", "// one more\n");
    let long = "crates/gradcheck/tests/long.rs:501: 501 lines, more than 500; split the file, or give its \
                reason in the table";
    made.expect(&[long]);

    for name in ["page.js", "page.css"] {
        let made = Made::new();
        made.write(&format!("crates/gradcheck/src/{name}"), &"\n".repeat(501));
        let long = format!(
            "crates/gradcheck/src/{name}:501: 501 lines, more than 500; split the file, or give its reason in the table"
        );
        made.expect(&[&long]);
    }

    let excused = Table {
        long_files: &[Exception {
            what: "crates/gradcheck/tests/long.rs",
            reason: "a trial",
        }],
        ..TABLE
    };
    made.expect_by(&excused, &[]);
    Made::new().expect_by(
        &excused,
        &[
            "crates/gradcheck/tests/long.rs: the table excuses its length (a trial), which is not needed; \
             remove the line",
        ],
    );
}

#[test]
fn a_crate_of_4001_lines() {
    let made = Made::new();
    for part in 0..8 {
        let path = format!("crates/gradcheck/src/part_{part}.rs");
        made.write(&path, &"// line\n".repeat(499));
    }
    made.expect(&[]);
    made.append("crates/gradcheck/src/lib.rs", "// one more\n\n");
    made.expect(&[
        "crates/gradcheck/Cargo.toml: gradcheck has 4001 lines of source, more than 4000; make two crates of it",
    ]);
}

#[test]
fn an_unwrap_outside_of_tests() {
    let made = Made::new();
    let source = "crates/gradcheck/src/lib.rs";
    made.append(
        source,
        "
/// ```
/// Some(1).unwrap();
/// ```
pub fn fine() -> i32 {
    // None.unwrap()
    Some(1).unwrap_or_default()
}
#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn of_fine() {
        Some(super::fine()).unwrap();
    }
}
",
    );
    made.expect(&[]);

    made.append(
        source,
        "pub fn a() -> i32 {\n    Some(1)\n        .unwrap()\n}\n",
    );
    made.append(
        source,
        "pub fn b() {\n    println!(\"{}\", Some(1).unwrap());\n}\n",
    );
    made.append(
        source,
        "pub fn c() -> Option<i32> {\n    Some(Some(1)).map(Option::unwrap)\n}\n",
    );
    let what =
        "`unwrap` outside of tests; return an error, or say with `expect` why it cannot fail";
    let lines = [25, 28, 31].map(|line| format!("{source}:{line}: {what}"));
    made.expect(&lines.each_ref().map(String::as_str));
}

#[test]
fn a_crate_without_readme_or_example() {
    let made = Made::new();
    made.remove("crates/gradcheck/README.md");
    made.expect(&[
        "crates/gradcheck/README.md: gradcheck has no README.md; say what it is for, and give an example",
    ]);

    let made = Made::new();
    made.write(
        "crates/gradcheck/src/lib.rs",
        "//! ```text\n//! a picture\n//! ```\n",
    );
    made.expect(&[
        "crates/gradcheck/src/lib.rs: gradcheck has no example that runs; put one into its crate page, or \
         into a file in crates/gradcheck/examples/",
    ]);
    made.write("crates/gradcheck/examples/check.rs", "fn main() {}\n");
    made.expect(&[]);
}

#[test]
fn a_document_that_names_what_is_not_there() {
    let made = Made::new();
    made.write("docs/deep/page.md", "[up](../../README.md#top)\n");
    made.append(
        "README.md",
        "
[the page](docs/deep/page.md), [elsewhere](https://example.org/a.rs), [here](#here)
`crates/gradcheck/src/lib.rs`, `lib.rs`, `src/lib.rs`, `crates/*/README.md`, `docs/`
`cargo test`, `nn_train::Config`, `OUT/<suite>/run.json`, `1/2`, `and/or`, `--out a/b.rs`
",
    );
    made.expect(&[]);

    made.append(
        "README.md",
        "
| a | b |
|---|---|
| [gone](docs/gone.md) | ![gone](gone.png) |
| `gone.rs` | `crates/gone/` |
| `crates/*/GONE.md` | `gone/` |
",
    );
    let link = |path| {
        format!("README.md:9: the link leads to {path}, which is not there; mend or remove it")
    };
    let name = |line, name| {
        format!(
            "README.md:{line}: `{name}` is not there; name what is, or excuse the name in the table"
        )
    };
    let findings = [
        name(10, "crates/gone/"),
        name(10, "gone.rs"),
        name(11, "crates/*/GONE.md"),
        name(11, "gone/"),
        link("docs/gone.md"),
        link("gone.png"),
    ];
    made.expect(&findings.each_ref().map(String::as_str));
}

#[test]
fn a_name_that_the_table_excuses() {
    let excused = Table {
        names: &[Exception {
            what: "my-suite.toml",
            reason: "the user's",
        }],
        ..TABLE
    };
    let made = Made::new();
    made.expect_by(
        &excused,
        &[
            "xtask/tidy/src/table.rs: the table excuses the name my-suite.toml (the user's), which no \
             document needs; remove the line",
        ],
    );
    made.append("README.md", "`my-suite.toml`\n");
    made.expect_by(&excused, &[]);
}
