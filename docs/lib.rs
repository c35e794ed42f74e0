#![doc = include_str!("src/introduction.md")]

#[doc = include_str!("src/check.md")]
pub mod check {}

#[doc = include_str!("src/experiment.md")]
pub mod experiment {}

#[doc = include_str!("src/scale-out.md")]
pub mod scale_out {}

#[doc = include_str!("src/tools.md")]
pub mod tools {}

#[doc = include_str!("src/reliability.md")]
pub mod reliability {}

#[doc = include_str!("src/speed.md")]
pub mod speed {}

#[doc = include_str!("src/open-points.md")]
pub mod open_points {}

#[doc = include_str!("src/students.md")]
pub mod students {}

#[doc = include_str!("src/notation.md")]
pub mod notation {}

#[doc = include_str!("src/loading.md")]
pub mod loading {}

#[doc = include_str!("src/softmax-regression.md")]
pub mod softmax_regression {}

#[doc = include_str!("src/backpropagation.md")]
pub mod backpropagation {}

#[doc = include_str!("src/training.md")]
pub mod training {}

#[doc = include_str!("src/gradient-checks.md")]
pub mod gradient_checks {}

#[doc = include_str!("src/fast-path.md")]
pub mod fast_path {}

/// `SUMMARY.md` lists exactly the chapters of `src`, and this file tests the code of each.
#[test]
fn every_chapter_is_listed_and_tested() {
    let summary = include_str!("src/SUMMARY.md");
    let code = include_str!("lib.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_chapter = |name: &String| name.ends_with(".md") && name != "SUMMARY.md";
    let chapters: Vec<_> = names.filter(is_chapter).collect();
    for chapter in &chapters {
        assert!(
            summary.contains(&format!("({chapter})")),
            "{chapter} is not listed"
        );
        assert!(
            code.contains(&format!("\"src/{chapter}\"")),
            "{chapter} is not tested"
        );
    }
    assert_eq!(summary.matches(".md)").count(), chapters.len());
}
