//! The architecture of a network: layer sizes and activation.

use std::fmt;
use std::ops::Range;

use crate::activation::Activation;
use crate::error::Error;

/// The architecture of a multi-layer perceptron: fully connected layers, an activation after each hidden layer, and
/// softmax over the outputs (eq. 1). Without hidden layers, the network is softmax regression.
///
/// The numbers that training changes are in [`Params`](crate::Params).
///
/// ```
/// use nn_core::{Activation, Mlp};
///
/// let network = Mlp::new(&[784, 128, 10], Activation::Tanh)?;
/// assert_eq!(network.parameter_count(), 784 * 128 + 128 + 128 * 10 + 10);
/// assert_eq!(network.to_string(), "784–128–10");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mlp {
    sizes: Vec<usize>,
    activation: Activation,
}

/// The place of a layer's parameters in the flat buffer: the weights [fan-in × fan-out], row-major,
/// then the biases [fan-out].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The number of inputs of each unit.
    pub fan_in: usize,
    /// The number of units.
    pub fan_out: usize,
    /// The position of the first weight.
    pub offset: usize,
}

impl Layer {
    /// The positions of the weights in the flat buffer.
    pub fn weights(self) -> Range<usize> {
        self.offset..self.offset + self.fan_in * self.fan_out
    }

    /// The positions of the biases in the flat buffer.
    pub fn biases(self) -> Range<usize> {
        let start = self.weights().end;
        start..start + self.fan_out
    }
}

/// The maximum number of parameters, 4 GiB in single precision. The limit catches mistyped sizes.
const PARAMETER_LIMIT: usize = 1 << 30;

impl Mlp {
    /// A network with these layer sizes, input first and output last, and this activation of the hidden layers.
    ///
    /// # Errors
    /// Fewer than two sizes, a size of 0, more than 256 outputs, or more than 2³⁰ parameters.
    pub fn new(sizes: &[usize], activation: Activation) -> Result<Self, Error> {
        let [_, .., outputs] = *sizes else {
            return Err(Error::TooFewSizes { found: sizes.len() });
        };
        if let Some(index) = sizes.iter().position(|&size| size == 0) {
            return Err(Error::EmptyLayer { index });
        }
        if outputs > 256 {
            return Err(Error::TooManyClasses { found: outputs });
        }
        let network = Self {
            sizes: sizes.to_vec(),
            activation,
        };
        let parameters = sizes.windows(2).try_fold(0usize, |sum, pair| {
            let layer = pair[0].checked_add(1)?.checked_mul(pair[1])?;
            sum.checked_add(layer)
        });
        match parameters {
            Some(count) if count <= PARAMETER_LIMIT => Ok(network),
            _ => Err(Error::TooManyParameters {
                sizes: network.to_string(),
                limit: PARAMETER_LIMIT,
            }),
        }
    }

    /// The layer sizes, input first and output last.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The activation of the hidden layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The number of inputs, the first of the sizes.
    pub fn features(&self) -> usize {
        self.sizes[0]
    }

    /// The number of outputs, the last of the sizes.
    pub fn classes(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// The layers with parameters, from the first hidden layer to the output layer.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = Layer> + ExactSizeIterator + '_ {
        (0..self.depth()).map(|index| self.layer(index))
    }

    /// The number of layers with parameters: hidden layers + 1.
    pub fn depth(&self) -> usize {
        self.sizes.len() - 1
    }

    /// The layer at `index`, which must be below [`depth`](Self::depth).
    pub fn layer(&self, index: usize) -> Layer {
        let offset = self.sizes[..=index]
            .windows(2)
            .map(|pair| (pair[0] + 1) * pair[1])
            .sum();
        Layer {
            fan_in: self.sizes[index],
            fan_out: self.sizes[index + 1],
            offset,
        }
    }

    /// The number of weights and biases.
    pub fn parameter_count(&self) -> usize {
        self.layer(self.depth() - 1).biases().end
    }
}

impl fmt::Display for Mlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        f.write_str(&sizes.join("–"))
    }
}
