//! `mnist-lab sweep submit`

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use experiments::sweep::submit::{Shares, Submission, part_words, quote_path, text};
use lab_results::disk::atomic_file::make_folder;
use lab_results::names::SUBMIT;
use lab_results::suite::Submit;

use super::request::Request;
use super::{complain, note, print};
use crate::cli::{self, Cli, RunArgs, ScriptArgs, SlurmArgs, SubmitArgs, SubmitTo};
use crate::ends::Usage;

pub(crate) fn submit(args: &SubmitArgs, quiet: bool) -> Result<()> {
    let (script, slurm) = match &args.to {
        SubmitTo::Script(script) => (script, None),
        SubmitTo::Slurm(slurm) => (&slurm.script, Some(slurm)),
    };
    let options = scheduler_options(script, slurm);
    options.check().map_err(Usage)?;
    let run = run_args(&script.run, &options);
    let request = Request::new(&run, true)?;
    let options = options.or(request.submit);
    let folder = request.folder.display();
    let shares = Shares::of(&request.plan, &request.folder, options.parts)?.ok_or_else(|| {
        let runs = request.plan.jobs().count();
        Usage(anyhow!(
            "time of these {runs} runs unknown in {folder}; use --parts N, so that a task takes minutes"
        ))
    })?;
    let folder = quote_path(text(&request.folder)?)?;
    if shares.open.is_empty() {
        complain(&format!(
            "all runs are complete; `mnist-lab sweep merge {folder}` merges them"
        ));
        return Ok(());
    }
    let logs = std::path::absolute(request.folder.join(SUBMIT))?;
    let program = std::env::current_exe().context("path of this program unknown")?;
    let from = std::env::current_dir().context("working folder unknown")?;
    let submission = Submission {
        name: &request.name,
        program: text(&program)?,
        words: &script.run,
        from: text(&from)?,
        logs: text(&logs)?,
        shares: &shares,
        options: &options,
    };
    match slurm {
        None => print(&submission.lines()?),
        Some(slurm) if slurm.print => {
            let job = submission.slurm_job()?;
            // Slurm does not make the folder of the logs, and tasks fail without it.
            make_folder(&logs)?;
            print(&job)
        }
        Some(_) => {
            let [array, merge] = submission.to_slurm(&folder)?;
            print(&format!("{array}\n{merge}\n"))?;
            let (open, parts) = (shares.open.len(), shares.parts);
            note(
                quiet,
                &format!(
                    "{open} of {parts} parts are job {array}, their merge is job {merge}; mnist-lab sweep status {folder} \
                     shows the progress"
                ),
            );
            Ok(())
        }
    }
}

/// The options in the form that suites have, too; they know no command line.
fn scheduler_options(script: &ScriptArgs, slurm: Option<&SlurmArgs>) -> Submit {
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

/// The options of a task's command line. An error in them ends this program as it would end the task.
fn run_args(words: &[String], options: &Submit) -> RunArgs {
    let part = part_words("1", 1, options);
    let program = ["mnist-lab", "run"].map(str::to_owned);
    let words = program.iter().chain(&part).chain(words);
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(cli::Command::Run(run)) => run,
        Ok(_) => unreachable!("the word after the program's name is run"),
        Err(error) => error.exit(),
    }
}
