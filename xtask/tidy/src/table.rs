//! What is allowed: the architecture on one page.

/// What a workspace allows.
pub struct Table {
    /// Every crate of the workspace.
    pub crates: &'static [Row],
    /// Words that a crate's source may not contain, comments and strings apart.
    pub barred: &'static [Barred],
    /// Items of another crate of the workspace that a crate may export again, as `crate exports item`.
    pub reexports: &'static [Exception],
    /// Files that may be longer than `MOST_LINES`.
    pub long_files: &'static [Exception],
    /// Files of the root that every package has under the workspace's licence.
    pub licences: &'static [&'static str],
    /// Files that are kept twice, because a package holds what it needs.
    pub copies: &'static [Copied],
    /// Names in documents that look like files of this workspace and are not.
    pub names: &'static [Exception],
}

/// A crate, and the crates of this workspace that it may depend on.
pub struct Row {
    /// The package's name.
    pub name: &'static str,
    /// What its code may use: normal and build dependencies.
    pub uses: &'static [&'static str],
    /// What its tests, benchmarks and examples may use besides.
    pub tests_use: &'static [&'static str],
}

/// Words that may not appear in a crate's source.
pub struct Barred {
    /// The package's name.
    pub name: &'static str,
    /// Identifiers that its source may not contain.
    pub words: &'static [&'static str],
    /// Completes "… may not name …: ".
    pub reason: &'static str,
}

/// A file with the same bytes as another one. Paths are from the root.
pub struct Copied {
    /// The original.
    pub of: &'static str,
    /// The copy.
    pub path: &'static str,
}

/// An exception, and why it is one. An exception that nothing needs is itself a finding.
pub struct Exception {
    /// A path from the root, or a name as the documents write it.
    pub what: &'static str,
    /// Why it is one.
    pub reason: &'static str,
}

/// Where this workspace's table is.
pub(crate) const HERE: &str = "xtask/tidy/src/table.rs";

/// A file of Rust, JavaScript or CSS is no longer than this.
pub(crate) const MOST_LINES: usize = 500;

/// The Rust of a crate's `src` is no longer than this.
pub(crate) const MOST_LINES_OF_A_CRATE: usize = 4_000;

const fn row(
    name: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
) -> Row {
    Row {
        name,
        uses,
        tests_use,
    }
}

/// This workspace.
#[rustfmt::skip]
pub const TABLE: Table = Table {
    // Crate, what it may use, what its tests may use besides.
    crates: &[
        row("mnist-files-train", &[], &[]),
        row("mnist-files-test", &[], &[]),
        row("mnist-data", &["mnist-files-train", "mnist-files-test"], &[]),
        row("nn-core", &[], &["gradcheck"]),
        row("gradcheck", &[], &[]),
        row("nn-train", &["nn-core"], &["gradcheck"]),
        row("mnist-samples", &["mnist-data", "nn-core", "nn-train"], &[]),
        row("mnist-picture", &[], &[]),
        row("lab-figures", &[], &[]),
        row("lab-results", &["mnist-data", "nn-core", "nn-train"], &[]),
        row("lab-report", &["lab-results", "lab-figures", "mnist-data", "mnist-picture", "nn-core"], &[]),
        row("lab-claims", &["lab-figures", "lab-results"], &[]),
        row("lab-multiverse", &["lab-figures", "lab-results"], &[]),
        row("lab-parts", &["lab-results"], &[]),
        row("lab-exchange", &["lab-results", "mnist-data", "nn-core", "nn-train"], &[]),
        row("experiments", &[
            "mnist-data", "nn-core", "gradcheck", "nn-train", "mnist-samples", "lab-results",
        ], &["mnist-picture", "lab-figures", "lab-exchange"]),
        row("mnist-lab", &[
            "mnist-data", "nn-core", "gradcheck", "nn-train", "mnist-picture", "mnist-samples",
            "lab-results", "lab-report", "lab-claims", "lab-multiverse", "lab-exchange", "lab-parts", "experiments",
        ], &[]),
        row("book", &[], &["mnist-data", "nn-core", "gradcheck"]),
        row("xtask", &[], &[]),
        row("tidy", &[], &[]),
    ],

    // lab-results depends on nn-train for the types of a configuration, and lab-report on lab-results.
    // These keep the report from reaching the trainer that way.
    barred: &[
        Barred {
            name: "lab-report",
            words: &["nn_train", "Trainer"],
            reason: "the report reads files and knows no training",
        },
        Barred {
            name: "lab-exchange",
            words: &["Trainer"],
            reason: "it needs the types of nn-train's configuration, not its training",
        },
        Barred {
            name: "lab-results",
            words: &["Trainer"],
            reason: "it needs nn-train's configuration, not its training",
        },
    ],
    reexports: &[
        Exception {
            what: "mnist-samples exports mnist_data",
            reason: "in its signatures",
        },
        Exception {
            what: "mnist-samples exports nn_train",
            reason: "one dependency is enough for training on MNIST",
        },
        Exception {
            what: "nn-train exports nn_core",
            reason: "one dependency is enough for training",
        },
        Exception {
            what: "nn-train exports nn_core::Activation",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::Init",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::Input",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::Mlp",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::Params",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::Score",
            reason: "in its signatures",
        },
        Exception {
            what: "nn-train exports nn_core::ndarray",
            reason: "in its signatures",
        },
    ],

    long_files: &[],

    licences: &["LICENSE-MIT", "LICENSE-APACHE"],
    // Copies and not links: a checkout on Windows may have none.
    copies: &[
        Copied {
            of: "data/train-images-idx3-ubyte.gz",
            path: "crates/mnist-files-train/files/train-images-idx3-ubyte.gz",
        },
        Copied {
            of: "data/train-labels-idx1-ubyte.gz",
            path: "crates/mnist-files-train/files/train-labels-idx1-ubyte.gz",
        },
        Copied {
            of: "data/t10k-images-idx3-ubyte.gz",
            path: "crates/mnist-files-test/files/t10k-images-idx3-ubyte.gz",
        },
        Copied {
            of: "data/t10k-labels-idx1-ubyte.gz",
            path: "crates/mnist-files-test/files/t10k-labels-idx1-ubyte.gz",
        },
        Copied {
            of: "crates/nn-train/tests/mutations.csv",
            path: "crates/lab-report/src/page/mutations.csv",
        },
    ],

    names: &[
        Exception {
            what: "timings.csv",
            reason: "written by a run, and not committed: no two runs take the same time",
        },
    ],
};
