//! The last test: answers train a network.

use std::panic::catch_unwind;

use mnist_data::{Dataset, LabelledImages, Normalize};
use ndarray::{Array2, ArrayView1, Axis};
use nn_core::textbook::LayerParams;
use nn_core::{Activation, argmax};

use crate::cases::{Numbers, still};
use crate::functions::Functions;
use crate::outcome::{Outcome, State};
use crate::project::TRAINING;

const SIZES: [usize; 3] = [784, 32, 10];
const IMAGES: usize = 8000;
const TEST_IMAGES: usize = 2000;
const BATCH: usize = 32;
/// The textbook's functions reach more.
const ACCURACY: f64 = 0.85;

/// Trains for one epoch, and judges the accuracy on images not trained on.
pub(crate) fn outcome(f: &Functions) -> Outcome {
    match catch_unwind(|| accuracy(f)) {
        Err(payload) => Outcome::of_panic(TRAINING, payload.as_ref()),
        Ok(Err(error)) => Outcome::error(error.to_string()),
        Ok(Ok(accuracy)) if accuracy >= ACCURACY => Outcome::passed(),
        Ok(Ok(accuracy)) => {
            let message = format!(
                "after one epoch on {IMAGES} images, your functions recognise {:.1} % of {TEST_IMAGES} others, \
                 expected at least {:.0} %. Solve the other exercises first.",
                100.0 * accuracy,
                100.0 * ACCURACY
            );
            Outcome::new(State::Failed, message)
        }
    }
}

fn accuracy(f: &Functions) -> Result<f64, mnist_data::Error> {
    let mnist = Dataset::bundled()?.truncated(IMAGES, TEST_IMAGES);
    let ((x, labels), (test, test_labels)) = (prepared(mnist.train())?, prepared(mnist.test())?);
    let mut layers = Numbers(11).layers(&SIZES);
    let mut velocities: Vec<LayerParams> = layers.iter().map(still).collect();
    for (n, labels) in labels.chunks(BATCH).enumerate() {
        let rows: Vec<usize> = (BATCH * n..BATCH * n + labels.len()).collect();
        let batch = x.select(Axis(0), &rows);
        let (_, mut d_layers) = f.loss_and_grad(&layers, Activation::Tanh, &batch, labels);
        for ((layer, velocity), d) in layers.iter_mut().zip(&mut velocities).zip(&mut d_layers) {
            d.w += &(f.penalty_gradient)(&layer.w, 0.0, 1e-4);
            (f.sgd_step)(layer, velocity, d, 0.1, 0.9);
        }
    }
    let (_, z) = (f.forward)(&layers, Activation::Tanh, &test);
    let rows = z.last().into_iter().flat_map(|logits| logits.rows());
    let is_right =
        |(row, &label): (ArrayView1<'_, f64>, &u8)| argmax(&row.to_vec()) == usize::from(label);
    let right = rows.zip(test_labels).filter(|pair| is_right(*pair)).count();
    Ok(right as f64 / test_labels.len() as f64)
}

/// The images, each with mean 0 and standard deviation 1, and the labels.
fn prepared(part: &LabelledImages) -> Result<(Array2<f64>, &[u8]), mnist_data::Error> {
    let normalizer = Normalize::PerImage.fit(part.images(), &[])?;
    Ok((normalizer.transform(part.images()), part.labels()))
}
