//! The built-in suites: the paper's experiments, and other readings of the paper.

use anyhow::Result;
use lab_results::suite::{BuiltIn, Suite};

/// The rules that judge the paper's claims.
pub const CLAIMS: &str = include_str!("../suites/claims.toml");

/// The choices that the paper leaves open about its penalties; all combinations are run.
pub const MULTIVERSE: &str = include_str!("../suites/multiverse.toml");

/// The paper's six experiments, the readings of what it leaves open, and the six again for fresh seeds.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("paper", include_str!("../suites/paper.toml")),
    ("readings", include_str!("../suites/readings.toml")),
    ("confirmatory", include_str!("../suites/confirmatory.toml")),
];

/// The suites and rules that a suite's file can name.
pub const BUILT_INS: BuiltIn<'_> = BuiltIn {
    suites: &BUILT_IN,
    rules: &[("claims", CLAIMS)],
};

/// Loads a built-in suite by name, or a suite from a file.
///
/// # Errors
/// As [`Suite::load`].
pub fn load(name_or_path: &str) -> Result<Suite> {
    Suite::load(name_or_path, &BUILT_INS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_results::suite::{Settings, set};

    fn parse(text: &str) -> Result<Suite> {
        Suite::parse("test", text, &BUILT_INS)
    }

    /// The paper's defaults with another experiment.
    fn with_experiment(experiment: &str) -> String {
        let defaults = BUILT_IN[0].1.split("[[experiment]]").next().unwrap();
        format!("{defaults}\n[[experiment]]\n{experiment}")
    }

    #[test]
    fn the_paper_is_as_printed() {
        let suite = load("paper").unwrap();
        let ids: Vec<_> = suite.experiments.iter().map(|e| e.id.as_str()).collect();
        assert_eq!(ids, ["softmax", "momentum", "l2", "l1", "sigmoid", "relu"]);
        for experiment in &suite.experiments {
            let s = &experiment.settings;
            assert_eq!((s.batch_size, s.patience, s.epochs), (128, 3, 100));
            assert!(experiment.paper.test_accuracy.unwrap() > 0.9);
        }
    }

    #[test]
    fn the_defaults_of_the_paper_are_those_of_every_setting() {
        let suite = parse("title = \"Mine\"\nbase = \"paper\"\n[grid]\nepochs = [100]").unwrap();
        let cell = suite.experiments.last().unwrap();
        assert_eq!(cell.settings, Settings::default());
    }

    #[test]
    fn bad_suites_are_refused_with_the_place() {
        let cases = [
            ("title = 3", "line 1"),
            (
                "title = \"x\"\n\n[defaults]\ncolour = 1\n[[experiment]]\nid = 7",
                "line 6: invalid type",
            ),
            (
                "title = \"x\"\n[defaults]\ncolour = 1",
                "defaults: unknown setting `colour`",
            ),
            ("title = \"x\"\ncolour = 1", "line 2: unknown field"),
            ("title = \"x\"\nexperiment = []", "no experiment"),
            ("title = \"x\"\ncolour = 1\nexperiment = []", "colour"),
        ];
        for (text, expected) in cases {
            let message = format!("{:#}", parse(text).unwrap_err());
            assert!(message.contains(expected), "{message}");
        }
        let cases = [
            ("id = \"../a\"\ntitle = \"A\"", "cannot be a name"),
            (
                "id = \".a\"\ntitle = \"A\"\nsettings = { lr = 1.0 }",
                "cannot be a name",
            ),
            (
                "id = \"a.\"\ntitle = \"A\"\nsettings = { lr = 1.0 }",
                "cannot be a name",
            ),
            (
                "id = \"report.md\"\ntitle = \"A\"\nsettings = { lr = 1.0 }",
                "the file REPORT.md",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0, depth = 3 }",
                "depth",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = \"fast\" }",
                "lr is `fast`",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = -1.0 }",
                "lr is -1",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0, activation = \"gelu\" }",
                "activation is `gelu`, expected identity",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0, validation = 1.5 }",
                "validation is 1.5",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0, init = \"zeros\" }",
                "init is zeros",
            ),
            (
                "id = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0 }\n[[experiment]]\nid = \"a\"\ntitle = \"A\"\nsettings = { lr = 1.0 }",
                "twice",
            ),
        ];
        for (experiment, expected) in cases {
            let error = parse(&with_experiment(experiment)).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_grid_is_over_the_defaults_and_those_of_the_base() {
        let grid = "[grid]\nlr = [0.05, 0.1]\nhidden = [[128], [256, 64]]\n";
        let exclude = "exclude = [{ lr = 0.1, hidden = [256, 64] }]\n";
        let text =
            format!("title = \"G\"\nbase = \"paper\"\n[defaults]\nepochs = 7\n{grid}{exclude}");
        let suite = parse(&text).unwrap();
        let ids: Vec<_> = suite.experiments.iter().map(|e| e.id.as_str()).collect();
        let expected = [
            "lr-0.05_hidden-128",
            "lr-0.05_hidden-256-64",
            "lr-0.1_hidden-128",
        ];
        assert_eq!(ids[6..], expected);
        let cell = &suite.experiments[7];
        assert_eq!(cell.title, "lr = 0.05, hidden = [256, 64]");
        let settings = &cell.settings;
        assert_eq!((settings.lr, settings.epochs), (0.05, 7));
        assert_eq!(settings.hidden, [256, 64]);
        let varied = cell.cell.as_ref().unwrap();
        assert_eq!(varied.of, None);
        assert_eq!(varied.varies[1].value, "[256, 64]");
        // The base's experiments do not change.
        assert_eq!(suite.experiments[5].settings.epochs, 100);
    }

    #[test]
    fn set_reads_what_people_write() {
        let read = |assignments: &[&str]| {
            let mut table = toml::Table::new();
            for assignment in assignments {
                set(&mut table, assignment).unwrap();
            }
            let suite = load("paper")?;
            suite.experiments[1].settings.with(&table)
        };
        let s = read(&["lr=1", "hidden=256,64", "activation=relu", "batch_size=32"]).unwrap();
        assert_eq!((s.lr, s.batch_size), (1.0, 32));
        assert_eq!(
            (s.hidden, s.activation),
            (vec![256, 64], nn_core::Activation::Relu)
        );
        assert!(read(&["hidden=none"]).unwrap().hidden.is_empty());
        assert_eq!(read(&["hidden=[7]"]).unwrap().hidden, [7]);
        assert_eq!(read(&["hidden=7", "init=normal(0.1)"]).unwrap().hidden, [7]);
        assert_eq!(read(&["validation=12000"]).unwrap().validation, 12000.0);
        assert!(read(&["hidden=many"]).is_err());
    }
}
