//! The part of a plan that a task does: from the user, or from the scheduler's variables.

use std::str::FromStr;

use anyhow::{Context, Error, Result, bail, ensure};
use lab_results::quote::quoted;

/// The maximum number of parts.
const MOST_PARTS: usize = 1_000_000;

/// The value of `--partition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// `slice:K/N`: part K of N, counted from 1.
    Slice(Part),
    /// `auto`, `auto:N`: the part follows from the scheduler's variables; N is the number of parts, if they do not
    /// contain it.
    Auto {
        /// The number of parts.
        of: Option<usize>,
    },
}

/// Part `part` of `of`, counted from 1: every `of`-th job, from the `part`-th on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the part, 1 to `of`.
    pub part: usize,
    /// The number of parts.
    pub of: usize,
}

/// A task of an array, as the variables of its scheduler describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task's own index.
    pub index: u64,
    /// The index of the array's first task.
    pub first: u64,
    /// Whether arrays of this scheduler always begin with `first`. With others, a resubmitted array may begin later.
    pub is_fixed: bool,
    /// The number of tasks in the array, if known.
    pub count: Option<usize>,
}

impl Part {
    /// Part `part` of `of`.
    ///
    /// # Errors
    /// A part outside 1 to `of`, or too many parts.
    pub fn new(part: usize, of: usize) -> Result<Self> {
        ensure!(
            (1..=of).contains(&part) && of <= MOST_PARTS,
            "invalid part {part} of {of}; expected 1 to N of at most {MOST_PARTS}"
        );
        Ok(Self { part, of })
    }

    /// Whether the job at this place, counted from 0, belongs to the part.
    pub(super) fn has(self, place: usize) -> bool {
        Self::of_place(place, self.of) == self
    }

    /// The part, one of `of`, to which the job at this place belongs.
    pub(super) fn of_place(place: usize, of: usize) -> Self {
        Self {
            part: place % of + 1,
            of,
        }
    }

    /// The name of the part's folder: `3-of-40`.
    pub(super) fn name(self) -> String {
        format!("{}-of-{}", self.part, self.of)
    }
}

impl FromStr for Partition {
    type Err = Error;

    /// Reads `slice:3/40`, `auto` or `auto:40`.
    ///
    /// ```
    /// use experiments::sweep::partition::{Part, Partition};
    ///
    /// let partition: Partition = "slice:2/4".parse()?;
    /// assert_eq!(partition, Partition::Slice(Part { part: 2, of: 4 }));
    /// assert!("slice:5/4".parse::<Partition>().is_err());
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            format!(
                "invalid partition {}; expected slice:K/N, auto or auto:N",
                quoted(text)
            )
        };
        let number = |text: &str| text.parse::<usize>().with_context(unknown);
        if text == "auto" {
            return Ok(Self::Auto { of: None });
        }
        if let Some(of) = text.strip_prefix("auto:") {
            let of = number(of)?;
            Part::new(1, of)?;
            return Ok(Self::Auto { of: Some(of) });
        }
        let slice = text
            .strip_prefix("slice:")
            .and_then(|slice| slice.split_once('/'));
        let (part, of) = slice.with_context(unknown)?;
        Ok(Self::Slice(Part::new(number(part)?, number(of)?)?))
    }
}

impl Task {
    /// The task that the environment's variables describe; `variable` gives the value of a variable.
    ///
    /// # Errors
    /// No variable of a known scheduler, or one that is not a number.
    ///
    /// ```
    /// use experiments::sweep::partition::Task;
    ///
    /// let slurm = [
    ///     ("SLURM_ARRAY_TASK_ID", "7"),
    ///     ("SLURM_ARRAY_TASK_MIN", "1"),
    ///     ("SLURM_ARRAY_TASK_MAX", "40"),
    ///     ("SLURM_ARRAY_TASK_COUNT", "40"),
    /// ];
    /// let variable = |name: &str| Some(slurm.iter().find(|it| it.0 == name)?.1.to_owned());
    /// let task = Task::from_variables(variable)?;
    /// assert_eq!(task, Task { index: 7, first: 1, is_fixed: false, count: Some(40) });
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let number = |name: &str| -> Result<Option<u64>> {
            let text = variable(name).filter(|text| !text.is_empty() && text != "undefined");
            let number = text.map(|text| {
                let found = quoted(&text);
                text.parse()
                    .with_context(|| format!("{name} is {found}; expected a number"))
            });
            number.transpose()
        };
        let count = |first: Option<u64>, last: Option<u64>| -> Option<usize> {
            let count = last?.checked_sub(first?)?.checked_add(1)?;
            usize::try_from(count).ok()
        };
        if let Some(index) = number("SLURM_ARRAY_TASK_ID")? {
            let (first, last) = (
                number("SLURM_ARRAY_TASK_MIN")?,
                number("SLURM_ARRAY_TASK_MAX")?,
            );
            let tasks = number("SLURM_ARRAY_TASK_COUNT")?;
            // An array with gaps, as after a resubmission, does not show the size of the first array.
            let size = count(first, last).filter(|&size| tasks == Some(size as u64));
            return Ok(Self {
                index,
                first: first.unwrap_or(1),
                is_fixed: false,
                count: size,
            });
        }
        if let Some(index) = number("SGE_TASK_ID")? {
            let (first, last) = (number("SGE_TASK_FIRST")?, number("SGE_TASK_LAST")?);
            return Ok(Self {
                index,
                first: first.unwrap_or(1),
                is_fixed: false,
                count: count(first, last)
                    .filter(|_| !matches!(number("SGE_TASK_STEPSIZE"), Ok(Some(2..)))),
            });
        }
        for (name, size, first) in [
            ("JOB_COMPLETION_INDEX", None, 0),
            (
                "AWS_BATCH_JOB_ARRAY_INDEX",
                Some("AWS_BATCH_JOB_ARRAY_SIZE"),
                0,
            ),
            ("PBS_ARRAY_INDEX", None, 1),
        ] {
            if let Some(index) = number(name)? {
                let size = size.map(number).transpose()?.flatten();
                return Ok(Self {
                    index,
                    first,
                    is_fixed: first == 0,
                    count: size.and_then(|size| usize::try_from(size).ok()),
                });
            }
        }
        bail!(
            "array task unknown: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, PBS_ARRAY_INDEX, SGE_TASK_ID and \
             AWS_BATCH_JOB_ARRAY_INDEX is set; expected one, or --partition slice:K/N"
        )
    }
}
