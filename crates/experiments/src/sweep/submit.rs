//! The parts of a plan as commands: a job array for Slurm, or a line each for any other scheduler.
//!
//! Part K is `mnist-lab run --partition slice:K/N --resume` with the user's arguments. So a task can be started again
//! after any interruption, and continues.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::atomic_file::{make_folder, write};
use lab_results::quote::{on_one_line, quoted};
use lab_results::store::Store;
use lab_results::suite::Submit;

use super::plan::Plan;
use super::status::{Status, ranges};
use super::times::expected_seconds;

/// The parts of a plan, and which of them have runs to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Number of parts.
    pub parts: usize,
    /// Parts with runs to do, from 1, in order.
    pub open: Vec<usize>,
}

impl Shares {
    /// Divides a plan into the parts that its folder has, or into `wanted` parts, or into tasks of ten minutes; `None`
    /// if the time of the runs is unknown.
    ///
    /// # Errors
    /// A different plan in the folder, another number of parts, a folder that cannot be read.
    pub fn of(plan: &Plan, folder: &Path, wanted: Option<usize>) -> Result<Option<Self>> {
        if let Some(there) = plan.there(folder)? {
            there.expect_parts(folder, wanted.unwrap_or(there.parts))?;
            return Ok(Some(Self {
                parts: there.parts,
                open: Status::look(folder)?.open_parts(),
            }));
        }
        let runs = plan.jobs().count();
        let parts = match wanted {
            Some(parts) => parts.min(runs),
            None => match expected(plan, folder)? {
                Some(all) => parts_for(runs, all),
                None => return Ok(None),
            },
        };
        let open = (1..=parts).collect();
        Ok(Some(Self { parts, open }))
    }
}

/// The total time of all runs, estimated from earlier runs; `None` if an experiment has none.
fn expected(plan: &Plan, folder: &Path) -> Result<Option<Duration>> {
    let store = Store::open(folder);
    let mut all = 0.0;
    for experiment in &plan.experiments {
        let Some(seconds) = expected_seconds(&store, &experiment.id)? else {
            return Ok(None);
        };
        all += seconds * plan.seeds.len() as f64;
    }
    Ok(Duration::try_from_secs_f64(all).ok())
}

/// The intended time of a task, so that the scheduler's overhead does not matter.
const TASK: Duration = Duration::from_secs(600);

/// The maximum number of proposed tasks: by default, Slurm accepts indices up to 1000.
const MOST_TASKS: usize = 1000;

/// The number of parts that makes tasks of ten minutes, if the runs take the time `all` in total.
fn parts_for(runs: usize, all: Duration) -> usize {
    let parts = (all.as_secs_f64() / TASK.as_secs_f64()).ceil() as usize;
    parts.clamp(1, runs.clamp(1, MOST_TASKS))
}

/// A sweep to submit.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// The suite's name, used for the job.
    pub name: &'a str,
    /// The program's path.
    pub program: &'a str,
    /// The arguments of `run`, without those for the part.
    pub words: &'a [String],
    /// The working folder, to which paths in `words` are relative.
    pub from: &'a str,
    /// Folder of the scripts and of the tasks' logs.
    pub logs: &'a str,
    /// The parts, and which to submit.
    pub shares: &'a Shares,
    /// Options for the scheduler.
    pub options: &'a Submit,
}

/// The arguments of `run` for one part; `part` may be a shell variable.
pub fn part_words(part: &str, parts: usize, options: &Submit) -> [String; 5] {
    let threads = options.cpus.unwrap_or(1).to_string();
    let slice = format!("slice:{part}/{parts}");
    ["--partition", &slice, "--resume", "--threads", &threads].map(str::to_owned)
}

impl Submission<'_> {
    /// A line of shell for each part.
    ///
    /// # Errors
    /// A word that a shell cannot read.
    pub fn lines(&self) -> Result<String> {
        let mut lines = String::new();
        for part in &self.shares.open {
            let part = part_words(&part.to_string(), self.shares.parts, self.options).join(" ");
            lines += &format!("{} run {part}{}\n", quote(self.program)?, self.rest()?);
        }
        Ok(lines)
    }

    /// A job script for Slurm's `sbatch`, whose task K does part K.
    ///
    /// # Errors
    /// A word that a script cannot hold.
    pub fn slurm_job(&self) -> Result<String> {
        let open: Vec<u64> = self.shares.open.iter().map(|&part| part as u64).collect();
        let mut array = ranges(&open);
        if let Some(at_once) = self.options.at_once {
            write!(array, "%{at_once}")?;
        }
        let cpus = self.options.cpus.unwrap_or(1);
        let head = self.slurm_head("", "%A_%a")?;
        let part = part_words("$SLURM_ARRAY_TASK_ID", self.shares.parts, self.options);
        let [option, slice, others @ ..] = &part;
        let others = others.join(" ");
        let command = format!("{} run {option} \"{slice}\" {others}", quote(self.program)?);
        Ok(format!(
            r#"{head}#SBATCH --array={array}
#SBATCH --cpus-per-task={cpus}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@60
cd {from} || exit 1

# A minute before the time limit Slurm sends USR1. The run then writes a checkpoint and ends with 143, and the task
# is queued again to go on from there. A run that ends with 1 or 2 would do so again, and is left. Whoever cancels a
# task sends TERM and not USR1, so that it stays cancelled. The last task of an array has the array's own job number,
# which would mean all tasks, so the task is named in full.
time_is_over() {{
    kill -TERM "$!" || return
    wait "$!"
    code=$?
    [ "$code" -ne 143 ] || scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
    exit "$code"
}}
trap time_is_over USR1
{command}{rest} &
wait "$!"
"#,
            from = quote(self.from)?,
            rest = self.rest()?,
        ))
    }

    /// A job script that merges the suite's `folder`, quoted by [`quote_path`], after the array.
    ///
    /// # Errors
    /// A word that a script cannot hold.
    fn slurm_merge(&self, folder: &str) -> Result<String> {
        let head = self.slurm_head("-merge", "merge-%j")?;
        let (from, program) = (quote(self.from)?, quote(self.program)?);
        Ok(format!(
            "{head}cd {from} || exit 1\nexec {program} sweep merge {folder}\n"
        ))
    }

    /// Writes the two scripts and submits them; returns the job numbers.
    ///
    /// # Errors
    /// A script that cannot be written, or a failure of `sbatch`.
    pub fn to_slurm(&self, folder: &str) -> Result<[String; 2]> {
        let logs = Path::new(self.logs);
        let [job, merge] = ["job.sh", "merge.sh"].map(|name| logs.join(name));
        let merge_script = self.slurm_merge(folder)?;
        make_folder(logs)?;
        write(&job, self.slurm_job()?.as_bytes())?;
        write(&merge, merge_script.as_bytes())?;
        let array = sbatch(&[text(&job)?])
            .with_context(|| format!("nothing was submitted; the script is {}", job.display()))?;
        let after = format!("--dependency=afterany:{array}");
        let merge = sbatch(&[&after, text(&merge)?]).with_context(|| {
            format!(
                "job {array} was submitted, but not its merge; run mnist-lab sweep merge {folder} afterwards"
            )
        })?;
        Ok([array, merge])
    }

    /// The lines that both scripts begin with.
    fn slurm_head(&self, kind: &str, log: &str) -> Result<String> {
        let (name, logs) = (format!("{}{kind}", self.name), self.logs);
        // With a backslash in the path, Slurm expands no patterns, so all tasks share a log, and two backslashes mean
        // one. Otherwise a per cent sign begins a pattern, and two mean one.
        let log = match logs.contains('\\') {
            true => format!("{}/{name}.log", logs.replace('\\', r"\\")),
            false => format!("{}/{log}.log", logs.replace('%', "%%")),
        };
        let log = log.replace('\\', r"\\").replace('"', r#"\""#);
        let mut head =
            format!("#!/bin/sh\n#SBATCH --job-name={name}\n#SBATCH --output=\"{log}\"\n");
        let options = self.options;
        for (option, value) in [
            ("account", &options.account),
            ("partition", &options.queue),
            ("time", &options.time),
            ("mem", &options.mem),
        ] {
            if let Some(value) = value {
                writeln!(head, "#SBATCH --{option}={value}")?;
            }
        }
        Ok(head)
    }

    /// The user's arguments, each after a space.
    fn rest(&self) -> Result<String> {
        let words = self
            .words
            .iter()
            .map(|word| Ok(format!(" {}", quote(word)?)));
        words.collect()
    }
}

/// Quotes a path for a shell, so that a command does not take the path for an option.
///
/// # Errors
/// A path that a script cannot hold.
pub fn quote_path(path: &str) -> Result<String> {
    match path.starts_with('-') {
        true => quote(&format!("./{path}")),
        false => quote(path),
    }
}

/// Quotes a word for a shell.
fn quote(word: &str) -> Result<String> {
    ensure!(
        !word.contains(char::is_control),
        "{} has a control character; expected a word that a script can hold",
        quoted(word)
    );
    Ok(shlex::try_quote(word)?.into_owned())
}

/// Calls `sbatch` and returns the job number.
fn sbatch(words: &[&str]) -> Result<String> {
    let output = Command::new("sbatch")
        .arg("--parsable")
        .args(words)
        .output();
    let output =
        output.context("sbatch cannot be started; is this a host that submits to Slurm?")?;
    if !output.status.success() {
        // The cause is in the last line.
        let said = String::from_utf8_lossy(&output.stderr);
        let cause = on_one_line(said.trim().lines().last().unwrap_or_default());
        let help = match cause.ends_with("Invalid job array specification") {
            true => "; the array's indices exceed the cluster's MaxArraySize, so use fewer --parts",
            false => "",
        };
        bail!("sbatch: {}: {cause}{help}", output.status);
    }
    // `number` or `number;cluster`
    let answer = String::from_utf8_lossy(&output.stdout);
    let number = answer.trim().split(';').next().unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!(
            "sbatch: expected a job number, found {}",
            quoted(answer.trim())
        );
    }
    Ok(number.to_owned())
}

/// A path as text.
///
/// # Errors
/// A path that is not UTF-8.
pub fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{}: expected a path in UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_tasks_of_ten_minutes() {
        assert_eq!(parts_for(100, Duration::from_secs(3000)), 5);
        assert_eq!(parts_for(100, Duration::from_secs(10)), 1);
    }
}
