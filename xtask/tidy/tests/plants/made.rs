//! A made-up workspace in a temporary folder.

use std::fs;
use std::io::Write;

use tempfile::TempDir;
use tidy::{Barred, Copied, Row, Table, Workspace, check};

/// What the made-up workspace allows.
#[rustfmt::skip]
pub(crate) const TABLE: Table = Table {
    crates: &[
        Row { name: "gradcheck", uses: &[], tests_use: &[] },
        Row { name: "nn-train", uses: &[], tests_use: &["gradcheck"] },
        Row { name: "lab-results", uses: &["nn-train"], tests_use: &[] },
        Row { name: "lab-report", uses: &["lab-results"], tests_use: &[] },
        Row { name: "experiments", uses: &["nn-train", "lab-results", "lab-report"], tests_use: &[] },
    ],
    barred: &[Barred {
        name: "lab-report",
        words: &["nn_train", "Trainer"],
        reason: "the report knows no training",
    }],
    reexports: &[],
    long_files: &[],
    licences: &["LICENSE"],
    copies: &[Copied {
        of: "crates/nn-train/found.csv",
        path: "crates/lab-report/found.csv",
    }],
    names: &[],
};

/// A crate page of seven lines, with an example.
const PAGE: &str =
    "//! A crate.\n//!\n//! # Example\n//! ```\n//! assert_eq!(1 + 1, 2);\n//! ```\n\n";

pub(crate) struct Made {
    folder: TempDir,
}

impl Made {
    /// The workspace without any mistake.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self { folder };
        made.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        );
        made.write("README.md", "# Made up\n");
        made.write("LICENSE", "Do as you please.\n");
        for copy in TABLE.copies {
            made.write(copy.of, "a,b\n");
            made.write(copy.path, "a,b\n");
        }
        for row in TABLE.crates {
            let uses = row.uses.iter();
            let uses: String = uses
                .map(|other| format!("{other}.path = \"../{other}\"\n"))
                .collect();
            made.package(row.name, &uses);
        }
        made
    }

    /// Adds a crate. Its manifest's line 6 begins the dependencies.
    pub(crate) fn package(&self, name: &str, dependencies: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n\n[dependencies]\n{dependencies}"
        );
        self.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        self.write(&format!("crates/{name}/README.md"), "A crate.\n");
        self.write(&format!("crates/{name}/src/lib.rs"), PAGE);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.folder.path().join(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub(crate) fn findings(&self, table: &Table) -> Vec<String> {
        let workspace = Workspace::load(self.folder.path()).unwrap();
        let found = check(&workspace, table).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    /// Compares what is found, in alphabetical order.
    #[track_caller]
    pub(crate) fn expect(&self, findings: &[&str]) {
        self.expect_by(&TABLE, findings);
    }

    #[track_caller]
    pub(crate) fn expect_by(&self, table: &Table, findings: &[&str]) {
        let mut found = self.findings(table);
        found.sort();
        let mut expected = findings.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
