//! Model files: weights in safetensors, with all that is needed to use them.
//!
//! Tensors are named and laid out as PyTorch's `nn.Linear` has them, `fc1.weight` [fan-out × fan-in]
//! and `fc1.bias` [fan-out], so that other tools can read them. The configuration is JSON under the
//! metadata key `mnist-lab`. A normalisation fitted on the training set is two more tensors,
//! `normalize.scale` and `normalize.shift`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mnist_data::known::KnownSet;
use mnist_data::{Normalize, Normalizer};
use nn_core::{Float, Mlp, Params};
use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::disk::tensors::{self, Tensor};
use crate::disk::whole;
use crate::quote::quoted;
use crate::suite::{Precision, Settings};

/// A trained network with its input's normalisation.
#[derive(Clone, Debug)]
pub struct Model<F> {
    /// Where it comes from.
    pub card: Card,
    /// Weights and biases; they know their network.
    pub params: Params<F>,
    /// As fitted on the training set.
    pub normalizer: Normalizer,
}

/// A model's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    /// Version of this format.
    pub format: u32,
    /// The experiment's id.
    pub experiment: String,
    /// The run's seed.
    pub seed: u64,
    /// The epoch after which the weights were these.
    pub epoch: u32,
    /// Rows and columns of an image.
    pub image: [usize; 2],
    /// The data set that it was trained on, if its classes have names; digits have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// All hyperparameters.
    pub settings: Settings,
}

impl Card {
    /// What the network's classes are called, class 0 first; `None` if they are numbers.
    pub fn class_names(&self) -> Option<&'static [&'static str]> {
        KnownSet::named(self.dataset.as_deref()?)?.class_names
    }
}

/// The version of the format that this code writes, the only one that it reads.
pub const FORMAT: u32 = 1;

const CARD: &str = "mnist-lab";

/// A model of either precision.
#[derive(Clone, Debug)]
pub enum AnyModel {
    /// Single.
    F32(Model<f32>),
    /// Double.
    F64(Model<f64>),
}

impl AnyModel {
    /// Reads a model file.
    ///
    /// # Errors
    /// The file's name, and what was expected and found.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = whole::read(path)?;
        Self::parse(&bytes).with_context(|| path.display().to_string())
    }

    /// Where it comes from.
    pub fn card(&self) -> &Card {
        match self {
            Self::F32(model) => &model.card,
            Self::F64(model) => &model.card,
        }
    }

    /// What it is a model of.
    pub fn network(&self) -> &Mlp {
        match self {
            Self::F32(model) => model.params.network(),
            Self::F64(model) => model.params.network(),
        }
    }

    /// Its parameters, in the precision that is wanted.
    pub fn params<F: Float>(&self) -> Params<F> {
        match self {
            Self::F32(model) => model.params.cast(),
            Self::F64(model) => model.params.cast(),
        }
    }

    /// Reads a model from a file's bytes.
    ///
    /// # Errors
    /// What was expected and found.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (tensors, card) = tensors::parse(bytes, CARD)?;
        let card = card.with_context(|| {
            format!(
                "no metadata `{CARD}`: not a model of this program; `mnist-lab import` makes one of weights \
                 from elsewhere"
            )
        })?;
        let card: Card =
            serde_json::from_str(&card).with_context(|| format!("metadata `{CARD}`"))?;
        if card.format != FORMAT {
            bail!("model format {}; expected {FORMAT}", card.format);
        }
        Ok(match card.settings.precision {
            Precision::F32 => Self::F32(Model::from_tensors(card, &tensors)?),
            Precision::F64 => Self::F64(Model::from_tensors(card, &tensors)?),
        })
    }
}

impl<F: Float> Model<F> {
    /// The file's bytes; the same model always gives the same.
    ///
    /// # Errors
    /// A text that JSON, or tensors that safetensors cannot hold; those of a model can be.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut parts: Vec<Tensor> = Vec::new();
        let network = self.params.network();
        for (index, layer) in network.layers().enumerate() {
            let (weight, bias) = names(index);
            // [fan-in × fan-out] here, [fan-out × fan-in] there.
            let transposed = self.params.weight(index).reversed_axes();
            let numbers = transposed.iter().copied().collect::<Vec<F>>();
            let shape = vec![layer.fan_out, layer.fan_in];
            parts.push(Tensor::new(&weight, shape, &numbers));
            let numbers = self.params.bias(index).to_vec();
            parts.push(Tensor::new(&bias, vec![layer.fan_out], &numbers));
        }
        let fitted = match &self.normalizer {
            Normalizer::PerImage => None,
            Normalizer::Fixed { a, c } => Some((vec![*a], vec![*c])),
            Normalizer::PerPixel { b, d } => Some((b.clone(), d.clone())),
        };
        if let Some((scale, shift)) = fitted {
            for (name, numbers) in [(SCALE, scale), (SHIFT, shift)] {
                parts.push(Tensor::new(name, vec![numbers.len()], &numbers));
            }
        }
        tensors::serialise(&parts, CARD, serde_json::to_string(&self.card)?)
    }

    fn from_tensors(card: Card, tensors: &SafeTensors<'_>) -> Result<Self> {
        let classes = {
            let (_, bias) = names(card.settings.hidden.len());
            let shape = tensors.tensor(&bias).map(|t| t.shape().to_vec());
            match shape.as_deref() {
                Ok([classes]) => *classes,
                Ok(other) => bail!("tensor `{bias}` has shape {other:?}; expected [classes]"),
                Err(_) => bail!("no tensor `{bias}`"),
            }
        };
        expect_only(&card, tensors)?;
        let [rows, columns] = card.image;
        let pixels = rows
            .checked_mul(columns)
            .with_context(|| format!("images of {rows} × {columns} pixels"))?;
        // Sizes are believed only after the file's own tensors have confirmed them.
        let mut fan_in = pixels;
        let hidden = card.settings.hidden.iter().copied();
        for (index, fan_out) in hidden.chain([classes]).enumerate() {
            let (weight, bias) = names(index);
            expect::<F>(tensors, &weight, &[fan_out, fan_in])?;
            expect::<F>(tensors, &bias, &[fan_out])?;
            fan_in = fan_out;
        }
        let network = card.settings.network(pixels, classes)?;
        let params = read_params(&network, tensors)?;
        let normalizer = read_normalizer(card.settings.normalize, pixels, tensors)?;
        Ok(Self {
            card,
            params,
            normalizer,
        })
    }
}

/// A tensor that the card does not account for means that one of the two is not what it says.
fn expect_only(card: &Card, tensors: &SafeTensors<'_>) -> Result<()> {
    let mut known: Vec<String> = (0..=card.settings.hidden.len())
        .flat_map(|index| <[String; 2]>::from(names(index)))
        .collect();
    if card.settings.normalize != Normalize::PerImage {
        known.extend([SCALE.to_owned(), SHIFT.to_owned()]);
    }
    let unknown = |name: &&&str| !known.iter().any(|known| known == **name);
    let mut found = tensors.names();
    found.sort_unstable();
    match found.iter().find(unknown) {
        None => Ok(()),
        Some(name) => bail!("tensor {} is none of {}", quoted(name), known.join(", ")),
    }
}

const SCALE: &str = "normalize.scale";
const SHIFT: &str = "normalize.shift";

/// The names of a layer's weights and biases; `index` counts from 0, names from 1.
fn names(index: usize) -> (String, String) {
    let layer = index + 1;
    (format!("fc{layer}.weight"), format!("fc{layer}.bias"))
}

fn read_params<F: Float>(network: &Mlp, tensors: &SafeTensors<'_>) -> Result<Params<F>> {
    let mut flat = Vec::with_capacity(network.parameter_count());
    for (index, layer) in network.layers().enumerate() {
        let (weight, bias) = names(index);
        let weights = expect::<F>(tensors, &weight, &[layer.fan_out, layer.fan_in])?;
        for i in 0..layer.fan_in {
            flat.extend((0..layer.fan_out).map(|o| weights[o * layer.fan_in + i]));
        }
        flat.extend(expect::<F>(tensors, &bias, &[layer.fan_out])?);
    }
    Ok(Params::from_vec(network, flat)?)
}

fn read_normalizer(
    normalize: Normalize,
    pixels: usize,
    tensors: &SafeTensors<'_>,
) -> Result<Normalizer> {
    let read = |len| -> Result<(Vec<f64>, Vec<f64>)> {
        Ok((
            expect::<f64>(tensors, SCALE, &[len])?,
            expect::<f64>(tensors, SHIFT, &[len])?,
        ))
    };
    Ok(match normalize {
        Normalize::PerImage => Normalizer::PerImage,
        Normalize::PerPixel => {
            let (b, d) = read(pixels)?;
            Normalizer::PerPixel { b, d }
        }
        Normalize::Global | Normalize::UnitScale | Normalize::None => {
            let (scale, shift) = read(1)?;
            Normalizer::Fixed {
                a: scale[0],
                c: shift[0],
            }
        }
    })
}

/// A tensor of this name, type and shape, its numbers finite.
fn expect<F: Float>(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<F>> {
    let numbers: Vec<F> = tensors::read(tensors, name, shape)?;
    if let Some(index) = numbers.iter().position(|x| !x.is_finite()) {
        bail!("tensor `{name}` holds a number that is not finite at position {index}");
    }
    Ok(numbers)
}
