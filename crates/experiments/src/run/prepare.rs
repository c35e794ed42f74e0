//! Prepares a run: the split, normalised images, the network and its initial weights.

use anyhow::Result;
use lab_results::model::AnyModel;
use lab_results::suite::Settings;
use mnist_data::Normalizer;
use mnist_samples::{InputForm, PixelData, PixelSamples};
use nn_core::{Mlp, Params};
use nn_train::{Float, State, Stream, Trainer, ValidConfig};

/// A run that is about to be trained.
#[derive(Debug)]
pub struct Prepared<'a, F> {
    /// The network.
    pub network: Mlp,
    /// The configuration of the trainer.
    pub config: ValidConfig,
    /// The normalisation, fitted on the training images.
    pub normalizer: Normalizer,
    /// The training images.
    pub train: PixelSamples<'a, F>,
    /// The validation images.
    pub validation: PixelSamples<'a, F>,
    /// The initial weights and biases.
    pub initial: Params<F>,
    pub(super) data: &'a PixelData,
    form: InputForm,
}

impl<'a, F: Float> Prepared<'a, F> {
    /// Splits and normalises the data, and draws the initial weights or takes those of a model.
    ///
    /// # Errors
    /// As [`check`](super::check).
    pub fn new(
        settings: &Settings,
        seed: u64,
        data: &'a PixelData,
        init_from: Option<&AnyModel>,
    ) -> Result<Self> {
        let images = data.dataset().train().images().len();
        let (train, validation) = settings
            .split_rule()?
            .indices(images, &mut Stream::Split.rng(seed))?;
        Self::of_split(settings, seed, data, init_from, (train, validation))
    }

    /// Like [`new`](Self::new), but with these images for training and validation.
    pub(super) fn of_split(
        settings: &Settings,
        seed: u64,
        data: &'a PixelData,
        init_from: Option<&AnyModel>,
        (train, validation): (Vec<u32>, Vec<u32>),
    ) -> Result<Self> {
        let images = data.dataset().train().images();
        let network = settings.network(images.pixels_per_image(), data.dataset().classes())?;
        let normalizer = settings.normalize.fit(images, &train)?;
        let form = settings.input;
        Ok(Self {
            config: settings.config(seed)?,
            train: data.training(train, &normalizer, form),
            validation: data.training(validation, &normalizer, form),
            initial: match init_from {
                None => network.init(settings.init, &mut Stream::Init.rng(seed)),
                Some(model) => model.params(),
            },
            network,
            normalizer,
            data,
            form,
        })
    }

    /// A trainer that starts from the initial weights.
    ///
    /// # Errors
    /// Data that does not fit the settings.
    pub fn trainer(&self) -> Result<Trainer<'_, F, PixelSamples<'a, F>>, nn_train::Error> {
        let (network, config, initial) = (&self.network, &self.config, self.initial.clone());
        Trainer::new(network, config, initial, &self.train, &self.validation)
    }

    /// A trainer that continues from a state.
    ///
    /// # Errors
    /// Data that does not fit the settings, a state that no run with these settings can have.
    pub fn resume(
        &self,
        state: State<F>,
    ) -> Result<Trainer<'_, F, PixelSamples<'a, F>>, nn_train::Error> {
        let (network, config) = (&self.network, &self.config);
        Trainer::resume(network, config, state, &self.train, &self.validation)
    }

    /// The test set, normalised like the training set.
    pub(super) fn test_set(&self) -> PixelSamples<'a, F> {
        self.data.testing::<F>(&self.normalizer, self.form)
    }
}
