#![doc = include_str!("src/introduction.md")]

#[doc = include_str!("src/loading.md")]
pub mod loading {}

#[doc = include_str!("src/softmax-regression.md")]
pub mod softmax_regression {}

#[doc = include_str!("src/backpropagation.md")]
pub mod backpropagation {}

#[doc = include_str!("src/fast-path.md")]
pub mod fast_path {}

#[doc = include_str!("src/gradient-checks.md")]
pub mod gradient_checks {}

#[doc = include_str!("src/open-points.md")]
pub mod open_points {}

/// What is listed in the book is what is in its folder, and its code is tested here.
#[test]
fn every_chapter_is_listed_and_tested() {
    let summary = include_str!("src/SUMMARY.md");
    let code = include_str!("lib.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let chapters: Vec<_> = names.filter(|name| name != "SUMMARY.md").collect();
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
