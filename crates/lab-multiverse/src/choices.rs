//! All choices of a multiverse, those that are read off a run last.

use lab_results::suite::Weights;

use crate::fit::Choice;
use crate::grid::Multiverse;

/// The choices by name, and what may be chosen.
pub(crate) fn choices(multiverse: &Multiverse) -> Vec<(String, Vec<String>)> {
    let trained = multiverse.trained.iter().map(|axis| {
        let words = (0..axis.values.len()).map(|at| axis.word(at));
        (axis.key.clone(), words.collect())
    });
    let weights = multiverse.weights.iter().map(|it| match it {
        Weights::Best => "best".to_owned(),
        Weights::Last => "last".to_owned(),
    });
    let read_off = [
        ("stopping".to_owned(), multiverse.stopping.clone()),
        ("weights".to_owned(), weights.collect()),
    ];
    trained.chain(read_off).collect()
}

/// The words of a combination: of each choice, what was chosen.
pub(crate) fn words(multiverse: &Multiverse, (cell, stopping, weights): &Choice) -> Vec<String> {
    let options = cell.iter().copied().chain([*stopping, *weights]);
    let chosen = choices(multiverse).into_iter().zip(options);
    chosen
        .map(|((_, options), at)| options[at].clone())
        .collect()
}
