//! Classifiers of images: from a data set to predictions.

use mnist_data::{LabelledImages, Normalize, Normalizer, Order, Part, Split};
use ndarray::ArrayView2;
use nn_core::{Activation, Float, Init, InputForm, Mlp, Params, Score, Workspace, argmax};
use nn_train::{Config, Silent, State, Stopping, Stream, Trainer, ValidConfig, evaluate};

use crate::{Error, PixelData, PixelSamples};

/// The settings of a classifier of images. The default is the paper's network with 128 hidden units of tanh and momentum:
/// a random fifth of the training images validates, each image is normalised by its own mean and deviation, and early
/// stopping ends the training.
///
/// ```
/// # #[cfg(feature = "bundled")] {
/// use mnist_samples::mnist_data::Dataset;
/// use mnist_samples::nn_train::Config;
/// use mnist_samples::{Classifier, PixelData};
///
/// let data = PixelData::new(Dataset::bundled()?.truncated(6_000, 1_000));
/// let mut classifier = Classifier { hidden: vec![64], ..Classifier::default() };
/// classifier.config.epochs = 5;
/// let model = classifier.fit(&data)?;
/// assert!(model.evaluate(data.dataset().test())?.accuracy() > 0.85);
/// # }
/// # Ok::<(), mnist_samples::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    /// The number of units of each hidden layer. Without hidden layers, the classifier is softmax regression.
    pub hidden: Vec<usize>,
    /// The activation of the hidden layers.
    pub activation: Activation,
    /// The distribution of the initial weights.
    pub init: Init,
    /// The normalisation of the images.
    pub normalize: Normalize,
    /// The choice of the validation images. With `None`, all images train, and the stopping rule must be
    /// [`Stopping::Never`].
    pub split: Option<Split>,
    /// Dense or sparse batches.
    pub input: InputForm,
    /// The hyperparameters of the training. The seed also draws the split and the initial weights.
    pub config: Config,
}

impl Default for Classifier {
    fn default() -> Self {
        Self {
            hidden: vec![128],
            activation: Activation::Tanh,
            init: Init::LecunNormal,
            normalize: Normalize::PerImage,
            split: Some(Split {
                part: Part::Ratio(0.2),
                order: Order::Random,
            }),
            input: InputForm::Auto,
            config: Config {
                learning_rate: 0.1,
                momentum: 0.9,
                stopping: Stopping::Consecutive,
                ..Config::default()
            },
        }
    }
}

impl Classifier {
    /// Trains the network. [`prepare`](Self::prepare) gives access to each step of the training.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), and a loss that is not finite.
    pub fn fit(&self, data: &PixelData) -> Result<Model<f32>, Error> {
        let prepared = self.prepare(data)?;
        let mut trainer = prepared.trainer()?;
        trainer.run(Silent)?;
        let state = trainer.into_state();
        Ok(prepared.model(state))
    }

    /// Splits and normalises the data, and draws the initial weights.
    ///
    /// # Errors
    /// An invalid hyperparameter, an empty part of the split, a network that is too large.
    pub fn prepare<'a, F: Float>(&self, data: &'a PixelData) -> Result<Prepared<'a, F>, Error> {
        let images = data.dataset().train().len();
        let parts = match self.split {
            Some(split) => split.indices(images, &mut Stream::Split.rng(self.config.seed))?,
            None => ((0..images as u32).collect(), Vec::new()),
        };
        self.prepare_parts(data, parts)
    }

    /// Like [`prepare`](Self::prepare), but with the training and the validation images at these positions.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    ///
    /// # Panics
    /// If a position is not that of a training image of the data set.
    pub fn prepare_parts<'a, F: Float>(
        &self,
        data: &'a PixelData,
        (train, validation): (Vec<u32>, Vec<u32>),
    ) -> Result<Prepared<'a, F>, Error> {
        let config = self.config.clone().check()?;
        let images = data.dataset().train().images();
        let mut sizes = vec![images.pixels_per_image()];
        sizes.extend(&self.hidden);
        sizes.push(data.dataset().classes());
        let network = Mlp::new(&sizes, self.activation)?;
        let normalizer = self.normalize.fit(images, &train)?;
        Ok(Prepared {
            train: data.training(train, &normalizer, self.input),
            validation: data.training(validation, &normalizer, self.input),
            initial: network.init(self.init, &mut Stream::Init.rng(config.seed)),
            network,
            config,
            normalizer,
            data,
            input: self.input,
        })
    }
}

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
    /// The data set.
    pub data: &'a PixelData,
    /// Dense or sparse batches.
    pub input: InputForm,
}

impl<'a, F: Float> Prepared<'a, F> {
    /// A trainer that starts from the initial weights.
    ///
    /// # Errors
    /// Data that does not fit the settings.
    pub fn trainer(&self) -> Result<Trainer<'_, F, PixelSamples<'a, F>>, nn_train::Error> {
        self.resume(State::new(self.initial.clone()))
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
    pub fn test_set(&self) -> PixelSamples<'a, F> {
        self.data.testing(&self.normalizer, self.input)
    }

    /// The model of a run that ended in this state.
    pub fn model(&self, state: State<F>) -> Model<F> {
        let images = self.data.dataset().train().images();
        Model {
            state,
            normalizer: self.normalizer.clone(),
            image: [images.rows(), images.cols()],
        }
    }
}

/// A trained classifier of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Model<F> {
    state: State<F>,
    normalizer: Normalizer,
    /// The numbers of rows and columns of an image.
    image: [usize; 2],
}

impl<F: Float> Model<F> {
    /// The most probable class of an image, given its pixels row by row.
    ///
    /// # Errors
    /// Another number of pixels than that of a training image.
    pub fn predict(&self, image: &[u8]) -> Result<u8, Error> {
        // At most 256 classes.
        Ok(argmax(&self.predict_proba(image)?) as u8)
    }

    /// The probability of each class for an image, given its pixels row by row.
    ///
    /// # Errors
    /// Another number of pixels than that of a training image.
    pub fn predict_proba(&self, image: &[u8]) -> Result<Vec<F>, Error> {
        let [rows, columns] = self.image;
        if image.len() != rows * columns {
            return Err(Error::ImageLength {
                expected: self.image,
                found: image.len(),
            });
        }
        let mut x = vec![F::zero(); image.len()];
        self.normalizer.apply(image, &mut x);
        let x = ArrayView2::from_shape((1, x.len()), &x).expect("one row");
        let probabilities =
            self.network()
                .predict_proba(self.params(), &x, &mut Workspace::new())?;
        Ok(probabilities.into_iter().collect())
    }

    /// The loss and the accuracy on labelled images, such as the test set.
    ///
    /// # Errors
    /// Images of another shape than the training images, a label of no class.
    pub fn evaluate(&self, images: &LabelledImages) -> Result<Score, Error> {
        let found = [images.images().rows(), images.images().cols()];
        if found != self.image {
            let expected = self.image;
            return Err(Error::ImageShape { expected, found });
        }
        let samples = PixelSamples::all(images, None, &self.normalizer);
        Ok(evaluate(self.network(), self.params(), &samples)?)
    }

    /// The network.
    pub fn network(&self) -> &Mlp {
        self.params().network()
    }

    /// The weights and biases that predict: those of the best epoch, or the last ones without a validation set.
    pub fn params(&self) -> &Params<F> {
        self.state.best_params()
    }

    /// The state at the end of the training: the metrics of each epoch, the last and the best parameters.
    pub fn state(&self) -> &State<F> {
        &self.state
    }

    /// The normalisation of the images.
    pub fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }
}
