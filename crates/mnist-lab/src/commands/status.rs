//! `mnist-lab sweep status`

use std::time::Duration;

use anyhow::{Result, bail};
use lab_parts::status::{State, Status};

use super::print;
use crate::cli::StatusArgs;

pub(crate) fn status(args: &StatusArgs) -> Result<()> {
    loop {
        let status = Status::look(&args.folder)?;
        if args.missing {
            return missing(&status, args.as_array);
        }
        print(&shown(&status))?;
        if status.is_complete() {
            return Ok(());
        }
        if !args.watch {
            let open = status.count(|state| *state != State::Done);
            bail!("{open} of {} runs are not done", status.runs.len());
        }
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn missing(status: &Status, as_array: bool) -> Result<()> {
    let open = status.runs.iter().filter(|run| run.state != State::Done);
    match as_array {
        true => print(&format!("{}\n", status.open_tasks()))?,
        false => print(
            &open
                .map(|run| format!("{}\n", run.name))
                .collect::<String>(),
        )?,
    }
    match status.is_complete() {
        true => Ok(()),
        false => Err(crate::ends::Silent.into()),
    }
}

/// A line, and one for each run that is under way or damaged.
fn shown(status: &Status) -> String {
    let done = status.count(|state| *state == State::Done);
    let missing = status.count(|state| *state == State::Missing);
    let (mut running, mut damaged) = (0, 0);
    let mut lines = String::new();
    for run in &status.runs {
        match &run.state {
            State::Done | State::Missing => {}
            State::Running(age) => {
                running += 1;
                lines += &format!("{}: checkpoint of {} ago\n", run.name, time(*age));
            }
            State::Damaged(what) => {
                damaged += 1;
                lines += &format!("{}: {}\n", run.name, lab_results::quote::on_one_line(what));
            }
        }
    }
    let left = match status.left() {
        Some(left) if !status.is_complete() => format!("; {} of one task's time left", time(left)),
        _ => String::new(),
    };
    format!(
        "{done} of {} runs done, {running} under way, {damaged} damaged, {missing} missing{left}\n{lines}",
        status.runs.len()
    )
}

fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
