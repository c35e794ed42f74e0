//! Child processes, and the signals that are meant for them.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};
#[cfg(unix)]
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

/// A child was interrupted, and has said how to go on; or it was killed.
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

/// The child that runs now.
#[cfg(unix)]
static CHILD: Mutex<Option<rustix::process::Pid>> = Mutex::new(None);

/// From now on a signal does not end this process while a child runs, but is passed on to it. A terminal sends
/// SIGINT to both; mnist-lab takes two at once for one.
///
/// # Errors
/// The system does not let us.
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
                // It may have ended meanwhile.
                Some(child) => drop(kill_process(child, passed_on)),
            }
        }
    });
    Ok(())
}

/// The first Ctrl-C is for the child, which the console sends it to as well; a second one ends us.
///
/// # Errors
/// The system does not let us.
#[cfg(not(unix))]
pub(crate) fn listen() -> Result<()> {
    use signal_hook::flag;
    use std::sync::atomic::AtomicBool;

    static HEARD: AtomicBool = AtomicBool::new(false);
    flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, &HEARD)?;
    flag::register(SIGINT, &HEARD)?;
    Ok(())
}

/// Starts a child, known to those who pass on signals from its first moment.
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

/// Runs a command to its end and expects it to be well.
///
/// # Errors
/// [`Interrupted`], or the command and how it ended.
pub(crate) fn start(command: &mut Command) -> Result<()> {
    let words = command.get_args().map(|word| word.to_string_lossy());
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{program} {}", words.collect::<Vec<_>>().join(" "));
    let mut child = spawn(command).with_context(|| line.clone())?;
    let status = child.wait();
    #[cfg(unix)]
    CHILD.lock().unwrap_or_else(|e| e.into_inner()).take();
    let status = status.with_context(|| line.clone())?;
    if let Some(code) = interruption(status) {
        bail!(Interrupted { code });
    }
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// The exit code for a child that SIGINT or SIGTERM ended, itself or by its own exit code.
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

    #[test]
    fn an_interrupted_child_is_told_from_one_that_failed() {
        assert!(end("exit 0").is_ok());
        for (script, code) in [("exit 130", 130), ("exit 143", 143), ("kill -INT $$", 130)] {
            let error = end(script).unwrap_err();
            assert_eq!(error.downcast_ref::<Interrupted>().unwrap().code, code);
        }
        for (script, said) in [("exit 1", "exit status: 1"), ("kill -KILL $$", "signal: 9")] {
            let message = end(script).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
