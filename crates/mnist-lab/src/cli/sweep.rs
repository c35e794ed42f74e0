//! Options of `mnist-lab sweep`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::RunsArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Sweep {
    /// Print the runs of a sweep, one line of JSON per run
    Plan(PlanArgs),
    /// Submit a sweep to a scheduler
    Submit(SubmitArgs),
    /// Show the progress of a sweep: complete, under way, damaged, missing
    Status(StatusArgs),
    /// Check and merge the parts of a sweep
    Merge(MergeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each line has the run's name, experiment, seed, settings, identity (SHA-256 of
experiment, settings, seed and data) and expected seconds, if known.

Examples:
  mnist-lab sweep plan --seeds 0..100 | wc -l
  mnist-lab sweep plan relu --seeds 0..3 --set lr=0.02 | jq .id")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The merge checks the SHA-256 of every run, and that runs of two parts agree. It
can be interrupted and repeated. The tables are the same as those of one
machine. Exit code 1 if runs are missing.

Examples:
  mnist-lab sweep merge runs/paper
  mnist-lab sweep merge runs/paper /mnt/a/3-of-40 /mnt/b/7-of-40")]
pub(crate) struct MergeArgs {
    /// Folder of results, such as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Folders of parts [default: those in DIR/parts]
    #[arg(value_name = "PART")]
    pub(crate) parts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0 if all runs are complete, else 1.

Examples:
  mnist-lab sweep status runs/paper
  mnist-lab sweep status runs/paper --watch
  sbatch --array=$(mnist-lab sweep status runs/paper --missing --as-array) job.sh")]
pub(crate) struct StatusArgs {
    /// Folder of results, such as runs/paper
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Print the names of incomplete runs
    #[arg(long)]
    pub(crate) missing: bool,

    /// Print indices of array tasks instead of names: 3,7-9
    #[arg(long, requires = "missing")]
    pub(crate) as_array: bool,

    /// Repeat every two seconds until all runs are complete
    #[arg(long, conflicts_with = "missing")]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mnist-lab sweep submit slurm --parts 20 --time 0:30:00 -- relu --seeds 0..100 --out sweep
  mnist-lab sweep submit script --parts 4 -- softmax relu --seeds 0..4 --out sweep > lines")]
pub(crate) struct SubmitArgs {
    #[command(subcommand)]
    pub(crate) to: SubmitTo,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubmitTo {
    /// Submit a job array and a merge to Slurm
    #[command(after_help = "\
Writes job.sh, merge.sh and logs to OUT/<suite>/submit and prints the job
numbers. A task continues from its checkpoint after a time limit, a preemption
or a node failure. The same command again submits only incomplete parts.

A suite file can set parts, at-once, cpus, mem, time, account and queue in a
table [submit].

Examples:
  mnist-lab sweep submit slurm --parts 20 --time 0:30:00 -- relu --seeds 0..100 --out runs
  mnist-lab sweep submit slurm --parts 20 --print -- --suite mine.toml > job.sh")]
    Slurm(SlurmArgs),
    /// Print a command line for each part
    #[command(after_help = "Examples:
  mnist-lab sweep submit script --parts 8 -- relu --seeds 0..100 | parallel -j 4
  mnist-lab sweep submit script --parts 8 -- relu --seeds 0..100 |
      xargs -d '\\n' -P 4 -I{} sh -c {}")]
    Script(ScriptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SlurmArgs {
    #[command(flatten)]
    pub(crate) script: ScriptArgs,

    /// Maximum number of simultaneous tasks
    #[arg(long, value_name = "M")]
    pub(crate) at_once: Option<usize>,

    /// Time limit of a task, as sbatch --time
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,

    /// Memory limit of a task, as sbatch --mem
    #[arg(long, value_name = "SIZE")]
    pub(crate) mem: Option<String>,

    /// Account to charge, as sbatch --account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,

    /// Queue, as sbatch --partition
    #[arg(long, value_name = "NAME")]
    pub(crate) queue: Option<String>,

    /// Print the job script without submitting it, and make the folder of its logs
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// Number of parts [default: enough for tasks of ten minutes, if OUT has runs of every experiment]
    #[arg(long, value_name = "N")]
    pub(crate) parts: Option<usize>,

    /// Processors and threads of a task [default: 1]
    #[arg(long, value_name = "C")]
    pub(crate) cpus: Option<u16>,

    /// Arguments for `mnist-lab run`, except --partition, --resume and --threads
    #[arg(last = true, value_name = "RUN ARGUMENTS")]
    pub(crate) run: Vec<String>,
}
