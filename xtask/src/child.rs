//! Child processes, and the signals that are passed on to them.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
#[cfg(unix)]
use std::sync::Mutex;

use anyhow::{Context, Result, bail, ensure};
use signal_hook::consts::{SIGINT, SIGTERM};

/// A signal ended a child, which has told the user how to continue.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) code: u8,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The running child.
#[cfg(unix)]
static CHILD: Mutex<Option<rustix::process::Pid>> = Mutex::new(None);

/// Passes signals on to the running child instead of ending this process. A terminal sends SIGINT to both processes;
/// mnist-lab counts two signals at once as one.
///
/// # Errors
/// The system installs no signal handler.
#[cfg(unix)]
pub(crate) fn listen() -> Result<()> {
    use rustix::process::{Signal, kill_process};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        for signal in &mut signals {
            let child = CHILD.lock().unwrap_or_else(|e| e.into_inner());
            let passed_on = if signal == SIGINT {
                Signal::INT
            } else {
                Signal::TERM
            };
            match *child {
                None => std::process::exit(128 + signal),
                // The child may have ended meanwhile.
                Some(child) => drop(kill_process(child, passed_on)),
            }
        }
    });
    Ok(())
}

/// Ignores the first Ctrl-C, which the console sends to the child as well. The second Ctrl-C ends this process.
///
/// # Errors
/// The system installs no signal handler.
#[cfg(not(unix))]
pub(crate) fn listen() -> Result<()> {
    use signal_hook::flag;
    use std::sync::atomic::AtomicBool;

    static HEARD: AtomicBool = AtomicBool::new(false);
    flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, &HEARD)?;
    flag::register(SIGINT, &HEARD)?;
    Ok(())
}

/// Starts a child. Signals are passed on to it from its first moment.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    #[cfg(unix)]
    let mut known = CHILD.lock().unwrap_or_else(|e| e.into_inner());
    let child = command.spawn()?;
    #[cfg(unix)]
    {
        *known = Some(rustix::process::Pid::from_child(&child));
    }
    Ok(child)
}

/// Runs a command to its end and expects success.
///
/// # Errors
/// [`Interrupted`], or the command and its exit status.
pub(crate) fn start(command: &mut Command) -> Result<()> {
    let line = line(command);
    let child = spawn(command);
    let mut child = child.with_context(|| format!("cannot start `{line}`"))?;
    let status = child.wait();
    #[cfg(unix)]
    CHILD.lock().unwrap_or_else(|e| e.into_inner()).take();
    expect_success(&line, status.with_context(|| line.clone())?)
}

/// As [`start`], but discards the command's standard output.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    start(command.stdout(Stdio::null()))
}

/// Runs a command to its end, expects success, and returns its standard output.
///
/// # Errors
/// As [`start`].
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let line = line(command);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start `{line}`"))?;
    expect_success(&line, output.status)?;
    Ok(output.stdout)
}

/// As [`output`], for an output that is text.
///
/// # Errors
/// As [`start`], or bytes that are not UTF-8.
pub(crate) fn text(command: &mut Command) -> Result<String> {
    String::from_utf8(output(command)?).with_context(|| line(command))
}

/// The command as a user would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    let words = command.get_args().map(|word| word.to_string_lossy());
    [program]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

fn expect_success(line: &str, status: ExitStatus) -> Result<()> {
    if let Some(code) = interruption(status) {
        bail!(Interrupted { code });
    }
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// The exit code for a child that SIGINT or SIGTERM ended, directly or by the child's own exit code.
fn interruption(status: ExitStatus) -> Option<u8> {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    [SIGINT, SIGTERM]
        .into_iter()
        .map(|signal| 128 + signal)
        .find(|expected| code == Some(*expected))
        .and_then(|code| u8::try_from(code).ok())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn end(script: &str) -> Result<()> {
        start(Command::new("sh").args(["-c", script]))
    }

    /// The tests send no signal that the caller may ignore, such as SIGINT in a background job: a child inherits this.
    #[test]
    fn an_interrupted_child_is_told_from_one_that_failed() {
        assert!(end("exit 0").is_ok());
        for (script, code) in [("exit 130", 130), ("exit 143", 143)] {
            let error = end(script).unwrap_err();
            assert_eq!(error.downcast_ref::<Interrupted>().unwrap().code, code);
        }
        for (signal, code) in [(SIGINT, Some(130)), (SIGTERM, Some(143)), (9, None)] {
            let ended_by = std::os::unix::process::ExitStatusExt::from_raw(signal);
            assert_eq!(interruption(ended_by), code);
        }
        for (script, said) in [("exit 1", "exit status: 1"), ("kill -KILL $$", "signal: 9")] {
            let message = end(script).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
