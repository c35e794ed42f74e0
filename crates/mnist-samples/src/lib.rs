// The README's example is a test and needs the feature `bundled`.
#![cfg_attr(any(feature = "bundled", not(doctest)), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

use std::sync::Arc;

use mnist_data::{Dataset, LabelledImages, Normalizer};
use nn_core::{Batch, DenseBatch, Float, Input, SparseBatch, SparseBytes};
use nn_train::Samples;

mod classifier;
mod error;

pub use classifier::{Classifier, Model, Prepared};
pub use error::Error;
/// The version of `mnist-data` in this crate's signatures.
pub use mnist_data;
/// The choice between dense and sparse batches.
pub use nn_core::InputForm;
/// The trainer that these samples are for.
pub use nn_train;

/// The share of non-zero pixels above which the dense products are faster.
const DENSITY_LIMIT: f64 = 0.5;

/// A data set in memory, shared by all runs of a process.
#[derive(Debug)]
pub struct PixelData {
    dataset: Dataset,
    /// The training images without their zeros; `None` if they are too large or too many for the sparse form.
    train: Option<Arc<SparseBytes>>,
    test: Option<Arc<SparseBytes>>,
}

impl PixelData {
    /// Prepares a data set for training: finds the non-zero pixels.
    pub fn new(dataset: Dataset) -> Self {
        let sparse = |part: &LabelledImages| {
            let images = part.images();
            let sparse = SparseBytes::from_dense(images.as_bytes(), images.pixels_per_image());
            sparse.ok().map(Arc::new)
        };
        Self {
            train: sparse(dataset.train()),
            test: sparse(dataset.test()),
            dataset,
        }
    }

    /// The data set.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Whether batches of this data are sparse.
    pub fn is_sparse(&self, form: InputForm) -> bool {
        match form {
            InputForm::Auto => {
                let sparse = self.train.as_ref();
                sparse.is_some_and(|bytes| bytes.density() < DENSITY_LIMIT)
            }
            InputForm::Dense => false,
            InputForm::Sparse => true,
        }
    }

    /// The training images at these positions.
    pub fn training<F: Float>(
        &self,
        positions: Vec<u32>,
        normalizer: &Normalizer,
        form: InputForm,
    ) -> PixelSamples<'_, F> {
        let sparse = self.train.as_ref().filter(|_| self.is_sparse(form));
        PixelSamples::new(self.dataset.train(), sparse, positions, normalizer)
    }

    /// All test images.
    pub fn testing<F: Float>(
        &self,
        normalizer: &Normalizer,
        form: InputForm,
    ) -> PixelSamples<'_, F> {
        let sparse = self.test.as_ref().filter(|_| self.is_sparse(form));
        PixelSamples::all(self.dataset.test(), sparse, normalizer)
    }
}

/// The coefficients b and d of each pixel.
type PixelCoefficients<F> = (Arc<[F]>, Arc<[F]>);

/// Images with a normalisation.
#[derive(Debug)]
pub struct PixelSamples<'a, F> {
    part: &'a LabelledImages,
    /// The same images without their zeros, for sparse batches.
    sparse: Option<Arc<SparseBytes>>,
    positions: Vec<u32>,
    labels: Vec<u8>,
    /// The coefficients of x_j = (u_j · a) · b_j − c · d_j: (a, c) of each image; b and d of each pixel, `None` for
    /// ones.
    image_coefficients: Vec<(F, F)>,
    pixel_coefficients: Option<PixelCoefficients<F>>,
}

impl<'a, F: Float> PixelSamples<'a, F> {
    /// All images of a part.
    fn all(
        part: &'a LabelledImages,
        sparse: Option<&Arc<SparseBytes>>,
        normalizer: &Normalizer,
    ) -> Self {
        Self::new(part, sparse, (0..part.len() as u32).collect(), normalizer)
    }

    fn new(
        part: &'a LabelledImages,
        sparse: Option<&Arc<SparseBytes>>,
        positions: Vec<u32>,
        normalizer: &Normalizer,
    ) -> Self {
        let image = |&position: &u32| {
            let (a, c) = normalizer.image_coefficients(part.images().image(position as usize));
            (F::of(a), F::of(c))
        };
        let rounded = |numbers: &[f64]| numbers.iter().map(|&x| F::of(x)).collect();
        let pixels = normalizer.pixel_coefficients();
        Self {
            image_coefficients: positions.iter().map(image).collect(),
            pixel_coefficients: pixels.map(|(b, d)| (rounded(b), rounded(d))),
            labels: positions
                .iter()
                .map(|&position| part.labels()[position as usize])
                .collect(),
            sparse: sparse.cloned(),
            part,
            positions,
        }
    }
}

/// A batch of images, dense or sparse as their samples are.
#[derive(Debug)]
pub struct PixelBatch<F> {
    /// Empty for a sparse batch.
    dense: DenseBatch<F>,
    sparse: Option<SparseBatch<F>>,
}

impl<F: Float> Samples<F> for PixelSamples<'_, F> {
    type Batch = PixelBatch<F>;

    fn features(&self) -> usize {
        self.part.images().pixels_per_image()
    }

    fn labels(&self) -> &[u8] {
        &self.labels
    }

    fn new_batch(&self) -> PixelBatch<F> {
        let sparse = self.sparse.as_ref().map(|bytes| {
            let (scale, shift) = self.pixel_coefficients.clone().unzip();
            SparseBatch::new(Arc::clone(bytes), scale, shift)
        });
        let dense = DenseBatch::new(self.features());
        PixelBatch { dense, sparse }
    }

    fn gather(&self, positions: &[u32], batch: &mut PixelBatch<F>) {
        match &mut batch.sparse {
            Some(batch) => {
                batch.clear();
                for &index in positions {
                    let index = index as usize;
                    let (a, c) = self.image_coefficients[index];
                    batch.push(self.positions[index], a, c);
                }
            }
            None => {
                batch.dense.clear();
                let pixels = self.pixel_coefficients.as_ref();
                let pixels = pixels.map(|(b, d)| (&**b, &**d));
                for &index in positions {
                    let index = index as usize;
                    let image = self.part.images().image(self.positions[index] as usize);
                    let coefficients = self.image_coefficients[index];
                    batch.dense.push_bytes(image, coefficients, pixels);
                }
            }
        }
    }
}

impl<F: Float> Input<F> for PixelBatch<F> {
    fn as_batch(&self) -> Batch<'_, F> {
        match &self.sparse {
            Some(batch) => batch.as_batch(),
            None => self.dense.as_batch(),
        }
    }
}
