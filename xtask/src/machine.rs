//! The machine of a benchmark: its processors, the load by others, and programs pinned to processors.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::lab::complain;

/// Above this load average, or above this number of processors used by others, times are too long.
const QUIET_LOAD: f64 = 0.5;
const QUIET_OTHERS: f64 = 0.1;

/// The processors that this process and its children may use.
pub(crate) struct Processors {
    numbers: Vec<usize>,
    taskset: bool,
}

impl Processors {
    /// # Errors
    /// The system is not Linux.
    pub(crate) fn allowed() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")
            .context("/proc/self/status: benchmarks pin processes and run on Linux only")?;
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .context("/proc/self/status: Cpus_allowed_list not found")?;
        let numbers =
            parse_list(list.trim()).with_context(|| format!("Cpus_allowed_list is {list}"))?;
        let version = Command::new("taskset")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let taskset = version.is_ok_and(|status| status.success());
        if !taskset {
            complain("warning: taskset not found; the processes of this workspace are not pinned");
        }
        Ok(Self { numbers, taskset })
    }

    /// # Errors
    /// Fewer processors.
    pub(crate) fn ensure(&self, threads: usize) -> Result<()> {
        let count = self.numbers.len();
        ensure!(
            threads <= count,
            "--threads is {threads}; this process may use {count} processors"
        );
        Ok(())
    }

    /// A program pinned to as many processors as it has threads: the first allowed ones, as in the Python scripts.
    pub(crate) fn pinned(&self, threads: usize, program: &Path) -> Command {
        if !self.taskset {
            return Command::new(program);
        }
        let first = self.numbers.iter().take(threads).map(usize::to_string);
        let list = first.collect::<Vec<_>>().join(",");
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &list]).arg(program);
        command
    }
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

pub(crate) fn processor() -> String {
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

/// The load average of the last minute.
fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The load average; if it is high, a warning on standard error.
pub(crate) fn load_at_start() -> Option<f64> {
    let load = load_average();
    if load.is_some_and(|load| load > QUIET_LOAD) {
        complain("warning: others use this machine; the times will be unreliable");
    }
    load
}

/// The use of the machine during a benchmark.
pub(crate) struct Usage {
    load_before: f64,
    load_after: f64,
    /// The average number of processors that other processes or virtual machines kept busy.
    others: f64,
}

impl Usage {
    pub(crate) fn was_quiet(&self) -> bool {
        self.load_before <= QUIET_LOAD && self.others <= QUIET_OTHERS
    }

    pub(crate) fn describe(&self) -> String {
        let Self {
            load_before,
            load_after,
            others,
        } = self;
        format!(
            "load average {load_before:.2} before and {load_after:.2} at the end, this command's own \
             processes included; others kept {others:.2} processors busy meanwhile"
        )
    }

    /// Prints a warning if others used the machine.
    pub(crate) fn warn(&self) {
        if !self.was_quiet() {
            complain(&format!(
                "warning: others used this machine ({})",
                self.describe()
            ));
        }
    }
}

/// Measures the use of the machine from a point in time.
pub(crate) struct Watch {
    load: f64,
    ticks: Ticks,
}

impl Watch {
    /// `load` is the load average before this command started, builds included. `None` if the system does not report
    /// its use.
    pub(crate) fn begin(load: Option<f64>) -> Option<Self> {
        let ticks = Ticks::now()?;
        Some(Self { load: load?, ticks })
    }

    pub(crate) fn end(self) -> Option<Usage> {
        Some(Usage {
            load_before: self.load,
            load_after: load_average()?,
            others: Ticks::now()?.others_since(&self.ticks),
        })
    }
}

/// Times since the start of the machine, in the kernel's unit.
struct Ticks {
    /// The sum over all processors.
    all: u64,
    busy: u64,
    /// The time of this process and of ended children.
    ours: u64,
    processors: usize,
}

impl Ticks {
    fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        Self::read(&stat, &own)
    }

    fn read(stat: &str, own: &str) -> Option<Self> {
        let numbers = |line: &str| -> Option<Vec<u64>> {
            let words = line.split_whitespace();
            words.map(|word| word.parse().ok()).collect()
        };
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
        let total = numbers(stat.lines().next()?.strip_prefix("cpu ")?)?;
        let total = total.get(..8)?;
        let all = total.iter().sum();
        let single = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        // utime, stime, cutime and cstime are fields 14 to 17. The second field, a name in brackets, may have blanks.
        let (_, rest) = own.rsplit_once(')')?;
        let rest: Vec<&str> = rest.split_whitespace().collect();
        Some(Self {
            all,
            busy: all - total[3] - total[4],
            ours: numbers(&rest.get(11..15)?.join(" "))?.iter().sum(),
            processors: stat.lines().filter(single).count(),
        })
    }

    fn others_since(&self, earlier: &Self) -> f64 {
        let busy = self.busy.saturating_sub(earlier.busy);
        let others = busy.saturating_sub(self.ours - earlier.ours);
        let each = self.all.saturating_sub(earlier.all) as f64 / self.processors.max(1) as f64;
        if each > 0.0 {
            others as f64 / each
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors() {
        assert_eq!(parse_list("0-2,5").unwrap(), [0, 1, 2, 5]);
        assert_eq!(parse_list("7").unwrap(), [7]);
        assert!(parse_list("").is_err());
    }

    #[test]
    fn what_others_used_is_what_was_busy_and_not_ours() {
        let ticks = |user, idle, ours| {
            let stat = format!("cpu  {user} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nintr 5\n");
            let own = format!("7 (a ) name) R 1 2 3 4 5 6 7 8 9 10 {ours} 0 5 0 20 0 1");
            Ticks::read(&stat, &own).unwrap()
        };
        // Two processors for 100 ticks: 130 of 200 were busy, 80 of them ours.
        let (before, after) = (ticks(1000, 500, 10), ticks(1130, 570, 90));
        assert_eq!(after.others_since(&before), 0.5);
    }
}
