//! Parameters to and from safetensors files, named and laid out as PyTorch's `nn.Linear` has them.

use ndarray::{Array1, Array2, ArrayView2};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::activation::Activation;
use crate::error::Error;
use crate::float::Float;
use crate::params::Params;

impl<F: Float> Params<F> {
    /// The bytes of a safetensors file: for each layer, counted from 1, `fc1.weight`
    /// [fan-out × fan-in] and `fc1.bias` [fan-out]. The activation is not in it.
    ///
    /// ```
    /// use nn_core::{Activation, Init, Mlp, Params};
    ///
    /// let network = Mlp::new(&[4, 3, 2], Activation::Relu)?;
    /// let params = network.init_from_seed::<f32>(Init::HeNormal, 0);
    /// let bytes = params.to_safetensors();
    /// assert_eq!(Params::from_safetensors(&bytes, Activation::Relu)?, params);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        for (index, layer) in self.network().layers().enumerate() {
            let weights = self.weight(index).reversed_axes();
            let shape = vec![layer.fan_out, layer.fan_in];
            parts.push((name(index, "weight"), shape, bytes_of(weights.iter())));
            let biases = self.bias(index);
            parts.push((
                name(index, "bias"),
                vec![layer.fan_out],
                bytes_of(biases.iter()),
            ));
        }
        let views = parts.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(dtype::<F>(), shape.clone(), bytes);
            (name, view.expect("a shape with as many numbers"))
        });
        safetensors::serialize(views, None).expect("tensors that fit a header")
    }

    /// The parameters in the bytes of a safetensors file with the names and shapes that
    /// [`to_safetensors`](Self::to_safetensors) writes; other tensors are passed over.
    ///
    /// # Errors
    /// Bytes that are no safetensors file, no layer `fc1`, another type of numbers, shapes that fit no
    /// network.
    pub fn from_safetensors(bytes: &[u8], activation: Activation) -> Result<Self, Error> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| Error::File(e.to_string()))?;
        let mut layers = Vec::new();
        while let Ok(weights) = file.tensor(&name(layers.len(), "weight")) {
            let bias = name(layers.len(), "bias");
            let biases = file
                .tensor(&bias)
                .map_err(|_| Error::File(format!("no tensor `{bias}`")))?;
            let weight = name(layers.len(), "weight");
            let [fan_out, fan_in] = shape(&weights, &weight)?;
            let [_] = shape(&biases, &bias)?;
            let weights = numbers(&weights, &weight)?;
            let weights = ArrayView2::from_shape((fan_out, fan_in), &weights)
                .map_err(|e| Error::File(format!("`{weight}`: {e}")))?;
            let weights: Array2<F> = weights.t().as_standard_layout().into_owned();
            let biases = Array1::from(numbers(&biases, &bias)?);
            layers.push((weights, biases));
        }
        if layers.is_empty() {
            return Err(Error::File(format!("no tensor `{}`", name(0, "weight"))));
        }
        Self::from_layers(activation, &layers)
    }
}

/// A tensor's name; layers are counted from 1.
fn name(index: usize, part: &str) -> String {
    format!("fc{}.{part}", index + 1)
}

fn dtype<F: Float>() -> Dtype {
    match F::NAME {
        "f32" => Dtype::F32,
        _ => Dtype::F64,
    }
}

fn bytes_of<'a, F: Float>(numbers: impl Iterator<Item = &'a F>) -> Vec<u8> {
    let mut bytes = Vec::new();
    numbers.for_each(|x| x.push_le(&mut bytes));
    bytes
}

fn shape<const N: usize>(tensor: &TensorView<'_>, name: &str) -> Result<[usize; N], Error> {
    tensor.shape().try_into().map_err(|_| {
        let found = tensor.shape();
        Error::File(format!(
            "`{name}` has shape {found:?}; expected {N} dimension(s)"
        ))
    })
}

fn numbers<F: Float>(tensor: &TensorView<'_>, name: &str) -> Result<Vec<F>, Error> {
    let (found, expected) = (tensor.dtype(), dtype::<F>());
    if found != expected {
        let message = format!("`{name}` is {found:?}; expected {expected:?}");
        return Err(Error::File(message));
    }
    Ok(F::read_le(tensor.data()))
}

#[cfg(test)]
mod tests {
    use crate::{Activation, Init, Mlp, Params};

    #[test]
    fn what_is_wrong_is_said() {
        let network = Mlp::new(&[3, 2], Activation::Tanh).unwrap();
        let bytes = network
            .init_from_seed::<f64>(Init::HeNormal, 0)
            .to_safetensors();
        let message = |bytes: &[u8]| {
            let read = Params::<f32>::from_safetensors(bytes, Activation::Tanh);
            read.unwrap_err().to_string()
        };
        assert_eq!(
            message(&bytes),
            "safetensors: `fc1.weight` is F64; expected F32"
        );
        let cut = message(&bytes[..20]);
        assert!(cut.starts_with("safetensors: "), "{cut}");
        let empty =
            safetensors::serialize::<&str, safetensors::tensor::TensorView<'_>, _>([], None);
        let nothing = message(&empty.unwrap());
        assert_eq!(nothing, "safetensors: no tensor `fc1.weight`");
    }
}
