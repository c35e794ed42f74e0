//! What several commands are told: suites, data, seeds.

use std::ops::Range;
use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
pub(crate) struct SuiteArgs {
    /// A suite: paper, readings, confirmatory or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "paper")]
    pub(crate) suite: String,

    /// Change a setting of the experiments that are named, or of all; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// In place of the experiments that are named, or of all: each with every one of these values; may be
    /// repeated for every combination. A list is TOML, or split at commas
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub(crate) grid: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Folder with the four IDX files, raw or .gz; MNIST is built in
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Whose the files must be, by SHA-256: those of MNIST, Fashion-MNIST or KMNIST, of MNIST, or anybody's
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "known",
        requires = "data_dir"
    )]
    pub(crate) checksums: ChecksumOption,

    /// How many classes labels go through, from 0
    #[arg(long, value_name = "N", default_value_t = 10, requires = "data_dir",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) classes: u16,

    /// What file names begin with, as emnist-letters for EMNIST
    #[arg(long, value_name = "NAME", requires = "data_dir")]
    pub(crate) prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ChecksumOption {
    Known,
    Mnist,
    Off,
}

/// Seeds in the order given, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

pub(crate) fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let expected = || format!("`{text}` are no seeds; expected a range 0..5, a list 0,3,7, or one");
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| expected());
    let seeds: Vec<u64> = if let Some((start, end)) = text.split_once("..") {
        let Range { start, end } = number(start)?..number(end)?;
        if end.saturating_sub(start) > 10_000 {
            return Err(format!("`{text}` are more than 10000 seeds"));
        }
        (start..end).collect()
    } else {
        text.split(',').map(number).collect::<Result<_, _>>()?
    };
    let mut sorted = seeds.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if seeds.is_empty() || sorted.len() != seeds.len() {
        return Err(expected() + ", none of them twice");
    }
    Ok(Seeds(seeds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds() {
        let read = |text| parse_seeds(text).map(|seeds| seeds.0);
        assert_eq!(read("0..3"), Ok(vec![0, 1, 2]));
        assert_eq!(read("7"), Ok(vec![7]));
        assert_eq!(read("3, 1"), Ok(vec![3, 1]));
        for bad in ["", "a", "3..3", "5..1", "1,1", "-1", "0..99999999999"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
