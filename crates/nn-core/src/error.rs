//! Errors in the arguments of this crate's functions.

/// An invalid argument. Nothing was computed or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer sizes than an input and an output.
    #[error("a network needs at least an input and an output size, found {found} size(s)")]
    TooFewSizes {
        /// The number of sizes given.
        found: usize,
    },
    /// A layer without units.
    #[error("size {index} of the network is 0; every layer needs at least one unit")]
    EmptyLayer {
        /// Position in the list of sizes; 0 is the input.
        index: usize,
    },
    /// More outputs than a label, which is a `u8`, can name.
    #[error("the network has {found} outputs; labels can name at most 256 classes")]
    TooManyClasses {
        /// The number of output units.
        found: usize,
    },
    /// More parameters than a network may have.
    #[error("a network {sizes} has more than {limit} parameters")]
    TooManyParameters {
        /// The network's sizes, as `784–128–10`.
        sizes: String,
        /// The maximum.
        limit: usize,
    },
    /// Parameters of another network.
    #[error("parameters of a network {found}; expected {expected}")]
    Architecture {
        /// The network in use, as `784–128–10`.
        expected: String,
        /// The network that the parameters belong to.
        found: String,
    },
    /// A flat parameter buffer of the wrong length.
    #[error("{found} parameters; expected {expected}")]
    ParameterCount {
        /// The number that the network has.
        expected: usize,
        /// The number that was given.
        found: usize,
    },
    /// Weights and biases of a layer that do not fit each other or the layer below.
    #[error(
        "layer {index} has weights [{} × {}] and biases [{}]; expected [{} × {}] and [{}]",
        found.0, found.1, found.2, expected.0, expected.1, expected.2
    )]
    LayerShape {
        /// The layer; 0 is the first hidden layer.
        index: usize,
        /// The rows and columns of the weights, and the number of biases, that would fit.
        expected: (usize, usize, usize),
        /// The same three numbers as found.
        found: (usize, usize, usize),
    },
    /// Input rows of the wrong width.
    #[error("the input has {found} features per example; the network expects {expected}")]
    Features {
        /// The network's input size.
        expected: usize,
        /// The input's columns.
        found: usize,
    },
    /// The numbers of labels and examples differ.
    #[error("{labels} labels for {examples} examples")]
    LabelCount {
        /// Examples in the batch.
        examples: usize,
        /// Labels in the batch.
        labels: usize,
    },
    /// A label without an output unit.
    #[error("label {label} at position {position}; the network has {classes} classes")]
    Label {
        /// Position among the labels.
        position: usize,
        /// The label.
        label: u8,
        /// The number of output units. Labels are below this number.
        classes: usize,
    },
    /// A batch without examples, over which there is no mean.
    #[error("the batch is empty; a mean loss needs at least one example")]
    EmptyBatch,
    /// More columns than the 16-bit index of a sparse matrix can name.
    #[error("{found} columns; a sparse matrix holds at most 65536")]
    TooManyColumns {
        /// The columns of the matrix.
        found: usize,
    },
    /// A number of bytes that is not a multiple of the row length.
    #[error("{bytes} bytes; expected a multiple of the row length {columns}")]
    RaggedRows {
        /// Bytes given.
        bytes: usize,
        /// Bytes in a row.
        columns: usize,
    },
    /// More bytes than the offsets of a sparse matrix can reach.
    #[error("{found} bytes; a sparse matrix takes fewer than 2³⁰")]
    TooManyBytes {
        /// Bytes given.
        found: usize,
    },
}
