//! `mnist-lab`: runs the paper's experiments or your own and writes reports.

mod cli;
mod commands;
mod console;
mod ends;
mod interrupt;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;
use cli::Cli;
use ends::{Silent, Unfinished, Usage};

/// Exit codes: 0 success, 1 failure, 2 usage error, 128 + N after signal N.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = interrupt::survive_limits().and_then(|()| commands::run_command(&cli));
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if error.is::<Silent>() {
        return ExitCode::FAILURE;
    }
    if let Some(Unfinished {
        signal,
        message,
        resume,
    }) = error.downcast_ref()
    {
        let error = if *signal == 0 { "error: " } else { "" };
        output::complain(&format!("{error}{message}; continue with"));
        output::complain(&format!("  {resume}"));
        let code = if *signal == 0 { 1 } else { 128 + signal };
        return ExitCode::from(u8::try_from(code).unwrap_or(1));
    }
    output::complain(&format!("error: {error:#}"));
    if error.is::<Usage>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Whether the reader of the output, such as `head`, has closed the pipe.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
