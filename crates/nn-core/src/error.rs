//! Errors in the arguments of this crate's functions.

/// An invalid argument. Nothing was computed or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are fewer than two layer sizes.
    #[error("a network needs at least an input and an output size, found {found} size(s)")]
    TooFewSizes {
        /// The number of sizes given.
        found: usize,
    },
    /// A layer has no units.
    #[error("size {index} of the network is 0; every layer needs at least one unit")]
    EmptyLayer {
        /// The position in the list of sizes; 0 is the input.
        index: usize,
    },
    /// There are more outputs than a label, which is a `u8`, can name.
    #[error("the network has {found} outputs; labels can name at most 256 classes")]
    TooManyClasses {
        /// The number of output units.
        found: usize,
    },
    /// The network would have too many parameters.
    #[error("a network {sizes} has more than {limit} parameters")]
    TooManyParameters {
        /// The network's sizes, such as `784–128–10`.
        sizes: String,
        /// The maximum number of parameters.
        limit: usize,
    },
    /// The parameters belong to another network.
    #[error("parameters of a network {found}; expected {expected}")]
    Architecture {
        /// The network in use, such as `784–128–10`.
        expected: String,
        /// The network that the parameters belong to.
        found: String,
    },
    /// A flat parameter buffer has the wrong length.
    #[error("{found} parameters; expected {expected}")]
    ParameterCount {
        /// The number of parameters of the network.
        expected: usize,
        /// The length of the buffer.
        found: usize,
    },
    /// The weights and biases of a layer do not fit each other or the layer below.
    #[error(
        "layer {index} has weights [{} × {}] and biases [{}]; expected [{} × {}] and [{}]",
        found.0, found.1, found.2, expected.0, expected.1, expected.2
    )]
    LayerShape {
        /// The layer; 0 is the first hidden layer.
        index: usize,
        /// The expected rows and columns of the weights, and the expected number of biases.
        expected: (usize, usize, usize),
        /// The same three numbers as found.
        found: (usize, usize, usize),
    },
    /// The rows of the input have the wrong width.
    #[error("the input has {found} features per example; the network expects {expected}")]
    Features {
        /// The network's input size.
        expected: usize,
        /// The number of columns of the input.
        found: usize,
    },
    /// The numbers of labels and examples differ.
    #[error("{labels} labels for {examples} examples")]
    LabelCount {
        /// The number of examples in the batch.
        examples: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A label has no output unit.
    #[error("label {label} at position {position}; the network has {classes} classes")]
    Label {
        /// The position among the labels.
        position: usize,
        /// The label.
        label: u8,
        /// The number of output units. Labels must be below this number.
        classes: usize,
    },
    /// The numbers of weights and examples differ.
    #[error("{weights} weights for {examples} examples")]
    WeightCount {
        /// The number of examples.
        examples: usize,
        /// The number of weights.
        weights: usize,
    },
    /// The weight of an example is negative, infinite or NaN.
    #[error("weight {found} at position {position}; expected a finite number of at least 0")]
    Weight {
        /// The position among the weights.
        position: usize,
        /// The weight.
        found: String,
    },
    /// No example has a weight above 0, so there is no weighted mean.
    #[error("the weights of all {examples} examples are 0; expected at least one above 0")]
    ZeroWeights {
        /// The number of examples.
        examples: usize,
    },
    /// The batch has no examples, so it has no mean loss.
    #[error("the batch is empty; a mean loss needs at least one example")]
    EmptyBatch,
    /// There are more columns than the 16-bit index of a sparse matrix can name.
    #[error("{found} columns; a sparse matrix holds at most 65536")]
    TooManyColumns {
        /// The number of columns of the matrix.
        found: usize,
    },
    /// The number of bytes is not a multiple of the row length.
    #[error("{bytes} bytes; expected a multiple of the row length {columns}")]
    RaggedRows {
        /// The number of bytes.
        bytes: usize,
        /// The number of bytes in a row.
        columns: usize,
    },
    /// There are more bytes than the offsets of a sparse matrix can reach.
    #[error("{found} bytes; a sparse matrix takes fewer than 2³⁰")]
    TooManyBytes {
        /// The number of bytes.
        found: usize,
    },
}
