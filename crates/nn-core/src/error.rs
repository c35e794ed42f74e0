//! What can be wrong with the arguments of this crate's functions.

/// An argument that does not fit the network. Nothing was computed or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network needs an input and an output.
    #[error("a network needs at least an input and an output size, found {found} size(s)")]
    TooFewSizes {
        /// How many sizes were given.
        found: usize,
    },
    /// A layer needs units.
    #[error("size {index} of the network is 0; every layer needs at least one unit")]
    EmptyLayer {
        /// Position in the list of sizes; 0 is the input.
        index: usize,
    },
    /// The output layer has more classes than a label, a `u8`, can name.
    #[error("the network has {found} outputs; labels can name at most 256 classes")]
    TooManyClasses {
        /// The number of output units.
        found: usize,
    },
    /// More parameters than a flat buffer should hold.
    #[error("a network {sizes} has more than {limit} parameters")]
    TooManyParameters {
        /// The network's sizes, as `784–128–10`.
        sizes: String,
        /// The most that is allowed.
        limit: usize,
    },
    /// Parameters of another network.
    #[error("parameters of a network {found}, expected {expected}")]
    Architecture {
        /// The network in use, as `784–128–10`.
        expected: String,
        /// The network that the parameters belong to.
        found: String,
    },
    /// A flat parameter buffer of the wrong length.
    #[error("{found} parameters, expected {expected}")]
    ParameterCount {
        /// The number that the network has.
        expected: usize,
        /// The number that was given.
        found: usize,
    },
    /// A layer's weights and biases that do not fit each other or the layer below.
    #[error(
        "layer {index} has weights [{} × {}] and biases [{}], expected [{} × {}] and [{}]",
        found.0, found.1, found.2, expected.0, expected.1, expected.2
    )]
    LayerShape {
        /// The layer; 0 is the first that has weights.
        index: usize,
        /// Rows and columns of the weights, and how many biases, that would fit.
        expected: (usize, usize, usize),
        /// The same three as they are.
        found: (usize, usize, usize),
    },
    /// Input rows of the wrong width.
    #[error("input has {found} features an example, the network expects {expected}")]
    Features {
        /// The network's input size.
        expected: usize,
        /// The input's columns.
        found: usize,
    },
    /// Not one label an example.
    #[error("{labels} labels for {examples} examples")]
    LabelCount {
        /// Examples in the batch.
        examples: usize,
        /// Labels in the batch.
        labels: usize,
    },
    /// A label that names no output unit.
    #[error("label {label} at position {position}; the network has {classes} classes")]
    Label {
        /// Position among the labels.
        position: usize,
        /// The label that names no output unit.
        label: u8,
        /// The number of output units; labels go from 0 to one less.
        classes: usize,
    },
    /// The mean over no example has no value.
    #[error("the batch is empty; a mean loss needs at least one example")]
    EmptyBatch,
    /// More columns than a sparse matrix's 16-bit index can name.
    #[error("{found} columns; a sparse matrix holds at most 65536")]
    TooManyColumns {
        /// The columns of the matrix.
        found: usize,
    },
    /// Bytes that do not fill whole rows.
    #[error("{bytes} bytes are no whole number of rows of {columns}")]
    RaggedRows {
        /// Bytes given.
        bytes: usize,
        /// Bytes in a row.
        columns: usize,
    },
    /// More bytes than a sparse matrix's offsets can reach.
    #[error("{found} bytes; a sparse matrix is made from fewer than 2³⁰")]
    TooManyBytes {
        /// Bytes given.
        found: usize,
    },
}
