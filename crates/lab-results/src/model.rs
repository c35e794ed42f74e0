//! Model files: weights in safetensors, with everything needed to use them.
//!
//! The weights and biases are the tensors of [`Params::tensors`], which other tools can read. The configuration is JSON
//! under the metadata key [`KEY`]. A normalisation x = u·scale − shift that was fitted on the training set is two more
//! tensors, `normalize.scale` and `normalize.shift`, with one number or one for each pixel.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mnist_data::format::FileFormat;
use mnist_data::known::KnownSet;
use mnist_data::{Normalize, Normalizer};
use nn_core::safetensors::{self, File, Tensor, layer_names};
use nn_core::{Float, Mlp, Params};
use serde::{Deserialize, Serialize};

use crate::disk::atomic_file;
use crate::quote::quoted;
use crate::suite::{Precision, Settings, check_name};

/// A trained network with the normalisation of its input.
#[derive(Clone, Debug)]
pub struct Model<F> {
    /// The model's origin and settings.
    pub metadata: Metadata,
    /// Weights and biases, with the architecture.
    pub params: Params<F>,
    /// The normalisation, fitted on the training set.
    pub normalizer: Normalizer,
}

/// A model's metadata: origin and settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    /// The version of this format.
    pub format: u32,
    /// The experiment's id.
    pub experiment: String,
    /// The run's seed.
    pub seed: u64,
    /// The epoch after which the weights were saved.
    pub epoch: u32,
    /// The numbers of rows and columns of an image.
    pub image: [usize; 2],
    /// The data set that the model was trained on, if its classes have names; digits have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// All hyperparameters.
    pub settings: Settings,
}

impl Metadata {
    /// The names of the classes, class 0 first; `None` for digits.
    pub fn class_names(&self) -> Option<&'static [&'static str]> {
        KnownSet::named(self.dataset.as_deref()?)?.class_names
    }
}

/// The version of the format that this code writes. Other versions cannot be read.
pub const FORMAT: u32 = 1;

/// The metadata key of a model's [`Metadata`].
pub const KEY: &str = "mnist-lab";

const SCALE: &str = "normalize.scale";
const SHIFT: &str = "normalize.shift";

/// A model of either precision.
#[derive(Clone, Debug)]
pub enum AnyModel {
    /// Single precision.
    F32(Model<f32>),
    /// Double precision.
    F64(Model<f64>),
}

impl AnyModel {
    /// Reads a model file.
    ///
    /// # Errors
    /// A file that cannot be read, or is not a model; the message has the path, and what was expected and found.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse_file(path, &atomic_file::read(path)?)
    }

    /// Reads a model from the bytes of the file at `path`.
    ///
    /// # Errors
    /// Bytes that are not a model; the message has the path, and what was expected and found.
    pub fn parse_file(path: &Path, bytes: &[u8]) -> Result<Self> {
        atomic_file::expect_format(
            path,
            bytes,
            "a model in safetensors",
            &[FileFormat::Safetensors],
        )?;
        Self::parse(bytes).with_context(|| path.display().to_string())
    }

    /// The model's origin and settings.
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::F32(model) => &model.metadata,
            Self::F64(model) => &model.metadata,
        }
    }

    /// The model's architecture.
    pub fn network(&self) -> &Mlp {
        match self {
            Self::F32(model) => model.params.network(),
            Self::F64(model) => model.params.network(),
        }
    }

    /// The model's parameters, in either precision.
    pub fn params<F: Float>(&self) -> Params<F> {
        match self {
            Self::F32(model) => model.params.cast(),
            Self::F64(model) => model.params.cast(),
        }
    }

    /// Reads a model from a file's bytes.
    ///
    /// # Errors
    /// Bytes that are not a model; the message has what was expected and found.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let file = File::parse(bytes)?;
        let metadata = file.metadata(KEY).with_context(|| {
            format!(
                "no metadata `{KEY}`: not a model of this program; `mnist-lab import` makes one of weights \
                 from elsewhere"
            )
        })?;
        let metadata: Metadata =
            serde_json::from_str(metadata).with_context(|| format!("metadata `{KEY}`"))?;
        if metadata.format != FORMAT {
            bail!("model format {}; expected {FORMAT}", metadata.format);
        }
        // Commands use the experiment's id in file names.
        check_name(&metadata.experiment)
            .with_context(|| format!("metadata `{KEY}`: experiment"))?;
        Ok(match metadata.settings.precision {
            Precision::F32 => Self::F32(Model::from_tensors(metadata, &file)?),
            Precision::F64 => Self::F64(Model::from_tensors(metadata, &file)?),
        })
    }
}

impl<F: Float> Model<F> {
    /// The bytes of the model's file. The same model always gives the same bytes.
    ///
    /// # Errors
    /// Metadata that does not fit JSON or a header; the metadata of a run does.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut tensors = self.params.tensors();
        tensors.extend(normalizer_tensors(&self.normalizer));
        let metadata = serde_json::to_string(&self.metadata)?;
        Ok(safetensors::write(&tensors, Some((KEY, &metadata)))?)
    }

    fn from_tensors(metadata: Metadata, file: &File<'_>) -> Result<Self> {
        let settings = &metadata.settings;
        let [_, bias] = layer_names(settings.hidden.len());
        let [classes] = file.shape(&bias)?[..] else {
            bail!(
                "tensor `{bias}` has shape {:?}; expected [classes]",
                file.shape(&bias)?
            );
        };
        expect_only(settings, file)?;
        let [rows, columns] = metadata.image;
        let pixels = rows
            .checked_mul(columns)
            .with_context(|| format!("images of {rows} × {columns} pixels"))?;
        let network = settings.network(pixels, classes)?;
        Ok(Self {
            params: Params::from_tensors(file, &network)?,
            normalizer: read_normalizer(settings.normalize, pixels, file)?,
            metadata,
        })
    }
}

/// Checks that the file has no tensor besides those of a model with these settings.
fn expect_only(settings: &Settings, file: &File<'_>) -> Result<()> {
    let mut known: Vec<String> = (0..=settings.hidden.len()).flat_map(layer_names).collect();
    if settings.normalize != Normalize::PerImage {
        known.extend([SCALE.to_owned(), SHIFT.to_owned()]);
    }
    let names = file.names();
    let unknown = |name: &&&str| !known.iter().any(|known| known == **name);
    match names.iter().find(unknown) {
        None => Ok(()),
        Some(name) => bail!(
            "unexpected tensor {}; expected {}",
            quoted(name),
            known.join(", ")
        ),
    }
}

/// The tensors of a normalisation that was fitted on the training set.
pub fn normalizer_tensors(normalizer: &Normalizer) -> Vec<Tensor> {
    let (scale, shift) = match normalizer {
        Normalizer::PerImage => return Vec::new(),
        Normalizer::Fixed { a, c } => (std::slice::from_ref(a), std::slice::from_ref(c)),
        Normalizer::PerPixel { b, d } => (&b[..], &d[..]),
    };
    let tensors = [(SCALE, scale), (SHIFT, shift)];
    let tensor = |(name, numbers): (&str, &[f64])| Tensor::new(name, &[numbers.len()], numbers);
    tensors.map(tensor).into()
}

fn read_normalizer(normalize: Normalize, pixels: usize, file: &File<'_>) -> Result<Normalizer> {
    let read = |len| -> Result<(Vec<f64>, Vec<f64>)> {
        let scale = file.read_finite(SCALE, &[len])?;
        Ok((scale, file.read_finite(SHIFT, &[len])?))
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
