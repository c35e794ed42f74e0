//! Reads and writes tensors in safetensors files: models, checkpoints, and weights from other programs.
//!
//! A file has tensors of `f32` or `f64`, each with a name and a shape, and metadata: texts with keys. The length of the
//! header is checked before memory is allocated for it, and then each tensor's name, type and shape. Errors state what
//! was expected and found.
//!
//! ```
//! use nn_core::safetensors::{File, Tensor, write};
//!
//! let tensors = [Tensor::new("velocity", &[2, 1], &[0.5_f32, 0.25])];
//! let bytes = write(&tensors, Some(("made-by", "an example")))?;
//!
//! let file = File::parse(&bytes)?;
//! assert_eq!(file.metadata("made-by"), Some("an example"));
//! assert_eq!(file.read::<f32>("velocity", &[2, 1])?, [0.5, 0.25]);
//! let error = file.read::<f64>("velocity", &[2, 1]).unwrap_err();
//! assert_eq!(error.to_string(), "tensor `velocity` is F32 [2, 1]; expected F64 [2, 1]");
//! # Ok::<(), nn_core::safetensors::Error>(())
//! ```

use std::collections::HashMap;
use std::fmt;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::activation::Activation;
use crate::float::Float;
use crate::mlp::{Layer, Mlp};
use crate::params::Params;

/// The maximum length of a header, in bytes. A network of a thousand layers needs a tenth of this.
const HEADER_LIMIT: u64 = 4 << 20;

/// The type of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Type {
    /// The type that stores numbers of type `F`.
    pub fn of<F: Float>() -> Self {
        match F::NAME {
            "f32" => Self::F32,
            _ => Self::F64,
        }
    }

    /// The number of bytes in a number.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => size_of::<f32>(),
            Self::F64 => size_of::<f64>(),
        }
    }

    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F64 => Dtype::F64,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.dtype())
    }
}

/// A tensor with its name, outside of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
    numbers: Type,
    /// The numbers, little-endian and row-major.
    bytes: Vec<u8>,
}

impl Tensor {
    /// A tensor of `numbers` in row-major order.
    ///
    /// # Panics
    /// If the shape has another number of elements.
    pub fn new<'a, F: Float>(
        name: impl Into<String>,
        shape: &[usize],
        numbers: impl IntoIterator<Item = &'a F>,
    ) -> Self {
        let mut bytes = Vec::new();
        for &x in numbers {
            x.push_le(&mut bytes);
        }
        Self::from_le_bytes(name, shape, Type::of::<F>(), bytes)
    }

    /// A tensor of numbers as they are in memory, in little-endian and row-major order.
    ///
    /// # Panics
    /// If the shape has another number of bytes.
    pub fn from_le_bytes(
        name: impl Into<String>,
        shape: &[usize],
        numbers: Type,
        bytes: Vec<u8>,
    ) -> Self {
        let name = name.into();
        let expected = shape.iter().product::<usize>() * numbers.size();
        assert_eq!(bytes.len(), expected, "bytes of tensor `{name}` {shape:?}");
        Self {
            name,
            shape: shape.to_vec(),
            numbers,
            bytes,
        }
    }

    /// The tensor's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same tensor under another name.
    pub fn renamed(self, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { name, ..self }
    }

    /// The size of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The type of the numbers.
    pub fn number_type(&self) -> Type {
        self.numbers
    }

    /// The numbers' bytes, in little-endian and row-major order.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes of a file with these tensors and a text under one metadata key. The order of the tensors does not matter:
/// the same contents always give the same bytes.
///
/// # Errors
/// Names and metadata that are too long for a header.
pub fn write(tensors: &[Tensor], metadata: Option<(&str, &str)>) -> Result<Vec<u8>, Error> {
    let format = |error: safetensors::SafeTensorError| Error::Format(error.to_string());
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.numbers.dtype(), tensor.shape.clone(), &tensor.bytes)?;
        Ok((tensor.name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(format)?;
    // The order of a map with more than one key is not fixed.
    let metadata = metadata.map(|(key, text)| HashMap::from([(key.to_owned(), text.to_owned())]));
    let bytes = safetensors::serialize(views, metadata).map_err(format)?;
    check_header(&bytes)?;
    Ok(bytes)
}

fn check_header(bytes: &[u8]) -> Result<(), Error> {
    let length = bytes
        .first_chunk()
        .map(|length| u64::from_le_bytes(*length));
    match length {
        Some(found) if found > HEADER_LIMIT => Err(Error::HeaderLength { found }),
        _ => Ok(()),
    }
}

/// The tensors and metadata of a file.
#[derive(Debug)]
pub struct File<'a> {
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> File<'a> {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Bytes that are not a safetensors file, or one with a header of more than 4 MiB.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        check_header(bytes)?;
        let format = |error: safetensors::SafeTensorError| Error::Format(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        Ok(Self {
            tensors: SafeTensors::deserialize(bytes).map_err(format)?,
            metadata: header.metadata().clone().unwrap_or_default(),
        })
    }

    /// The text under a metadata key.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The tensors' names, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names = self.tensors.names();
        names.sort_unstable();
        names
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// No tensor of this name.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>, Error> {
        Ok(self.view(name)?.shape().to_vec())
    }

    /// The tensor of this name, with any shape and number type.
    ///
    /// # Errors
    /// No tensor of this name, or a number type that [`Type`] does not have.
    pub fn tensor(&self, name: &str) -> Result<Tensor, Error> {
        let view = self.view(name)?;
        let numbers = match view.dtype() {
            Dtype::F32 => Type::F32,
            Dtype::F64 => Type::F64,
            _ => return Err(mismatch(name, &view, "F32 or F64".to_owned())),
        };
        let bytes = view.data().to_vec();
        Ok(Tensor::from_le_bytes(name, view.shape(), numbers, bytes))
    }

    /// The numbers of a tensor of this name, type and shape, in row-major order.
    ///
    /// # Errors
    /// No such tensor.
    pub fn read<F: Float>(&self, name: &str, shape: &[usize]) -> Result<Vec<F>, Error> {
        Ok(F::read_le(self.expect::<F>(name, shape)?.data()))
    }

    /// The numbers of a tensor, as [`read`](Self::read) returns them, if all are finite.
    ///
    /// # Errors
    /// No such tensor, or an infinite number or NaN in it.
    pub fn read_finite<F: Float>(&self, name: &str, shape: &[usize]) -> Result<Vec<F>, Error> {
        let numbers = self.read::<F>(name, shape)?;
        match numbers.iter().position(|x| !x.is_finite()) {
            None => Ok(numbers),
            Some(position) => Err(Error::Value {
                name: name.to_owned(),
                position,
                found: numbers[position].to_string(),
                expected: "a finite number",
            }),
        }
    }

    /// The rows of a tensor of this name and type with N columns.
    ///
    /// # Errors
    /// No such tensor.
    pub fn rows<F: Float, const N: usize>(&self, name: &str) -> Result<Vec<[F; N]>, Error> {
        let view = self.view(name)?;
        match *view.shape() {
            [rows, columns] if columns == N => {
                let numbers = self.read(name, &[rows, N])?;
                Ok(numbers.as_chunks().0.to_vec())
            }
            _ => Err(mismatch(
                name,
                &view,
                format!("{} [rows, {N}]", Type::of::<F>()),
            )),
        }
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>, Error> {
        self.tensors.tensor(name).map_err(|_| Error::Missing {
            name: name.to_owned(),
            found: self.names().into_iter().map(str::to_owned).collect(),
        })
    }

    fn expect<F: Float>(&self, name: &str, shape: &[usize]) -> Result<TensorView<'_>, Error> {
        let view = self.view(name)?;
        let expected = Type::of::<F>();
        match view.dtype() == expected.dtype() && view.shape() == shape {
            true => Ok(view),
            false => Err(mismatch(name, &view, format!("{expected} {shape:?}"))),
        }
    }
}

fn mismatch(name: &str, found: &TensorView<'_>, expected: String) -> Error {
    Error::Tensor {
        name: name.to_owned(),
        found: format!("{:?} {:?}", found.dtype(), found.shape()),
        expected,
    }
}

/// An error in a safetensors file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a safetensors file.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// The header is too long.
    #[error(
        "not a safetensors file: its header has {found} bytes; expected at most {HEADER_LIMIT}"
    )]
    HeaderLength {
        /// The header's length in bytes.
        found: u64,
    },
    /// The file has no tensor of the requested name.
    #[error("no tensor {}; found {}", quoted(.name), listed(.found))]
    Missing {
        /// The requested name.
        name: String,
        /// The names of all tensors in the file.
        found: Vec<String>,
    },
    /// A tensor has another type or shape.
    #[error("tensor {} is {found}; expected {expected}", quoted(.name))]
    Tensor {
        /// The tensor's name.
        name: String,
        /// The tensor's type and shape.
        found: String,
        /// The expected type and shape.
        expected: String,
    },
    /// A tensor has an invalid number.
    #[error("tensor {} has {found} at position {position}; expected {expected}", quoted(.name))]
    Value {
        /// The tensor's name.
        name: String,
        /// The number's position, from 0, in row-major order.
        position: usize,
        /// The number.
        found: String,
        /// The valid numbers.
        expected: &'static str,
    },
    /// The tensors' shapes are not those of a network.
    #[error(transparent)]
    Network(#[from] crate::Error),
}

/// Quotes a name from a file for a message: escaped, in backquotes, and shortened if it is long.
fn quoted(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut escaped = name.escape_debug();
    let start: String = escaped.by_ref().take(LONGEST).collect();
    let rest = if escaped.next().is_some() { "…" } else { "" };
    format!("`{start}{rest}`")
}

/// The first of the names of tensors, for a message.
fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().take(20).map(|name| quoted(name)).collect();
    match names.is_empty() {
        true => "no tensors".to_owned(),
        false => names.join(", "),
    }
}

/// The names of the weights and biases of layer `index`, with the suffixes of PyTorch's `nn.Linear`. The index counts
/// from 0, and the names count from 1: `fc1.weight`, `fc1.bias`.
pub fn layer_names(index: usize) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("fc{}.{part}", index + 1))
}

impl<F: Float> Params<F> {
    /// The tensors of all layers, counted from 1: `fc1.weight` [fan-out × fan-in], `fc1.bias` [fan-out], and so on.
    /// Names and layout are those of PyTorch's `nn.Linear`.
    pub fn tensors(&self) -> Vec<Tensor> {
        let layers = self.network().layers().enumerate();
        let tensors = layers.flat_map(|(index, layer)| {
            let Layer {
                fan_in, fan_out, ..
            } = layer;
            let [weight, bias] = layer_names(index);
            // Weights are [fan-in × fan-out] here, and [fan-out × fan-in] in PyTorch.
            let transposed = self.weight(index).reversed_axes();
            [
                Tensor::new(weight, &[fan_out, fan_in], transposed.iter()),
                Tensor::new(bias, &[fan_out], self.bias(index).iter()),
            ]
        });
        tensors.collect()
    }

    /// Reads the parameters of `network` from the tensors that [`tensors`](Self::tensors) makes. Other tensors are
    /// ignored.
    ///
    /// # Errors
    /// A tensor that is missing, has another type or shape, or a number that is not finite.
    pub fn from_tensors(file: &File<'_>, network: &Mlp) -> Result<Self, Error> {
        // All shapes are compared with the file before memory is allocated.
        for (index, layer) in network.layers().enumerate() {
            let [weight, bias] = layer_names(index);
            file.expect::<F>(&weight, &[layer.fan_out, layer.fan_in])?;
            file.expect::<F>(&bias, &[layer.fan_out])?;
        }
        let mut params = Self::zeros(network);
        for (index, layer) in network.layers().enumerate() {
            let Layer {
                fan_in, fan_out, ..
            } = layer;
            let [weight, bias] = layer_names(index);
            let weights = file.read_finite::<F>(&weight, &[fan_out, fan_in])?;
            for ((i, o), w) in params.weight_mut(index).indexed_iter_mut() {
                *w = weights[o * fan_in + i];
            }
            let biases = file.read_finite::<F>(&bias, &[fan_out])?;
            for (b, &x) in params.bias_mut(index).iter_mut().zip(&biases) {
                *b = x;
            }
        }
        Ok(params)
    }

    /// The bytes of a file with the [`tensors`](Self::tensors). The activation is not in it.
    ///
    /// ```
    /// use nn_core::{Activation, Init, Mlp, Params};
    ///
    /// let network = Mlp::new(&[4, 3, 2], Activation::Relu)?;
    /// let params = network.init_from_seed::<f32>(Init::HeNormal, 0);
    /// let bytes = params.to_safetensors();
    /// assert_eq!(Params::from_safetensors(&bytes, Activation::Relu)?, params);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If the names of more than ten thousand layers are too long for a header.
    pub fn to_safetensors(&self) -> Vec<u8> {
        write(&self.tensors(), None).expect("the layers' names fit a header")
    }

    /// Reads parameters from the bytes of a file, with the names and shapes that
    /// [`to_safetensors`](Self::to_safetensors) writes. The shapes determine the network. Other tensors are ignored.
    ///
    /// # Errors
    /// Bytes that are not a safetensors file, no layer `fc1`, another type of numbers, shapes that are not those of a
    /// network, or a number that is not finite.
    pub fn from_safetensors(bytes: &[u8], activation: Activation) -> Result<Self, Error> {
        let file = File::parse(bytes)?;
        let mut sizes = Vec::new();
        for index in 0.. {
            let [weight, bias] = layer_names(index);
            match file.view(&weight) {
                Err(missing) if index == 0 => return Err(missing),
                Err(_) => break,
                Ok(weights) => match *weights.shape() {
                    [_, fan_in] if index == 0 => sizes.push(fan_in),
                    [_, _] => {}
                    _ => {
                        let expected = format!("{} [fan-out, fan-in]", Type::of::<F>());
                        return Err(mismatch(&weight, &weights, expected));
                    }
                },
            }
            let biases = file.view(&bias)?;
            let [fan_out] = *biases.shape() else {
                let expected = format!("{} [fan-out]", Type::of::<F>());
                return Err(mismatch(&bias, &biases, expected));
            };
            sizes.push(fan_out);
        }
        Self::from_tensors(&file, &Mlp::new(&sizes, activation)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;

    fn network() -> Mlp {
        Mlp::new(&[3, 2], Activation::Tanh).unwrap()
    }

    #[test]
    fn an_error_has_what_was_expected_and_found() {
        let params = network().init_from_seed::<f64>(Init::HeNormal, 0);
        let bytes = params.to_safetensors();
        let message = |bytes: &[u8]| {
            let read = Params::<f32>::from_safetensors(bytes, Activation::Tanh);
            read.unwrap_err().to_string()
        };
        assert_eq!(
            message(&bytes),
            "tensor `fc1.weight` is F64 [2, 3]; expected F32 [2, 3]"
        );
        let cut = message(&bytes[..20]);
        assert!(cut.starts_with("not a safetensors file: "), "{cut}");
        let nothing = message(&write(&[], None).unwrap());
        assert_eq!(nothing, "no tensor `fc1.weight`; found no tensors");

        let mut params = params.cast::<f32>();
        params.as_mut_slice()[1] = f32::NAN;
        assert_eq!(
            message(&params.to_safetensors()),
            "tensor `fc1.weight` has NaN at position 3; expected a finite number"
        );
        let long = Tensor::new("fc1.weight", &[1], &[0.0_f32]);
        assert_eq!(
            message(&write(&[long], None).unwrap()),
            "tensor `fc1.weight` is F32 [1]; expected F32 [fan-out, fan-in]"
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let tensors = [
            Tensor::new("a", &[2, 3], &[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]),
            Tensor::new("b", &[2], &[0.1_f64, 0.2]).renamed("c"),
        ];
        let bytes = write(&tensors, Some(("key", "text"))).unwrap();
        let file = File::parse(&bytes).unwrap();
        let texts = ["key", "other"].map(|key| file.metadata(key));
        assert_eq!(texts, [Some("text"), None]);
        assert_eq!(file.names(), ["a", "c"]);
        for tensor in &tensors {
            assert_eq!(file.tensor(tensor.name()).as_ref(), Ok(tensor));
            assert_eq!(file.shape(tensor.name()).unwrap(), tensor.shape());
            let size = tensor.shape().iter().product::<usize>() * tensor.number_type().size();
            assert_eq!(tensor.bytes().len(), size);
        }
        assert_eq!(tensors[1].bytes()[..8], 0.1_f64.to_le_bytes());

        let rows = file.rows::<f32, 3>("a").unwrap();
        assert_eq!(rows, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let error = file.rows::<f32, 2>("a").unwrap_err().to_string();
        assert_eq!(error, "tensor `a` is F32 [2, 3]; expected F32 [rows, 2]");
        assert!(file.rows::<f64, 3>("a").is_err());
    }

    #[test]
    fn parameters_of_each_layer_are_read() {
        let network = Mlp::new(&[3, 2, 4], Activation::Tanh).unwrap();
        let mut params = network.init_from_seed::<f32>(Init::HeNormal, 0);
        params.bias_mut(1)[2] = 0.5;
        let read = Params::from_safetensors(&params.to_safetensors(), Activation::Tanh);
        assert_eq!(read.as_ref(), Ok(&params));
        // As in PyTorch, the weights of a unit are next to each other.
        let weights = params.weight(0);
        let of_units = [0, 1].map(|unit| weights.column(unit).to_vec()).concat();
        let expected = Tensor::new("fc1.weight", &[2, 3], &of_units);
        assert_eq!(params.tensors()[0], expected);
    }

    #[test]
    fn integers_are_refused() {
        let header = br#"{"n":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}"#;
        let length = (header.len() as u64).to_le_bytes();
        let bytes = [&length, &header[..], &[0; 4]].concat();
        let error = File::parse(&bytes).unwrap().tensor("n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "tensor `n` is I32 [1]; expected F32 or F64"
        );
    }

    #[test]
    fn a_longer_header_is_neither_written_nor_read() {
        let text = "x".repeat(HEADER_LIMIT as usize);
        let error = write(&[], Some(("text", &text))).unwrap_err();
        assert!(matches!(error, Error::HeaderLength { found } if found > HEADER_LIMIT));
        let error = File::parse(&u64::MAX.to_le_bytes()).unwrap_err();
        assert_eq!(error, Error::HeaderLength { found: u64::MAX });
        let error = File::parse(&HEADER_LIMIT.to_le_bytes()).unwrap_err();
        assert!(matches!(error, Error::Format(_)), "{error}");
    }

    #[test]
    fn names_of_a_file_are_escaped_and_cut_in_messages() {
        let name = format!("a\n{}", "x".repeat(100));
        let bytes = write(&[Tensor::new(name.as_str(), &[1], &[0.0_f32])], None).unwrap();
        let error = File::parse(&bytes).unwrap().shape("b").unwrap_err();
        let expected = format!("no tensor `b`; found `a\\n{}…`", "x".repeat(77));
        assert_eq!(error.to_string(), expected);
    }
}
