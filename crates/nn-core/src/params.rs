//! The parameters of a network in one flat buffer.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

use crate::activation::Activation;
use crate::error::Error;
use crate::float::Float;
use crate::kernel::Buffer;
use crate::mlp::Mlp;

/// The weights and biases of a network: one flat buffer, with a view for each layer.
///
/// The buffer is flat so that an SGD step, a checkpoint or a gradient check is a single loop. Layer follows
/// layer, with the weights [fan-in × fan-out] in row-major order before the biases [fan-out].
#[derive(Clone, Debug, PartialEq)]
pub struct Params<F> {
    network: Mlp,
    data: Buffer<F>,
}

/// The gradient: dE/dw for each weight and bias, in the layout of the parameters.
pub type Grads<F> = Params<F>;

impl<F: Float> Params<F> {
    /// Parameters that are all 0, for gradients, a velocity, or parameters to be set.
    pub fn zeros(network: &Mlp) -> Self {
        Self {
            data: Buffer::zeros(network.parameter_count()),
            network: network.clone(),
        }
    }

    /// The parameters in a flat buffer: layer by layer, weights [fan-in × fan-out] row-major before biases.
    ///
    /// # Errors
    /// A length other than [`Mlp::parameter_count`].
    pub fn from_vec(network: &Mlp, data: Vec<F>) -> Result<Self, Error> {
        if data.len() != network.parameter_count() {
            return Err(Error::ParameterCount {
                expected: network.parameter_count(),
                found: data.len(),
            });
        }
        Ok(Self {
            network: network.clone(),
            data: Buffer::of(&data),
        })
    }

    /// The parameters of a network with these weights [fan-in × fan-out] and biases [fan-out], from the first
    /// hidden layer to the output layer.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Activation, Params};
    ///
    /// let layers = [(array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], array![0.1, 0.2, 0.3])];
    /// let params = Params::from_layers(Activation::Tanh, &layers)?;
    /// assert_eq!(params.network().sizes(), [2, 3]);
    /// assert_eq!(params.into_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.1, 0.2, 0.3]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// No layers, weights or biases that do not fit the layer below, or sizes that [`Mlp::new`] refuses.
    pub fn from_layers(
        activation: Activation,
        layers: &[(Array2<F>, Array1<F>)],
    ) -> Result<Self, Error> {
        let first = layers.first().map(|(weights, _)| weights.nrows());
        let widths = layers.iter().map(|(weights, _)| weights.ncols());
        let sizes: Vec<usize> = first.into_iter().chain(widths).collect();
        let network = Mlp::new(&sizes, activation)?;
        let mut data = Vec::with_capacity(network.parameter_count());
        for (index, (layer, (weights, biases))) in network.layers().zip(layers).enumerate() {
            let found = (weights.nrows(), weights.ncols(), biases.len());
            let expected = (layer.fan_in, layer.fan_out, layer.fan_out);
            if found != expected {
                return Err(Error::LayerShape {
                    index,
                    expected,
                    found,
                });
            }
            data.extend(weights.iter().chain(biases));
        }
        Self::from_vec(&network, data)
    }

    /// The architecture of these parameters.
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// All weights and biases, flat.
    pub fn as_slice(&self) -> &[F] {
        &self.data
    }

    /// All weights and biases, flat and mutable.
    pub fn as_mut_slice(&mut self) -> &mut [F] {
        &mut self.data
    }

    /// All weights and biases, flat, as [`from_vec`](Self::from_vec) takes them.
    pub fn into_vec(self) -> Vec<F> {
        self.data.to_vec()
    }

    /// Layer `index`'s weights [fan-in × fan-out], row-major.
    pub(crate) fn weight_slice(&self, index: usize) -> &[F] {
        &self.data[self.network.layer(index).weights()]
    }

    /// Layer `index`'s biases [fan-out].
    pub(crate) fn bias_slice(&self, index: usize) -> &[F] {
        &self.data[self.network.layer(index).biases()]
    }

    /// Layer `index`'s weights [fan-in × fan-out]; 0 is the first hidden layer.
    ///
    /// # Panics
    /// If the layer does not exist.
    pub fn weight(&self, index: usize) -> ArrayView2<'_, F> {
        let layer = self.network.layer(index);
        ArrayView2::from_shape((layer.fan_in, layer.fan_out), self.weight_slice(index))
            .expect("the buffer holds fan-in × fan-out weights")
    }

    /// Layer `index`'s biases [fan-out].
    ///
    /// # Panics
    /// If the layer does not exist.
    pub fn bias(&self, index: usize) -> ArrayView1<'_, F> {
        ArrayView1::from(self.bias_slice(index))
    }

    /// Layer `index`'s weights [fan-in × fan-out], mutable.
    ///
    /// # Panics
    /// If the layer does not exist.
    pub fn weight_mut(&mut self, index: usize) -> ArrayViewMut2<'_, F> {
        let layer = self.network.layer(index);
        let weights = &mut self.data[layer.weights()];
        ArrayViewMut2::from_shape((layer.fan_in, layer.fan_out), weights)
            .expect("the buffer holds fan-in × fan-out weights")
    }

    /// Layer `index`'s biases [fan-out], mutable.
    ///
    /// # Panics
    /// If the layer does not exist.
    pub fn bias_mut(&mut self, index: usize) -> ArrayViewMut1<'_, F> {
        let biases = self.network.layer(index).biases();
        ArrayViewMut1::from(&mut self.data[biases])
    }

    /// The parameters in another precision, each rounded to nearest.
    pub fn cast<G: Float>(&self) -> Params<G> {
        let mut cast = Params::zeros(&self.network);
        for (to, from) in cast.data.iter_mut().zip(self.data.iter()) {
            *to = G::of(from.to_double());
        }
        cast
    }

    /// Checks that these are parameters of `network`.
    pub(crate) fn expect_network(&self, network: &Mlp) -> Result<(), Error> {
        if self.network.sizes() == network.sizes() {
            return Ok(());
        }
        Err(Error::Architecture {
            expected: network.to_string(),
            found: self.network.to_string(),
        })
    }
}

impl<F> AsMut<[F]> for Params<F> {
    fn as_mut(&mut self) -> &mut [F] {
        &mut self.data
    }
}
