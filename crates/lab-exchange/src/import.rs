//! Weights from elsewhere as a model: PyTorch's `state_dict` in a safetensors file, or NumPy's npz.
//!
//! A layer is an array whose name ends in `weight`, [fan-out × fan-in] as in `torch.nn.Linear`, and one of
//! the same name with `bias`, [fan-out]. Layers come in the order of the last number in their names:
//! `fc1.weight` and `fc2.weight`, or `0.weight` and `2.weight` as `torch.nn.Sequential` has them.

use anyhow::{Context, Result, bail, ensure};
use lab_results::disk::tensors::{self, Tensor};
use lab_results::model::{AnyModel, Card, FORMAT};
use lab_results::quote::quoted;
use lab_results::suite::{InputForm, PenaltySign, Precision, Settings, SplitOrder, Weights};
use mnist_data::{Normalize, Normalizer};
use nn_core::{Activation, Float, Init};
use nn_train::{PenaltyPlace, Stopping};
use safetensors::tensor::Dtype;

use crate::archive;
use crate::export::{CARD, SCALE, SHIFT, coefficients};
use crate::npy::{self, Kind};

/// What a file of weights does not say of its network.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The hidden layers' activation.
    pub activation: Activation,
    /// The name of the way in which pixels become numbers.
    pub normalize: Normalize,
    /// That way, with its numbers.
    pub normalizer: Normalizer,
}

/// The arrays of a file.
#[derive(Clone, Debug)]
pub struct Foreign {
    arrays: Vec<Array>,
    /// What a model that was exported from here says of itself.
    card: Option<String>,
}

/// Numbers by name, row-major.
#[derive(Clone, Debug)]
struct Array {
    name: String,
    shape: Vec<usize>,
    kind: Kind,
    /// Little-endian.
    numbers: Vec<u8>,
}

impl Foreign {
    /// Reads the bytes of a safetensors or npz file.
    ///
    /// # Errors
    /// Bytes of neither format, numbers of another type than single or double precision.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (mut arrays, mut card) = match bytes.starts_with(archive::MAGIC) {
            true => (from_npz(bytes)?, None),
            false => from_safetensors(bytes)?,
        };
        if let Some(place) = arrays.iter().position(|array| array.name == CARD) {
            let bytes = arrays.remove(place).numbers;
            card = Some(String::from_utf8(bytes).context("the card is no text")?);
        }
        for array in &arrays {
            ensure!(
                array.kind != Kind::U8,
                "{} holds bytes; expected floats",
                quoted(&array.name)
            );
        }
        Ok(Self { arrays, card })
    }

    /// Whether the file says itself what [`Options`] would say, as one does that was exported from here.
    pub fn describes_itself(&self) -> bool {
        self.card.is_some()
    }

    /// The bytes of a model file, and the model: what the file describes, or its weights with `options`.
    ///
    /// # Errors
    /// Arrays that are no network, that do not fit each other or the normalisation; a description and
    /// options, or neither.
    pub fn into_model(self, options: Option<&Options>) -> Result<(Vec<u8>, AnyModel)> {
        let (tensors, card) = match (self.card, options) {
            (Some(_), Some(_)) => {
                bail!("the file says itself what its activation and normalisation are")
            }
            (None, None) => {
                bail!("the file does not say what its activation and normalisation are")
            }
            (Some(card), None) => (self.arrays.iter().map(Array::tensor).collect(), card),
            (None, Some(options)) => {
                let layers = Layers::of(self.arrays)?;
                let card = serde_json::to_string(&layers.card(options)?)?;
                let mut tensors = layers.tensors();
                if let Some((scale, shift)) = coefficients(&options.normalizer) {
                    tensors.push(Tensor::new(SCALE, vec![scale.len()], &scale));
                    tensors.push(Tensor::new(SHIFT, vec![shift.len()], &shift));
                }
                (tensors, card)
            }
        };
        let bytes = tensors::serialise(&tensors, CARD, card)?;
        let model = AnyModel::parse(&bytes)?;
        Ok((bytes, model))
    }
}

impl Array {
    fn tensor(&self) -> Tensor {
        self.named(&self.name)
    }

    fn named(&self, name: &str) -> Tensor {
        let shape = self.shape.clone();
        match self.kind {
            Kind::F64 => Tensor::new(name, shape, &f64::read_le(&self.numbers)),
            _ => Tensor::new(name, shape, &f32::read_le(&self.numbers)),
        }
    }
}

fn from_npz(bytes: &[u8]) -> Result<Vec<Array>> {
    let arrays = archive::parse(bytes)?.into_iter().map(|(name, file)| {
        let array = npy::parse(&file).with_context(|| format!("array {}", quoted(&name)));
        let (kind, shape, numbers) = array?;
        Ok(Array {
            name,
            shape,
            kind,
            numbers,
        })
    });
    arrays.collect()
}

fn from_safetensors(bytes: &[u8]) -> Result<(Vec<Array>, Option<String>)> {
    let (tensors, card) = tensors::parse(bytes, CARD)?;
    let mut names = tensors.names();
    names.sort_unstable();
    let arrays = names.into_iter().map(|name| {
        let tensor = tensors.tensor(name)?;
        let kind = match tensor.dtype() {
            Dtype::F32 => Kind::F32,
            Dtype::F64 => Kind::F64,
            other => bail!("tensor {} is {other:?}; expected F32 or F64", quoted(name)),
        };
        Ok(Array {
            name: name.to_owned(),
            shape: tensor.shape().to_vec(),
            kind,
            numbers: tensor.data().to_vec(),
        })
    });
    Ok((arrays.collect::<Result<_>>()?, card))
}

/// The layers of a network, the first hidden one first.
struct Layers(Vec<Layer>);

struct Layer {
    weight: Array,
    bias: Array,
    fan_out: usize,
    fan_in: usize,
}

impl Layers {
    /// The layers that arrays are, all of them.
    fn of(arrays: Vec<Array>) -> Result<Self> {
        let (weights, mut others): (Vec<Array>, Vec<Array>) = arrays
            .into_iter()
            .partition(|array| array.name.ends_with("weight"));
        let mut layers = Vec::new();
        for weight in weights {
            let stem = weight.name.trim_end_matches("weight");
            let number = last_number(stem);
            let number = number.with_context(|| {
                let name = quoted(&weight.name);
                format!("which layer {name} belongs to is unknown; expected names such as fc1.weight or 0.weight")
            })?;
            let bias = format!("{stem}bias");
            let place = others.iter().position(|array| array.name == bias);
            let place = place
                .with_context(|| format!("no {} beside {}", quoted(&bias), quoted(&weight.name)))?;
            layers.push((number, Layer::of(weight, others.swap_remove(place))?));
        }
        if let Some(other) = others.first() {
            bail!(
                "{} belongs to no dense layer; expected arrays named …weight and …bias",
                quoted(&other.name)
            );
        }
        ensure!(
            !layers.is_empty(),
            "no array is named …weight; expected fc1.weight, fc1.bias and so on"
        );
        layers.sort_by_key(|(number, _)| *number);
        let pairs = layers.windows(2);
        for pair in pairs {
            let [(below_number, below), (number, above)] = pair else {
                continue;
            };
            let (below_name, name) = (quoted(&below.weight.name), quoted(&above.weight.name));
            ensure!(
                below_number != number,
                "{below_name} and {name} have one number"
            );
            ensure!(
                below.fan_out == above.fan_in,
                "{name} is {:?}; expected [fan-out × {}], as {below_name} has so many outputs",
                above.weight.shape,
                below.fan_out
            );
            ensure!(
                below.weight.kind == above.weight.kind,
                "{below_name} and {name} differ in precision"
            );
        }
        Ok(Self(layers.into_iter().map(|(_, layer)| layer).collect()))
    }

    fn tensors(&self) -> Vec<Tensor> {
        let tensors = self.0.iter().enumerate().flat_map(|(index, layer)| {
            let number = index + 1;
            let weight = layer.weight.named(&format!("fc{number}.weight"));
            [weight, layer.bias.named(&format!("fc{number}.bias"))]
        });
        tensors.collect()
    }

    /// What a model of these layers says of itself. How it was trained is not known: these settings are the
    /// paper's.
    fn card(&self, options: &Options) -> Result<Card> {
        let pixels = self.0[0].fan_in;
        let side = pixels.isqrt();
        ensure!(
            side * side == pixels,
            "{} has {pixels} inputs; expected those of a square picture, as 784",
            quoted(&self.0[0].weight.name)
        );
        let hidden = &self.0[..self.0.len() - 1];
        Ok(Card {
            format: FORMAT,
            experiment: "imported".to_owned(),
            seed: 0,
            epoch: 0,
            image: [side, side],
            dataset: None,
            settings: Settings {
                hidden: hidden.iter().map(|layer| layer.fan_out).collect(),
                activation: options.activation,
                init: Init::LecunNormal,
                lr: 0.1,
                momentum: 0.9,
                batch_size: 128,
                epochs: 100,
                patience: 3,
                stopping: Stopping::Consecutive,
                l1: 0.0,
                l2: 0.0,
                penalty_scale: 1.0,
                penalty_biases: false,
                penalty_place: PenaltyPlace::Gradient,
                penalty_sign: PenaltySign::Plus,
                normalize: options.normalize,
                split: SplitOrder::Random,
                validation: 0.2,
                shuffle: true,
                precision: match self.0[0].weight.kind {
                    Kind::F64 => Precision::F64,
                    _ => Precision::F32,
                },
                input: InputForm::Auto,
                weights: Weights::Best,
            },
        })
    }
}

impl Layer {
    fn of(weight: Array, bias: Array) -> Result<Self> {
        let name = quoted(&weight.name);
        let [fan_out, fan_in] = weight.shape[..] else {
            bail!(
                "{name} is {:?}; expected two dimensions [fan-out × fan-in]",
                weight.shape
            );
        };
        ensure!(
            bias.shape == [fan_out],
            "{} is {:?}; expected [{fan_out}], as {name} is [{fan_out} × {fan_in}]",
            quoted(&bias.name),
            bias.shape
        );
        ensure!(
            bias.kind == weight.kind,
            "{name} and {} differ in precision",
            quoted(&bias.name)
        );
        Ok(Self {
            weight,
            bias,
            fan_out,
            fan_in,
        })
    }
}

/// The last number in a name: 10 in `net.2.fc10.`.
fn last_number(name: &str) -> Option<u64> {
    let mut numbers = name.split(|c: char| !c.is_ascii_digit());
    numbers.rfind(|digits| !digits.is_empty())?.parse().ok()
}
