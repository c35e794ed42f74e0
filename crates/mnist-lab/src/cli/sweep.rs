//! What is said to the commands for plans in parts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{DataArgs, Seeds, SuiteArgs, parse_seeds};

#[derive(Debug, Subcommand)]
pub(crate) enum Sweep {
    /// Print the runs of a sweep, one line of JSON per run
    Plan(PlanArgs),
    /// Submit a sweep to a scheduler
    Submit(SubmitArgs),
    /// Show the progress of a sweep: done, running, damaged, missing
    Status(StatusArgs),
    /// Check and merge the parts of a sweep
    Merge(MergeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
A line has the run's name, experiment, seed, settings, identity (SHA-256 of all that it is made from), and the
seconds that runs of its experiment took in DIR, if there are some.

Examples:
  mnist-lab sweep plan --seeds 0..100 | wc -l
  mnist-lab sweep plan relu --seeds 0..3 --set lr=0.02 | jq .id")]
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
  mnist-lab sweep merge runs/paper
  mnist-lab sweep merge runs/paper /mnt/a/3-of-40 /mnt/b/7-of-40     parts copied from elsewhere")]
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
  mnist-lab sweep status runs/paper
  mnist-lab sweep status runs/paper --watch
  sbatch --array=$(mnist-lab sweep status runs/paper --missing --as-array) job.sh")]
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
    /// Submit a job array to Slurm, and a merge that comes after it
    #[command(after_help = "\
Writes job.sh and merge.sh to OUT/<suite>/submit and prints the jobs' numbers. Tasks write there what they say. A task
goes on from its checkpoint after a time limit, a preemption or a node's failure. If OUT/<suite> has the plan already,
only parts that have runs to do are submitted: the same command again is what repairs.

A suite file may say the same in a table [submit]: parts, at-once, cpus, mem, time, account, queue.

Examples:
  mnist-lab sweep submit slurm --parts 20 --time 0:30:00 -- relu --seeds 0..100 --out runs
  mnist-lab sweep submit slurm --parts 20 --at-once 10 --queue short --print -- --suite my-suite.toml > job.sh")]
    Slurm(SlurmArgs),
    /// Print a command line for each part, for GNU parallel or another scheduler
    #[command(after_help = "Examples:
  mnist-lab sweep submit script --parts 8 -- relu --seeds 0..100 | parallel -j 4
  mnist-lab sweep submit script --parts 8 -- relu --seeds 0..100 | xargs -d '\\n' -P 4 -I{} sh -c {}")]
    Script(ScriptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SlurmArgs {
    #[command(flatten)]
    pub(crate) script: ScriptArgs,

    /// At most so many tasks at the same time
    #[arg(long, value_name = "M")]
    pub(crate) at_once: Option<usize>,

    /// The most time of a task, as sbatch --time
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,

    /// The most memory of a task, as sbatch --mem
    #[arg(long, value_name = "SIZE")]
    pub(crate) mem: Option<String>,

    /// Who pays, as sbatch --account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,

    /// The queue, as sbatch --partition
    #[arg(long, value_name = "NAME")]
    pub(crate) queue: Option<String>,

    /// Print the job script, and write and submit nothing
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// How many tasks share the runs out; enough for ten minutes each, if OUT has runs of every experiment
    /// that say how long they took
    #[arg(long, value_name = "N")]
    pub(crate) parts: Option<usize>,

    /// Processors, and so threads, of a task [default: 1]
    #[arg(long, value_name = "C")]
    pub(crate) cpus: Option<u16>,

    /// What follows `mnist-lab run`, but --partition, --resume and --threads
    #[arg(last = true, value_name = "WORDS OF RUN")]
    pub(crate) run: Vec<String>,
}
