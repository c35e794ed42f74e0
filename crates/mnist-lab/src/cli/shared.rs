//! Options that several commands share: suites, data, seeds.

use std::ops::Range;
use std::path::PathBuf;

use clap::Args;

/// Runs of a suite's experiments with some seeds.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Seeds: a range 0..5 (0 to 4), a list 0,3,7 or a number; at most 10,000; or drawn, for those of the suite's rules
    #[arg(long, value_name = "SEEDS", default_value = "0", value_parser = parse_seeds)]
    pub(crate) seeds: Seeds,

    /// Folder for results; the suite gets a subfolder
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Experiments of a suite, with changes.
#[derive(Clone, Debug, Args)]
pub(crate) struct SuiteArgs {
    /// Experiments [default: all of the suite]
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiments: Vec<String>,

    /// Suite: paper, readings, confirmatory or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "paper")]
    pub(crate) suite: String,

    /// Change a setting of each selected experiment; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// Run each selected experiment with every value, comma-separated or a TOML list; repeat for combinations
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub(crate) grid: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Folder with the four IDX files, raw or .gz [default: built-in MNIST]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Data set that the files must match by SHA-256
    #[arg(
        long,
        value_name = "SET",
        default_value = "known",
        requires = "data_dir"
    )]
    pub(crate) checksums: ChecksumOption,

    /// Number of classes
    #[arg(long, value_name = "N", default_value_t = 10, requires = "data_dir",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) classes: u16,

    /// Prefix of the file names, such as emnist-letters
    #[arg(long, value_name = "NAME", requires = "data_dir")]
    pub(crate) prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ChecksumOption {
    /// MNIST, Fashion-MNIST or KMNIST
    Known,
    /// MNIST
    Mnist,
    /// Any data set; skip the check
    Off,
}

/// The seeds of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seeds {
    /// In the order given, each once.
    Listed(Vec<u64>),
    /// Those that are drawn from the suite's rules.
    Drawn,
}

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    if text == "drawn" {
        return Ok(Seeds::Drawn);
    }
    let expected = || {
        format!(
            "invalid seeds `{text}`; expected a range 0..5, a list 0,3,7 or a number, each seed once, or drawn"
        )
    };
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| expected());
    let seeds: Vec<u64> = if let Some((start, end)) = text.split_once("..") {
        let Range { start, end } = number(start)?..number(end)?;
        if end.saturating_sub(start) > 10_000 {
            return Err(format!("more than 10,000 seeds in `{text}`"));
        }
        (start..end).collect()
    } else {
        text.split(',').map(number).collect::<Result<_, _>>()?
    };
    let mut sorted = seeds.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if seeds.is_empty() || sorted.len() != seeds.len() {
        return Err(expected());
    }
    Ok(Seeds::Listed(seeds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds() {
        let listed = |seeds: &[u64]| Ok(Seeds::Listed(seeds.to_vec()));
        assert_eq!(parse_seeds("0..3"), listed(&[0, 1, 2]));
        assert_eq!(parse_seeds("7"), listed(&[7]));
        assert_eq!(parse_seeds("3, 1"), listed(&[3, 1]));
        assert_eq!(parse_seeds("drawn"), Ok(Seeds::Drawn));
        for bad in ["", "a", "3..3", "5..1", "1,1", "-1", "0..99999999999"] {
            assert!(parse_seeds(bad).is_err(), "{bad}");
        }
    }
}
