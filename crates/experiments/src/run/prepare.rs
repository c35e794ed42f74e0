//! Prepares a run from its settings.

use anyhow::Result;
use lab_results::model::AnyModel;
use lab_results::suite::Settings;
use mnist_samples::{Classifier, PixelData, Prepared};
use nn_train::Float;

/// The classifier with these settings. The library prepares and trains, so its users can repeat a run.
///
/// # Errors
/// Settings that are not valid; those of a suite are.
pub(super) fn classifier(settings: &Settings, seed: u64) -> Result<Classifier> {
    Ok(Classifier {
        hidden: settings.hidden.clone(),
        activation: settings.activation,
        init: settings.init,
        normalize: settings.normalize,
        split: Some(settings.split_rule()?),
        input: settings.input,
        config: settings.config(seed),
    })
}

/// Splits and normalises the data, and draws the initial weights or takes those of a model.
///
/// # Errors
/// As [`check`](super::check).
pub fn prepare<'a, F: Float>(
    settings: &Settings,
    seed: u64,
    data: &'a PixelData,
    init_from: Option<&AnyModel>,
) -> Result<Prepared<'a, F>> {
    let mut prepared = classifier(settings, seed)?.prepare(data)?;
    if let Some(model) = init_from {
        prepared.initial = model.params();
    }
    Ok(prepared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites;

    #[test]
    fn the_default_classifier_is_the_papers_experiment_with_momentum() {
        let paper = suites::load("paper").unwrap();
        let momentum = &paper.select(&["momentum".to_owned()]).unwrap()[0].settings;
        assert_eq!(classifier(momentum, 0).unwrap(), Classifier::default());
    }
}
