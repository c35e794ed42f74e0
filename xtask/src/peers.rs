//! `cargo xtask bench-peers`: an epoch of training with these crates, beside the same epoch in other
//! frameworks. What the task is, and what of it is timed: `xtask/peers/task.py`.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use crate::{cargo, complain, root, start};

/// Hidden units and batch size of the paper's network.
const PAPER: (usize, usize) = (128, 128);

/// The sweep's rounds and epochs; the paper's size has as many as asked for, and `PAPER_EPOCHS`.
const SWEEP_ROUNDS: usize = 3;
const SWEEP_EPOCHS: usize = 3;
const PAPER_EPOCHS: usize = 5;

/// In the order in which they take turns. The first is what the others are compared with.
const PEERS: [Peer; 5] = [
    Peer::Ours("sparse"),
    Peer::Ours("dense"),
    Peer::Script("torch_eager.py"),
    Peer::Script("jax_scan.py"),
    Peer::Script("sklearn_mlp.py"),
];

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask bench-peers                      the whole grid, into results/bench
  cargo xtask bench-peers --quick              one round of the paper's size
  cargo xtask bench-peers --threads 1 --hidden 128 --batch 32,128 --out /tmp/trial")]
pub(crate) struct Options {
    /// Rounds of the paper's size; the sweep has at most 3
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,

    /// Numbers of threads for the paper's size; the sweep has the first
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,2",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,

    /// The sweep's hidden units, in batches of 128
    #[arg(long, value_name = "H,…", value_delimiter = ',', default_value = "32,128,512,1024",
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    hidden: Vec<u32>,

    /// The sweep's batch sizes, with 128 hidden units
    #[arg(long, value_name = "B,…", value_delimiter = ',', default_value = "32,128,1024",
          value_parser = clap::value_parser!(u32).range(1..=48_000))]
    batch: Vec<u32>,

    /// Only the paper's size, one round of two epochs
    #[arg(long)]
    quick: bool,

    /// Where peers.csv and PEERS.md go
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A program to be timed.
#[derive(Clone, Copy)]
enum Peer {
    /// The example `epoch`, with its input in this form.
    Ours(&'static str),
    /// A file of `xtask/peers`.
    Script(&'static str),
}

/// What every peer is run with, and how often.
#[derive(Clone, Copy)]
struct Configuration {
    threads: usize,
    hidden: usize,
    batch: usize,
    epochs: usize,
    rounds: usize,
}

/// What one process reported.
struct Report {
    framework: String,
    version: String,
    threads: u64,
    seconds: Vec<f64>,
    peak_mb: f64,
    accuracy: f64,
}

/// All rounds of one peer with one configuration.
struct Row {
    framework: String,
    version: String,
    configuration: Configuration,
    threads_used: u64,
    median: f64,
    min: f64,
    max: f64,
    ratio: f64,
    peak_mb: f64,
    accuracy: f64,
}

pub(crate) fn bench_peers(options: &Options) -> Result<()> {
    // Paths given are meant from where the caller stands.
    let out = match &options.out {
        Some(out) => std::path::absolute(out).context("--out")?,
        None => root().join("results").join("bench"),
    };
    let processors = allowed_processors()?;
    let configurations = grid(options);
    if let Some(most) = configurations.iter().map(|c| c.threads).max() {
        ensure!(
            most <= processors.len(),
            "--threads is {most}; this process may use {} processors",
            processors.len()
        );
    }

    // Before the build, which is a load too.
    let load = load_average();
    if load.is_some_and(is_busy) {
        complain("warning: others use this machine; the times will not be worth much");
    }
    let python = venv()?;
    start(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "experiments",
        "--example",
        "epoch",
    ]))?;
    let programs = Programs {
        python,
        epoch: example()?,
        processors,
        taskset: succeeds(Command::new("taskset").arg("--version")),
    };
    if !programs.taskset {
        complain("warning: no taskset; the processes of this workspace are not pinned");
    }

    let mut rows = Vec::new();
    for configuration in configurations {
        rows.extend(programs.measure(configuration)?);
    }
    let document = document(&rows, load);
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    replace(&out.join("peers.csv"), &csv(&rows))?;
    replace(&out.join("PEERS.md"), &document)?;
    std::io::stdout().write_all(table(&rows).as_bytes())?;
    Ok(())
}

/// The paper's size with each number of threads; then, with the first, the other widths and batches.
fn grid(options: &Options) -> Vec<Configuration> {
    let (hidden, batch) = PAPER;
    let rounds = usize::from(options.rounds);
    let paper = options.threads.iter().map(|&threads| Configuration {
        threads: threads.into(),
        hidden,
        batch,
        epochs: if options.quick { 2 } else { PAPER_EPOCHS },
        rounds: if options.quick { 1 } else { rounds },
    });
    let mut grid: Vec<_> = paper.collect();
    if options.quick {
        return grid;
    }
    let sweep = Configuration {
        epochs: SWEEP_EPOCHS,
        rounds: rounds.min(SWEEP_ROUNDS),
        ..grid[0]
    };
    let widths = options.hidden.iter().map(|&hidden| Configuration {
        hidden: hidden as usize,
        ..sweep
    });
    let batches = options.batch.iter().map(|&batch| Configuration {
        batch: batch as usize,
        ..sweep
    });
    grid.extend(
        widths
            .chain(batches)
            .filter(|c| (c.hidden, c.batch) != PAPER),
    );
    grid
}

/// The programs that are started, and the processors they are pinned to.
struct Programs {
    python: PathBuf,
    epoch: PathBuf,
    processors: Vec<usize>,
    taskset: bool,
}

impl Programs {
    /// Lets the peers take turns, so that what disturbs the machine for a while disturbs them all.
    fn measure(&self, configuration: Configuration) -> Result<Vec<Row>> {
        let mut reports: [Vec<Report>; PEERS.len()] = std::array::from_fn(|_| Vec::new());
        for round in 1..=configuration.rounds {
            let Configuration {
                threads,
                hidden,
                batch,
                rounds,
                ..
            } = configuration;
            complain(&format!(
                "threads {threads}, hidden {hidden}, batch {batch}: round {round} of {rounds}"
            ));
            for (peer, reports) in PEERS.into_iter().zip(&mut reports) {
                reports.push(self.run(peer, configuration)?);
            }
        }
        let ours: Vec<f64> = reports[0].iter().map(Report::median).collect();
        reports
            .iter()
            .map(|reports| Row::new(configuration, reports, &ours))
            .collect()
    }

    fn run(&self, peer: Peer, configuration: Configuration) -> Result<Report> {
        let mut command = match peer {
            Peer::Ours(form) => {
                let mut command = self.pinned(configuration.threads);
                command.args(["--input", form]);
                command
            }
            // The scripts pin themselves.
            Peer::Script(name) => {
                let mut command = Command::new(&self.python);
                command
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .arg(root().join("xtask").join("peers").join(name));
                command
            }
        };
        for (name, value) in [
            ("--threads", configuration.threads),
            ("--hidden", configuration.hidden),
            ("--batch", configuration.batch),
            ("--epochs", configuration.epochs),
        ] {
            command.args([name, &value.to_string()]);
        }
        command.arg("--data").arg(root().join("data"));
        let shown = format!("{command:?}");
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| shown.clone())?;
        if !output.status.success() {
            bail!("{shown} ended with {}", output.status);
        }
        Report::read(&output.stdout).with_context(|| format!("output of {shown}"))
    }

    /// Our example, on the processors that the scripts choose too: the first ones allowed.
    fn pinned(&self, threads: usize) -> Command {
        if !self.taskset {
            return Command::new(&self.epoch);
        }
        let list: Vec<_> = self.processors[..threads]
            .iter()
            .map(usize::to_string)
            .collect();
        let mut command = Command::new("taskset");
        command
            .args(["--cpu-list", &list.join(",")])
            .arg(&self.epoch);
        command
    }
}

impl Report {
    fn read(line: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(line)?;
        let number = |name: &str| {
            let found = value[name].as_f64();
            found.with_context(|| format!("{name} is {}; expected a number", value[name]))
        };
        let text = |name: &str| {
            let found = value[name].as_str().map(str::to_owned);
            found.with_context(|| format!("{name} is {}; expected a text", value[name]))
        };
        let seconds: Vec<f64> = value["epoch_seconds"]
            .as_array()
            .context("no epoch_seconds")?
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        ensure!(!seconds.is_empty(), "epoch_seconds is empty");
        Ok(Self {
            framework: text("framework")?,
            version: text("version")?,
            threads: number("threads")? as u64,
            peak_mb: number("peak_rss_mb")?,
            accuracy: number("validation_accuracy")?,
            seconds,
        })
    }

    fn median(&self) -> f64 {
        median(self.seconds.clone())
    }
}

impl Row {
    /// `ours` are our medians, round by round.
    fn new(configuration: Configuration, reports: &[Report], ours: &[f64]) -> Result<Self> {
        let first = reports.first().context("no round")?;
        let over = |value: fn(&Report) -> f64| median(reports.iter().map(value).collect());
        let seconds = || reports.iter().flat_map(|report| &report.seconds).copied();
        let ratios = reports.iter().zip(ours).map(|(r, ours)| r.median() / ours);
        Ok(Self {
            framework: first.framework.clone(),
            version: first.version.clone(),
            configuration,
            threads_used: first.threads,
            median: over(Report::median),
            min: seconds().fold(f64::INFINITY, f64::min),
            max: seconds().fold(0.0, f64::max),
            ratio: median(ratios.collect()),
            peak_mb: over(|report| report.peak_mb),
            accuracy: over(|report| report.accuracy),
        })
    }
}

/// Of an even number, the mean of the two in the middle.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        (numbers[middle - 1] + numbers[middle]) / 2.0
    }
}

fn csv(rows: &[Row]) -> String {
    let mut text = String::from(
        "framework,version,threads,threads_used,hidden,batch,rounds,epochs,\
         epoch_seconds_median,epoch_seconds_min,epoch_seconds_max,ratio_to_ours,peak_rss_mb,\
         validation_accuracy\n",
    );
    for row in rows {
        let Configuration {
            threads,
            hidden,
            batch,
            epochs,
            rounds,
        } = row.configuration;
        let _ = writeln!(
            text,
            "{},{},{threads},{},{hidden},{batch},{rounds},{epochs},{:.4},{:.4},{:.4},{:.3},{:.1},{:.4}",
            row.framework,
            row.version,
            row.threads_used,
            row.median,
            row.min,
            row.max,
            row.ratio,
            row.peak_mb,
            row.accuracy,
        );
    }
    text
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "| threads | hidden | batch | {:<11} | epoch, s | least | most  | × ours | peak, MB | validation |\n\
         |--------:|-------:|------:|-------------|---------:|------:|------:|-------:|---------:|-----------:|\n",
        "framework"
    );
    for row in rows {
        let Configuration {
            threads,
            hidden,
            batch,
            ..
        } = row.configuration;
        let _ = writeln!(
            text,
            "| {threads:>7} | {hidden:>6} | {batch:>5} | {:<11} | {:>8.3} | {:>5.3} | {:>5.3} | {:>6.2} | {:>8.0} | {:>8.2} % |",
            row.framework,
            row.median,
            row.min,
            row.max,
            row.ratio,
            row.peak_mb,
            100.0 * row.accuracy,
        );
    }
    text
}

fn document(rows: &[Row], load: Option<f64>) -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!(
        "# An epoch of training, beside other frameworks\n\n\
         `cargo xtask {}` wrote this file and `peers.csv`.\n\n\
         The same task for all, as `xtask/peers/task.py` describes it: 48,000 MNIST images, a network\n\
         784–hidden–10 with tanh, softmax cross-entropy, SGD with momentum, all in float32. Timed are\n\
         the training epochs after a first one: drawing the order, gathering batches, forward, backward,\n\
         update. Loading, normalising, compiling and evaluating are not. Each process is pinned to as\n\
         many processors as it may use threads.\n\n\
         The frameworks take turns, round by round. \"epoch, s\" is the median over rounds of each\n\
         process's median epoch; least and most are over all epochs. \"× ours\" divides it by that of\n\
         `ours-sparse`, round by round, and is the median of these ratios: above 1 is slower than ours.\n\
         Peak is the most memory that a process held at once, its libraries, data and loading\n\
         included. Validation is the accuracy on the last 12,000 training images after the last epoch.\n\n",
        arguments.join(" ")
    );
    let _ = writeln!(text, "- Processor: {}", processor());
    if let Some(load) = load {
        let _ = writeln!(
            text,
            "- Load average of the minute before the command began: {load:.2}."
        );
    }
    if load.is_some_and(is_busy) {
        text.push_str(
            "- **Others used the machine.** Times are too long, by an amount that differs from process to\n  \
             process; with several threads most of all, where one that has to wait holds up the others.\n",
        );
    }
    let versions = distinct(
        rows.iter()
            .map(|row| format!("{} {}", row.framework, row.version)),
    );
    let _ = writeln!(text, "- Versions: {}", versions.join(", "));
    let modest = rows
        .iter()
        .filter(|row| row.threads_used < row.configuration.threads as u64);
    for note in distinct(modest.map(|row| {
        let (name, used, allowed) = (&row.framework, row.threads_used, row.configuration.threads);
        format!("- `{name}` used {used} of the {allowed} threads allowed.")
    })) {
        let _ = writeln!(text, "{note}");
    }
    text.push('\n');
    text.push_str(&table(rows));
    text
}

/// Each text once, in the order of its first appearance.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// A Python with the frameworks, made at its first use and again when the requirements change.
fn venv() -> Result<PathBuf> {
    let folder = root().join("target").join("peers-venv");
    let python = folder.join("bin").join("python");
    let stamp = folder.join("requirements.txt");
    let requirements = root().join("xtask").join("peers").join("requirements.txt");
    let wanted =
        fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    complain(&format!(
        "installing the frameworks into {}",
        folder.display()
    ));
    prepare(
        Command::new("python3").args(["-m", "venv"]).arg(&folder),
        "is Python installed, with its venv module (Debian: python3-venv)?",
    )?;
    prepare(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements),
        "is there a network, and a Python new enough for these versions?",
    )?;
    replace(&stamp, &wanted)?;
    Ok(python)
}

/// Runs a command whose output is for the eyes only.
fn prepare(command: &mut Command, hint: &str) -> Result<()> {
    // pip may write to standard output, which is the table's.
    let shown = format!("{command:?}");
    let status = command
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{shown}: {hint}"))?;
    ensure!(status.success(), "{shown} ended with {status}; {hint}");
    Ok(())
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where cargo has put the example.
fn example() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata tells no target_directory")?;
    Ok(Path::new(target)
        .join("release")
        .join("examples")
        .join("epoch"))
}

/// The numbers of the processors that this process, and what it starts, may use.
fn allowed_processors() -> Result<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status")
        .context("/proc/self/status: the comparison pins processes and runs on Linux only")?;
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .context("/proc/self/status tells no Cpus_allowed_list")?;
    parse_list(list.trim()).with_context(|| format!("Cpus_allowed_list is {list}"))
}

/// `0-2,5` is 0, 1, 2 and 5.
fn parse_list(list: &str) -> Result<Vec<usize>> {
    let mut numbers = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        numbers.extend(first.parse::<usize>()?..=last.parse()?);
    }
    Ok(numbers)
}

fn processor() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {count} of them allowed",
        model.as_deref().unwrap_or("unknown")
    )
}

fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn is_busy(load: f64) -> bool {
    load > 0.5
}

/// Writes a file that is whole or absent.
fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, text).with_context(|| temporary.display().to_string())?;
    fs::rename(&temporary, path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn lists_of_processors() {
        assert_eq!(parse_list("0-2,5").unwrap(), [0, 1, 2, 5]);
        assert_eq!(parse_list("7").unwrap(), [7]);
        assert!(parse_list("").is_err());
    }

    #[test]
    fn ratios_are_paired_by_round() {
        let report = |seconds: f64| Report {
            framework: "peer".to_owned(),
            version: "1".to_owned(),
            threads: 1,
            seconds: vec![seconds],
            peak_mb: 1.0,
            accuracy: 0.9,
        };
        let configuration = Configuration {
            threads: 1,
            hidden: 128,
            batch: 128,
            epochs: 1,
            rounds: 3,
        };
        // The second round was three times as slow for both: the ratio does not see it.
        let peers = [2.0, 6.0, 2.2].map(report);
        let row = Row::new(configuration, &peers, &[1.0, 3.0, 1.0]).unwrap();
        assert_eq!((row.median, row.ratio), (2.2, 2.0));
        assert_eq!((row.min, row.max), (2.0, 6.0));
    }
}
