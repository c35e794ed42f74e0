//! The outcome of an exercise.

use std::any::Any;

use crate::project::TRAINING;

/// Whether an answer is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The answer is right.
    Passed,
    /// The answer is wrong.
    Failed,
    /// The hole is still there.
    NotWritten,
    /// There is no answer: a panic, a crash, an endless loop, or code that does not compile.
    Error,
}

impl State {
    const ALL: [Self; 4] = [Self::Passed, Self::Failed, Self::NotWritten, Self::Error];

    /// The name, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotWritten => "not written",
            Self::Error => "error",
        }
    }
}

/// The outcome of an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the answer is right.
    pub state: State,
    /// What is wrong, in sentences; empty for a right answer.
    pub message: String,
    /// The mistake that gives the same numbers, if there is one.
    pub mistake: Option<String>,
}

impl Outcome {
    pub(crate) fn new(state: State, message: String) -> Self {
        Self {
            state,
            message,
            mistake: None,
        }
    }

    pub(crate) fn passed() -> Self {
        Self::new(State::Passed, String::new())
    }

    /// An exercise without an answer.
    pub fn error(message: String) -> Self {
        Self::new(State::Error, message)
    }

    /// The outcome of a panic in an answer's function. The holes of the project panic too.
    pub(crate) fn of_panic(function: &str, payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("without a message");
        if let Some(text) = text.strip_prefix("not yet implemented: ") {
            return Self::new(State::NotWritten, text.to_owned());
        }
        let advice = if function == TRAINING {
            ". Solve the other exercises first."
        } else if text.contains("not compatible for matrix multiplication") {
            "; a matrix may have to be transposed with `.t()`"
        } else {
            ""
        };
        Self::error(format!("{function}: the code panicked: {text}{advice}"))
    }

    /// The text of the file that [`Outcome::read`] reads.
    pub(crate) fn to_file(&self) -> String {
        let mistake = self.mistake.as_deref().unwrap_or_default();
        format!("{}\n{mistake}\n{}", self.state.name(), self.message)
    }

    /// An outcome from the text of the file that a test wrote.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.splitn(3, '\n');
        let name = lines.next()?;
        let state = State::ALL.into_iter().find(|state| state.name() == name)?;
        let mistake = lines
            .next()
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        let message = lines.next()?.to_owned();
        Some(Self {
            state,
            message,
            mistake,
        })
    }
}
