//! The files of a student's project.

use nn_core::textbook;

use crate::exercise::{EXERCISES, Exercise};

/// The name of the test that trains with all answers.
pub const TRAINING: &str = "training";

/// The files of a new project, with their paths. `dependency` is the value of a dependency in `Cargo.toml`, given the
/// name of a crate.
pub fn files(dependency: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let names = ["mnist-exercises", "nn-core"];
    let dependencies = names.map(|name| format!("{name} = {}\n", dependency(name)));
    let manifest = include_str!("../template/manifest.toml").to_owned() + &dependencies.concat();
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("README.md", include_str!("../template/project.md")),
        (".gitignore", "/target\n"),
        ("src/lib.rs", include_str!("../template/lib.rs")),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let exercises = EXERCISES.iter().map(|it| (it.path(), it.file()));
    files.into_iter().chain(exercises).collect()
}

impl Exercise {
    /// The path of the exercise's file in a project.
    pub fn path(&self) -> String {
        format!("src/{}.rs", self.name)
    }

    /// The text of the exercise's file, with holes.
    pub fn file(&self) -> String {
        self.file_with(|name, function| {
            let end = function.find(" {\n").map_or(function.len(), |end| end + 3);
            format!(
                "{}    todo!(\"{name} is not written yet\")\n}}\n",
                &function[..end]
            )
        })
    }

    /// The text of the exercise's file, with functions made from the textbook's, given their name and text.
    pub fn file_with(&self, make: impl Fn(&str, &str) -> String) -> String {
        let line = |line: &str| match line.strip_prefix("//~ ") {
            Some(name) => make(name, textbook::function(name)),
            None => format!("{line}\n"),
        };
        self.template.lines().map(line).collect()
    }
}
