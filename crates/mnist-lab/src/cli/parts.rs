//! What is said to the commands for plans in parts.

use std::path::PathBuf;

use clap::Args;

use super::shared::{DataArgs, Seeds, SuiteArgs, parse_seeds};

#[derive(Debug, Args)]
#[command(after_help = "\
A line has the run's name, experiment, seed, settings, identity (SHA-256 of all that it is made from), and the
seconds that runs of its experiment took in DIR, if there are some.

Examples:
  mnist-lab plan --seeds 0..100 | wc -l
  mnist-lab plan relu --seeds 0..3 --set lr=0.02 | jq .id")]
pub(crate) struct PlanArgs {
    /// Which experiments; all of the suite if none is named
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiments: Vec<String>,

    #[command(flatten)]
    pub(crate) suite: SuiteArgs,

    /// Seeds: a range 0..5 (without its end), a list 0,3,7, or one
    #[arg(long, value_name = "SEEDS", default_value = "0", value_parser = parse_seeds)]
    pub(crate) seeds: Seeds,

    /// Where earlier runs may be, whose times are known
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Every run is checked by its SHA-256. A run that two parts have must have the same bytes. What is there stays,
so that a merge may be interrupted and repeated. When all runs are there, the tables are those of one machine;
`mnist-lab report DIR` draws the report. Exit code 1 if runs are missing.

Examples:
  mnist-lab merge runs/paper
  mnist-lab merge runs/paper /mnt/a/3-of-40 /mnt/b/7-of-40     parts copied from elsewhere")]
pub(crate) struct MergeArgs {
    /// A suite's folder, as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Folders of parts; those in DIR/parts if none is named
    #[arg(value_name = "PART")]
    pub(crate) parts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
It reads files and nothing else, so it may run on another host. Exit code 0 if all runs are done, else 1.

Examples:
  mnist-lab status runs/paper
  mnist-lab status runs/paper --watch
  sbatch --array=$(mnist-lab status runs/paper --missing --as-array) job.sh")]
pub(crate) struct StatusArgs {
    /// A suite's folder, as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Print the names of the runs that are not done
    #[arg(long)]
    pub(crate) missing: bool,

    /// Instead of names, the indices of the array tasks that do them: 3,7-9
    #[arg(long, requires = "missing")]
    pub(crate) as_array: bool,

    /// Look again every two seconds until all is done
    #[arg(long, conflicts_with = "missing")]
    pub(crate) watch: bool,
}
