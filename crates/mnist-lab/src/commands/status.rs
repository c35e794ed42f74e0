//! `mnist-lab sweep status`

use std::time::Duration;

use anyhow::{Result, bail};
use experiments::sweep::status::{State, Status};
use lab_results::quote::on_one_line;

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
            let open = status.open().count();
            bail!("{open} of {} runs incomplete", status.runs.len());
        }
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn missing(status: &Status, as_array: bool) -> Result<()> {
    match as_array {
        true => print(&format!("{}\n", status.open_tasks()))?,
        false => print(
            &status
                .open()
                .map(|run| format!("{}\n", run.name()))
                .collect::<String>(),
        )?,
    }
    match status.is_complete() {
        true => Ok(()),
        false => Err(crate::ends::Silent.into()),
    }
}

/// A summary, and a line for each run that is under way, damaged or not usable.
fn shown(status: &Status) -> String {
    let lines = status.runs.iter().filter_map(|run| {
        let what = match &run.state {
            State::Done | State::Missing => return None,
            State::UnderWay(age) => format!("last checkpoint {} ago", time(*age)),
            State::Damaged(what) | State::Refused(what) => on_one_line(what),
        };
        Some(format!("{}: {what}\n", run.name()))
    });
    let refused = match status.count(|it| matches!(it, State::Refused(_))) {
        0 => String::new(),
        refused => format!(", {refused} not usable"),
    };
    let left = match status.left() {
        Some(left) if !status.is_complete() => format!("; {} of computing time left", time(left)),
        _ => String::new(),
    };
    // Only parts write a plan.
    let no_plan = match status.runs.iter().all(|run| run.part.is_none()) {
        true => "no plan found, so runs that have not begun are not counted\n",
        false => "",
    };
    format!(
        "{} of {} runs complete, {} under way, {} damaged, {} missing{refused}{left}\n{no_plan}{}",
        status.count(|it| *it == State::Done),
        status.runs.len(),
        status.count(|it| matches!(it, State::UnderWay(_))),
        status.count(|it| matches!(it, State::Damaged(_))),
        status.count(|it| *it == State::Missing),
        lines.collect::<String>(),
    )
}

fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
