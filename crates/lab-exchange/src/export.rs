//! A model as bytes of another format.

use anyhow::Result;
use lab_results::model::{Card, Model};
use mnist_data::Normalizer;
use nn_core::Float;
use serde::Serialize;

use crate::npy::{self, Kind};
use crate::{archive, onnx};

/// The name of the array that holds a model's card, as the bytes of its JSON.
pub(crate) const CARD: &str = "mnist-lab";

/// The names of the numbers of a normalisation that has some.
pub(crate) const SCALE: &str = "normalize.scale";
pub(crate) const SHIFT: &str = "normalize.shift";

/// A format that models are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [`onnx`]: the whole way from bytes to probabilities.
    Onnx,
    /// NumPy's archive of arrays: `fc1.weight` [fan-out × fan-in], `fc1.bias` [fan-out] and so on; with
    /// them what [`import`](crate::import) needs to make the model again.
    Npz,
    /// Nothing but the tensors of PyTorch's `state_dict`.
    Safetensors,
    /// Everything, readable: the card, the normalisation, each layer's rows of numbers.
    Json,
}

impl Format {
    /// What names of its files end with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Npz => "npz",
            Self::Safetensors => "safetensors",
            Self::Json => "json",
        }
    }
}

/// The bytes of a file in another format; the same model always gives the same.
///
/// # Errors
/// Those of the libraries that write; none of them is known to occur.
pub fn to_bytes<F: Float + Serialize>(model: &Model<F>, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Onnx => onnx::to_bytes(model),
        Format::Npz => to_npz(model),
        Format::Safetensors => Ok(model.params.to_safetensors()),
        Format::Json => to_json(model),
    }
}

fn to_npz<F: Float>(model: &Model<F>) -> Result<Vec<u8>> {
    let kind = match F::NAME {
        "f32" => Kind::F32,
        _ => Kind::F64,
    };
    let mut arrays = Vec::new();
    for (index, layer) in model.params.network().layers().enumerate() {
        let number = index + 1;
        let weights = model.params.weight(index).reversed_axes();
        let numbers = little_endian(weights.iter());
        let weights = npy::to_bytes(kind, &[layer.fan_out, layer.fan_in], &numbers);
        arrays.push((format!("fc{number}.weight"), weights));
        let numbers = little_endian(model.params.bias(index).iter());
        let biases = npy::to_bytes(kind, &[layer.fan_out], &numbers);
        arrays.push((format!("fc{number}.bias"), biases));
    }
    if let Some((scale, shift)) = coefficients(&model.normalizer) {
        for (name, numbers) in [(SCALE, scale), (SHIFT, shift)] {
            let bytes = little_endian(numbers.iter());
            arrays.push((
                name.to_owned(),
                npy::to_bytes(Kind::F64, &[numbers.len()], &bytes),
            ));
        }
    }
    let card = serde_json::to_vec(&model.card)?;
    arrays.push((
        CARD.to_owned(),
        npy::to_bytes(Kind::U8, &[card.len()], &card),
    ));
    archive::to_bytes(&arrays)
}

fn little_endian<'a, F: Float>(numbers: impl Iterator<Item = &'a F>) -> Vec<u8> {
    let mut bytes = Vec::new();
    numbers.for_each(|x| x.push_le(&mut bytes));
    bytes
}

/// A normalisation's scales and shifts; none if each image has its own.
pub(crate) fn coefficients(normalizer: &Normalizer) -> Option<(Vec<f64>, Vec<f64>)> {
    match normalizer {
        Normalizer::PerImage => None,
        Normalizer::Fixed { a, c } => Some((vec![*a], vec![*c])),
        Normalizer::PerPixel { b, d } => Some((b.clone(), d.clone())),
    }
}

#[derive(Serialize)]
struct JsonModel<'a, F> {
    card: &'a Card,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalize: Option<Coefficients>,
    layers: Vec<Layer<F>>,
}

/// x = u·scale − shift, with one of each or one a pixel.
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
        card: &model.card,
        normalize: normalize.map(|(scale, shift)| Coefficients { scale, shift }),
        layers: layers.collect(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
