//! The list of exercises.

use crate::cases::{self, Results};
use crate::functions::Functions;

/// The name of a loss, and how far an answer's gradient of the loss is from its central differences.
type Disagreement = (&'static str, fn(&Functions) -> f64);

/// An exercise: a file with functions to write.
pub struct Exercise {
    /// The name, which is also that of the file and the module.
    pub name: &'static str,
    /// The text of the file, with `//~ NAME` in place of each function.
    pub(crate) template: &'static str,
    /// Three hints, of which the third is nearest to the code.
    pub(crate) hints: &'static str,
    /// Calls the functions in every case, and adds what they return.
    pub(crate) call: fn(&Functions, &mut Results),
    /// The check of the gradient, if the exercise asks for a loss and its gradient.
    pub(crate) disagreement: Option<Disagreement>,
}

macro_rules! exercises {
    ($($name:ident: $disagreement:expr,)*) => {
        /// The exercises, in the order in which they are meant to be solved.
        pub const EXERCISES: &[Exercise] = &[$(Exercise {
            name: stringify!($name),
            template: include_str!(concat!("../template/", stringify!($name), ".rs")),
            hints: include_str!(concat!("../template/hints/", stringify!($name), ".txt")),
            call: cases::$name,
            disagreement: $disagreement,
        }),*];
    };
}

exercises! {
    softmax: None,
    cross_entropy: Some(("loss", cases::cross_entropy_disagreement)),
    forward: None,
    backward: Some(("loss", cases::backward_disagreement)),
    momentum: None,
    penalty: Some(("penalty", cases::penalty_disagreement)),
    early_stopping: None,
    gradient_check: None,
}

impl Exercise {
    /// The exercise of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        EXERCISES.iter().find(|exercise| exercise.name == name)
    }

    /// A hint; level 1 says least, and level 3 most.
    pub fn hint(&self, level: usize) -> Option<&'static str> {
        let mut hints = self.hints.split("\n---\n");
        hints.nth(level.checked_sub(1)?).map(str::trim)
    }
}
