//! Import of weights from other tools: PyTorch's `state_dict` in a safetensors file, or NumPy's npz.
//!
//! A layer has two arrays. The name of the first ends in `weight`, and its shape is [fan-out × fan-in], as in
//! `torch.nn.Linear`. The name of the second ends in `bias` instead, and its shape is [fan-out].
//!
//! Layers are in the order of the numbers in their names: `fc1.weight` and `fc2.weight`, or `0.weight` and `2.weight`
//! as in `torch.nn.Sequential`. If the names give no order, they are in the only order that their sizes allow.

use anyhow::{Context, Result, bail, ensure};
use lab_results::model::{AnyModel, FORMAT, KEY, Metadata, normalizer_tensors};
use lab_results::quote::quoted;
use lab_results::suite::{Precision, Settings};
use mnist_data::{Normalize, Normalizer};
use nn_core::Activation;
use nn_core::safetensors::{self, File, Tensor, Type, layer_names};

use crate::archive;
use crate::npy::{self, Kind};
use crate::order::{Named, order};

/// The parts of a model that a file of weights does not contain.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The hidden layers' activation.
    pub activation: Activation,
    /// The method of normalisation.
    pub normalize: Normalize,
    /// The normalisation with its coefficients.
    pub normalizer: Normalizer,
}

/// The arrays in a file of another program.
#[derive(Clone, Debug)]
pub struct Foreign {
    arrays: Vec<Tensor>,
    /// The metadata of the model, if this program exported the file.
    metadata: Option<String>,
}

impl Foreign {
    /// Reads the bytes of a safetensors or npz file.
    ///
    /// # Errors
    /// Bytes of neither format, or numbers of another type than single or double precision.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        match bytes.starts_with(archive::MAGIC) {
            true => Self::from_npz(bytes),
            false => Self::from_safetensors(bytes),
        }
    }

    fn from_npz(bytes: &[u8]) -> Result<Self> {
        let (mut arrays, mut metadata) = (Vec::new(), None);
        for (name, file) in archive::parse(bytes)? {
            let array = npy::parse(&file).with_context(|| format!("array {}", quoted(&name)));
            let (kind, shape, numbers) = array?;
            if name == KEY {
                metadata = Some(String::from_utf8(numbers).context("the metadata is not text")?);
                continue;
            }
            let numbers_type = match kind {
                Kind::F32 => Type::F32,
                Kind::F64 => Type::F64,
                Kind::U8 => bail!("{} holds bytes; expected floats", quoted(&name)),
            };
            arrays.push(Tensor::from_le_bytes(name, &shape, numbers_type, numbers));
        }
        Ok(Self { arrays, metadata })
    }

    fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        let file = File::parse(bytes)?;
        let arrays = file.names().into_iter().map(|name| file.tensor(name));
        Ok(Self {
            arrays: arrays.collect::<Result<_, _>>()?,
            metadata: file.metadata(KEY).map(str::to_owned),
        })
    }

    /// Whether the file contains everything in [`Options`], as an export of this program does.
    pub fn describes_itself(&self) -> bool {
        self.metadata.is_some()
    }

    /// Returns the bytes of a model file, and the model. The model is the one that the file describes, or the file's
    /// weights with `options`.
    ///
    /// # Errors
    /// Arrays that are not the layers of a network, or do not fit the normalisation. Both metadata and options, or
    /// neither.
    pub fn into_model(self, options: Option<&Options>) -> Result<(Vec<u8>, AnyModel)> {
        let (tensors, metadata) = match (self.metadata, options) {
            (Some(_), Some(_)) => {
                bail!("the file contains its activation and normalisation; remove the options")
            }
            (None, None) => {
                bail!(
                    "the file does not contain its activation and normalisation; options are needed"
                )
            }
            (Some(metadata), None) => (self.arrays, metadata),
            (None, Some(options)) => {
                let layers = Layers::of(self.arrays)?;
                let metadata = serde_json::to_string(&layers.metadata(options)?)?;
                let mut tensors = layers.into_tensors();
                tensors.extend(normalizer_tensors(&options.normalizer));
                (tensors, metadata)
            }
        };
        let bytes = safetensors::write(&tensors, Some((KEY, &metadata)))?;
        let model = AnyModel::parse(&bytes)?;
        Ok((bytes, model))
    }
}

/// The layers of a network, from the first hidden layer to the output layer.
struct Layers(Vec<Layer>);

struct Layer {
    weight: Tensor,
    bias: Tensor,
    fan_out: usize,
    fan_in: usize,
}

impl Layers {
    /// The layers in these arrays; every array must belong to a layer.
    fn of(arrays: Vec<Tensor>) -> Result<Self> {
        let (weights, mut others): (Vec<Tensor>, Vec<Tensor>) = arrays
            .into_iter()
            .partition(|array| array.name().ends_with("weight"));
        let mut layers = Vec::new();
        for weight in weights {
            let stem = weight.name().trim_end_matches("weight");
            let bias = format!("{stem}bias");
            let place = others.iter().position(|array| array.name() == bias);
            let place = place.with_context(|| {
                format!("no {} beside {}", quoted(&bias), quoted(weight.name()))
            })?;
            layers.push(Layer::of(weight, others.swap_remove(place))?);
        }
        if let Some(other) = others.first() {
            bail!(
                "{} belongs to no dense layer; expected arrays named …weight and …bias",
                quoted(other.name())
            );
        }
        ensure!(
            !layers.is_empty(),
            "no array is named …weight; expected fc1.weight, fc1.bias and so on"
        );
        let named: Vec<Named<'_>> = layers
            .iter()
            .map(|layer| Named {
                stem: layer.weight.name().trim_end_matches("weight"),
                fan_in: layer.fan_in,
                fan_out: layer.fan_out,
            })
            .collect();
        let order = order(&named)?;
        for layer in &layers[1..] {
            ensure!(
                layer.weight.number_type() == layers[0].weight.number_type(),
                "{} and {} differ in precision",
                quoted(layers[0].weight.name()),
                quoted(layer.weight.name())
            );
        }
        let mut layers: Vec<Option<Layer>> = layers.into_iter().map(Some).collect();
        let ordered = order.into_iter().filter_map(|at| layers[at].take());
        Ok(Self(ordered.collect()))
    }

    fn into_tensors(self) -> Vec<Tensor> {
        let tensors = self.0.into_iter().enumerate().flat_map(|(index, layer)| {
            let [weight, bias] = layer_names(index);
            [layer.weight.renamed(weight), layer.bias.renamed(bias)]
        });
        tensors.collect()
    }

    /// The metadata of a model with these layers. The other settings are those of the paper, because the training is
    /// unknown.
    fn metadata(&self, options: &Options) -> Result<Metadata> {
        let pixels = self.0[0].fan_in;
        let side = pixels.isqrt();
        ensure!(
            side * side == pixels,
            "{} has {pixels} inputs; expected those of a square picture, as 784",
            quoted(self.0[0].weight.name())
        );
        let hidden = &self.0[..self.0.len() - 1];
        Ok(Metadata {
            format: FORMAT,
            experiment: "imported".to_owned(),
            seed: 0,
            epoch: 0,
            image: [side, side],
            dataset: None,
            settings: Settings {
                hidden: hidden.iter().map(|layer| layer.fan_out).collect(),
                activation: options.activation,
                normalize: options.normalize,
                precision: match self.0[0].weight.number_type() {
                    Type::F32 => Precision::F32,
                    Type::F64 => Precision::F64,
                },
                ..Settings::default()
            },
        })
    }
}

impl Layer {
    fn of(weight: Tensor, bias: Tensor) -> Result<Self> {
        let name = quoted(weight.name());
        let [fan_out, fan_in] = *weight.shape() else {
            bail!(
                "{name} is {:?}; expected two dimensions [fan-out × fan-in]",
                weight.shape()
            );
        };
        ensure!(
            bias.shape() == [fan_out],
            "{} is {:?}; expected [{fan_out}], as {name} is [{fan_out} × {fan_in}]",
            quoted(bias.name()),
            bias.shape()
        );
        ensure!(
            bias.number_type() == weight.number_type(),
            "{name} and {} differ in precision",
            quoted(bias.name())
        );
        Ok(Self {
            weight,
            bias,
            fan_out,
            fan_in,
        })
    }
}
