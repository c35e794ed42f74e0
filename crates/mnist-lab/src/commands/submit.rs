//! `mnist-lab sweep submit`

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;
use lab_parts::plan::Plan;
use lab_parts::status::{Status, expected_seconds};
use lab_parts::submit::{Submission, part_words, parts_for};
use lab_results::disk::whole::{make_folder, write};
use lab_results::names::{PLAN, SUBMIT};
use lab_results::quote::on_one_line;
use lab_results::store::Store;
use lab_results::suite::Submit;

use super::asked::Asked;
use super::{complain, print};
use crate::cli::{self, Cli, RunArgs, ScriptArgs, SlurmArgs, SubmitArgs, SubmitTo};
use crate::ends::Usage;

pub(crate) fn submit(args: &SubmitArgs, quiet: bool) -> Result<()> {
    let (script, slurm) = match &args.to {
        SubmitTo::Script(script) => (script, None),
        SubmitTo::Slurm(slurm) => (&slurm.script, Some(slurm)),
    };
    let wishes = wishes(script, slurm);
    wishes.check().map_err(Usage)?;
    let run = run_args(&script.run, &wishes);
    let asked = Asked::new(&run, true)?;
    let wishes = wishes.or(asked.suite.as_written.submit.clone());
    let folder = asked.folder.clone();
    let (parts, open) = shares(&asked.in_parts(&run.seeds.0)?, &folder, wishes.parts)?;
    if open.is_empty() {
        complain(&format!(
            "all runs are done; mnist-lab sweep merge {} puts them together",
            folder.display()
        ));
        return Ok(());
    }
    let logs = std::path::absolute(folder.join(SUBMIT))?;
    let program = std::env::current_exe().context("the program's own path")?;
    let from = std::env::current_dir().context("the working folder")?;
    let submission = Submission {
        name: &asked.suite.as_written.name,
        program: text(&program)?,
        words: &script.run,
        from: text(&from)?,
        logs: text(&logs)?,
        parts,
        open: &open,
        wishes: &wishes,
    };
    match slurm {
        None => print(&submission.lines()?),
        Some(slurm) if slurm.print => print(&submission.slurm_job()?),
        Some(_) => {
            let jobs = to_slurm(&submission, &folder, &logs)?;
            print(&format!("{}\n{}\n", jobs[0], jobs[1]))?;
            if !quiet {
                complain(&format!(
                    "{} of {parts} parts are job {}, their merge is job {}; mnist-lab sweep status {} looks after them",
                    open.len(),
                    jobs[0],
                    jobs[1],
                    folder.display()
                ));
            }
            Ok(())
        }
    }
}

fn wishes(script: &ScriptArgs, slurm: Option<&SlurmArgs>) -> Submit {
    Submit {
        parts: script.parts,
        cpus: script.cpus,
        at_once: slurm.and_then(|it| it.at_once),
        mem: slurm.and_then(|it| it.mem.clone()),
        time: slurm.and_then(|it| it.time.clone()),
        account: slurm.and_then(|it| it.account.clone()),
        queue: slurm.and_then(|it| it.queue.clone()),
    }
}

/// What a task's command line means. What is wrong with it ends this program as it would end the task.
fn run_args(words: &[String], wishes: &Submit) -> RunArgs {
    let part = part_words("1", 1, wishes);
    let program = ["mnist-lab", "run"].map(str::to_owned);
    let words = program.iter().chain(&part).chain(words);
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(cli::Command::Run(run)) => run,
        Ok(_) => unreachable!("the word after the program's name is run"),
        Err(error) => error.exit(),
    }
}

/// How many parts there are, and which of them have runs to do.
fn shares(plan: &Plan, folder: &Path, wanted: Option<usize>) -> Result<(usize, Vec<usize>)> {
    if let Some(there) = plan.there(folder)? {
        if let Some(wanted) = wanted.filter(|&wanted| wanted != there.parts) {
            bail!(
                "{}: has {} parts; found {wanted}",
                folder.join(PLAN).display(),
                there.parts
            );
        }
        return Ok((there.parts, Status::look(folder)?.open_parts()));
    }
    let runs = plan.jobs().count();
    let parts = match wanted {
        Some(parts) => parts.min(runs),
        None => {
            let all = expected(plan, folder)?.ok_or_else(|| {
                Usage(anyhow!(
                    "how long these {runs} runs take is unknown in {}; expected --parts N, so that a task takes minutes",
                    folder.display()
                ))
            })?;
            parts_for(runs, all)
        }
    };
    Ok((parts, (1..=parts).collect()))
}

/// How long all runs take one after the other, if earlier ones of each experiment say so.
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

/// Writes the two scripts and submits them; gives the jobs' numbers.
fn to_slurm(submission: &Submission<'_>, folder: &Path, logs: &Path) -> Result<[String; 2]> {
    let [job, merge] = ["job.sh", "merge.sh"].map(|name| logs.join(name));
    let merge_script = submission.slurm_merge(text(folder)?)?;
    make_folder(logs)?;
    write(&job, submission.slurm_job()?.as_bytes())?;
    write(&merge, merge_script.as_bytes())?;
    let array = sbatch(&[text(&job)?])
        .with_context(|| format!("nothing is submitted; {} is written", job.display()))?;
    let after = format!("--dependency=afterany:{array}");
    let merge = sbatch(&[&after, text(&merge)?]).with_context(|| {
        let folder = folder.display();
        format!(
            "job {array} is submitted, but not its merge; afterwards run mnist-lab sweep merge {folder}"
        )
    })?;
    Ok([array, merge])
}

/// The number of the job that sbatch submits.
fn sbatch(words: &[&str]) -> Result<String> {
    let output = Command::new("sbatch")
        .arg("--parsable")
        .args(words)
        .output();
    let output =
        output.context("sbatch cannot be started; is this a host that submits to Slurm?")?;
    if !output.status.success() {
        // It says the cause last.
        let said = String::from_utf8_lossy(&output.stderr);
        let cause = on_one_line(said.trim().lines().last().unwrap_or_default());
        bail!("sbatch: {}: {cause}", output.status);
    }
    // `number` or `number;cluster`
    let answer = String::from_utf8_lossy(&output.stdout);
    let number = answer.trim().split(';').next().unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!(
            "sbatch: said {}; expected a job's number",
            lab_results::quote::quoted(answer.trim())
        );
    }
    Ok(number.to_owned())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{}: is no text", path.display()))
}
