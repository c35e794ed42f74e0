//! Circles of imports are found through re-exports, in every place where code can name an item, and nowhere
//! else.

use crate::made::{Made, TABLE};

/// A crate of modules, each with its code.
fn crate_of(modules: &[(&str, &str)]) -> Made {
    let made = Made::new();
    for (path, code) in modules {
        let path = format!("crates/gradcheck/src/{path}");
        if path.ends_with("/lib.rs") {
            made.append(&path, code);
        } else {
            made.write(&path, code);
        }
    }
    made
}

/// The finding for a circle of two files of that crate.
fn circle(a: (&str, usize), b: (&str, usize)) -> String {
    let [(a, line_a), (b, line_b)] = [a, b];
    let source = "crates/gradcheck/src";
    format!(
        "{source}/{a}:{line_a}: circle of imports: {source}/{a}:{line_a} → {source}/{b}:{line_b} → {source}/{a}; \
         move what they share to where both may look"
    )
}

#[test]
fn two_files_and_three() {
    let mut modules = vec![
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("a.rs", "use crate::b::B;\n\npub struct A(B);\n"),
        ("b.rs", "pub struct B;\n\nuse super::a::A;\n"),
        ("c.rs", "use crate::a::A;\n"),
    ];
    crate_of(&modules).expect(&[&circle(("a.rs", 1), ("b.rs", 3))]);

    modules[2].1 = "pub struct B;\n\nuse super::c::C;\n";
    modules[3].1 = "use crate::a::A;\npub struct C;\n";
    let source = "crates/gradcheck/src";
    crate_of(&modules).expect(&[&format!(
        "{source}/a.rs:1: circle of imports: {source}/a.rs:1 → {source}/b.rs:3 → {source}/c.rs:1 → \
         {source}/a.rs; move what they share to where both may look"
    )]);

    modules[3].1 = "pub struct C;\n";
    crate_of(&modules).expect(&[]);
}

/// What is found where a.rs imports b.rs, and b.rs has this code in its second line.
fn with(naming: &str) -> Vec<String> {
    let b = format!("pub struct B;\n{naming}\n");
    let made = crate_of(&[
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use crate::b::B;\npub struct A;\n"),
        ("b.rs", &b),
    ]);
    made.findings(&TABLE)
}

#[test]
fn every_way_to_name_an_item() {
    for naming in [
        "use crate::a::A;",
        "use super::a::A as Renamed;",
        "use crate::a::{self, A};",
        "use crate::{a::A};",
        "use crate::*; fn f(_: a::A) {}",
        "use crate::a; fn f(_: a::A) {}",
        "use crate::a::*; fn f(_: A) {}",
        "pub use crate::a::A;",
        "fn f(_: crate::a::A) {}",
        "fn f() { crate::a::A::new(); }",
        "fn f() { use crate::a::A; }",
        "fn f() { println!(\"{:?}\", crate::a::A); }",
        "#[arg(value_parser = crate::a::A)] struct S;",
        "mod inner { use super::super::a::A; }",
        "impl From<crate::a::A> for B { fn from(_: crate::a::A) -> B { B } }",
    ] {
        assert_eq!(with(naming), [circle(("a.rs", 1), ("b.rs", 2))], "{naming}");
    }
}

#[test]
fn what_is_no_import() {
    for naming in [
        "use crate::a;",
        "/// As [`crate::a::A`].\nfn f() {}",
        "#[cfg(test)]\nmod tests { use crate::a::A; }",
        "#[cfg(test)]\nuse crate::a::A;",
        "impl B { #[cfg(test)] fn f(_: crate::a::A) {} }",
        "fn f() -> &'static str { \"crate::a::A\" }",
        "use ::a::A;",
        "use a::a; fn f() { a::a(); }",
        "use anyhow::anyhow; fn f() { anyhow::anyhow(); }",
        "fn f() { let a = 1; a.to_string(); println!(\"{a}\"); }",
    ] {
        assert!(with(naming).is_empty(), "{naming}");
    }
}

/// `use crate::suite::Settings` imports suite/settings.rs, where it is defined, and not suite/mod.rs, which
/// passes it on; that mod.rs passes it on makes it no importer.
#[test]
fn reexports_are_followed_to_the_definition() {
    let mut modules = vec![
        (
            "lib.rs",
            "mod suite;\nmod tables;\npub use suite::Settings;\n",
        ),
        (
            "suite/mod.rs",
            "mod settings;\npub use settings::Settings;\nuse crate::tables::Row;\n",
        ),
        ("suite/settings.rs", "pub struct Settings;\n"),
        ("tables.rs", "use crate::Settings;\npub struct Row;\n"),
    ];
    crate_of(&modules).expect(&[]);

    modules[2].1 = "pub struct Settings;\npub struct Other(crate::tables::Row);\n";
    crate_of(&modules).expect(&[&circle(("suite/settings.rs", 2), ("tables.rs", 1))]);
}

/// A parent that calls its children, which call it, is a circle as any other.
#[test]
fn a_parent_and_its_child() {
    let mut modules = vec![
        ("lib.rs", "mod figures;\n"),
        (
            "figures.rs",
            "mod style;\npub use style::line;\npub struct Figure;\n",
        ),
        (
            "figures/style.rs",
            "use super::Figure;\npub fn line(_: Figure) {}\n",
        ),
    ];
    crate_of(&modules).expect(&[]);

    modules[1].1 = "mod style;\npub struct Figure;\npub fn draw() {\n    style::line(Figure);\n}\n";
    crate_of(&modules).expect(&[&circle(("figures.rs", 4), ("figures/style.rs", 1))]);
}

#[test]
fn a_program_s_modules_are_apart_from_the_library_s() {
    let modules = [
        ("lib.rs", "pub mod a;\n"),
        ("a.rs", "pub struct A;\n"),
        (
            "main.rs",
            "mod cli;\nfn main() {\n    cli::run();\n}\npub struct Usage;\n",
        ),
        (
            "cli.rs",
            "use crate::Usage;\nuse gradcheck::a::A;\npub fn run() {}\n",
        ),
    ];
    crate_of(&modules).expect(&[&circle(("cli.rs", 1), ("main.rs", 3))]);
}
