//! Errors of classifiers.

/// The reason why a classifier cannot be trained or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data set is unusable.
    #[error(transparent)]
    Data(#[from] mnist_data::Error),
    /// A hyperparameter is invalid.
    #[error(transparent)]
    Config(#[from] nn_train::ConfigError),
    /// The network is impossible, or a label has no output unit.
    #[error(transparent)]
    Network(#[from] nn_core::Error),
    /// The training could not begin, or diverged.
    #[error(transparent)]
    Training(#[from] nn_train::Error),
    /// An image has another number of pixels than the training images.
    #[error(
        "an image of {found} pixels; expected {} ({} × {})", expected[0] * expected[1], expected[0], expected[1]
    )]
    ImageLength {
        /// The numbers of rows and columns of a training image.
        expected: [usize; 2],
        /// The number of pixels found.
        found: usize,
    },
    /// Images have another shape than the training images.
    #[error(
        "images of {} × {} pixels; expected {} × {}", found[0], found[1], expected[0], expected[1]
    )]
    ImageShape {
        /// The numbers of rows and columns of a training image.
        expected: [usize; 2],
        /// The numbers of rows and columns found.
        found: [usize; 2],
    },
}
