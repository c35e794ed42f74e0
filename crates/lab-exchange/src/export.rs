//! Export of models in the formats of other tools.

use anyhow::Result;
use lab_results::model::{KEY, Metadata, Model, normalizer_tensors};
use mnist_data::Normalizer;
use nn_core::Float;
use nn_core::safetensors::Type;
use serde::Serialize;

use crate::npy::{self, Kind};
use crate::{archive, onnx};

/// A file format for models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ONNX, from bytes [N, rows, columns] to logits and probabilities [N, classes].
    Onnx,
    /// NumPy's archive of arrays, such as `fc1.weight` [fan-out × fan-in] and `fc1.bias` [fan-out]. The archive also
    /// has the metadata that [`import`](crate::import) needs to restore the model.
    Npz,
    /// Only the tensors of PyTorch's `state_dict`.
    Safetensors,
    /// JSON: the metadata, the normalisation, and each layer's rows of numbers.
    Json,
}

impl Format {
    /// The file name extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Npz => "npz",
            Self::Safetensors => "safetensors",
            Self::Json => "json",
        }
    }
}

/// The bytes of a model's file. The same model always gives the same bytes.
///
/// # Errors
/// Errors of the libraries that write the formats; none is known to occur.
pub fn to_bytes<F: Float + Serialize>(model: &Model<F>, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Onnx => onnx::to_bytes(model),
        Format::Npz => to_npz(model),
        Format::Safetensors => Ok(model.params.to_safetensors()),
        Format::Json => to_json(model),
    }
}

fn to_npz<F: Float>(model: &Model<F>) -> Result<Vec<u8>> {
    let mut tensors = model.params.tensors();
    tensors.extend(normalizer_tensors(&model.normalizer));
    let arrays = tensors.iter().map(|tensor| {
        let kind = match tensor.number_type() {
            Type::F32 => Kind::F32,
            Type::F64 => Kind::F64,
        };
        let file = npy::to_bytes(kind, tensor.shape(), tensor.bytes());
        (tensor.name().to_owned(), file)
    });
    let mut arrays: Vec<_> = arrays.collect();
    // NumPy's archives have no metadata, so an array of bytes contains it.
    let metadata = serde_json::to_vec(&model.metadata)?;
    let file = npy::to_bytes(Kind::U8, &[metadata.len()], &metadata);
    arrays.push((KEY.to_owned(), file));
    archive::to_bytes(&arrays)
}

/// The scales and shifts of a normalisation; `None` for a normalisation per image.
fn coefficients(normalizer: &Normalizer) -> Option<(Vec<f64>, Vec<f64>)> {
    match normalizer {
        Normalizer::PerImage => None,
        Normalizer::Fixed { a, c } => Some((vec![*a], vec![*c])),
        Normalizer::PerPixel { b, d } => Some((b.clone(), d.clone())),
    }
}

#[derive(Serialize)]
struct JsonModel<'a, F> {
    metadata: &'a Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalize: Option<Coefficients>,
    layers: Vec<Layer<F>>,
}

/// The coefficients of x = u·scale − shift, one of each, or one of each for each pixel.
#[derive(Serialize)]
struct Coefficients {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

#[derive(Serialize)]
struct Layer<F> {
    /// [fan-out × fan-in]
    weight: Vec<Vec<F>>,
    bias: Vec<F>,
}

fn to_json<F: Float + Serialize>(model: &Model<F>) -> Result<Vec<u8>> {
    let layers = (0..model.params.network().depth()).map(|index| Layer {
        weight: model
            .params
            .weight(index)
            .columns()
            .into_iter()
            .map(|row| row.to_vec())
            .collect(),
        bias: model.params.bias(index).to_vec(),
    });
    let normalize = coefficients(&model.normalizer);
    let mut bytes = serde_json::to_vec(&JsonModel {
        metadata: &model.metadata,
        normalize: normalize.map(|(scale, shift)| Coefficients { scale, shift }),
        layers: layers.collect(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
