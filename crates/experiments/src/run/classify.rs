//! Scores trained weights on the test set.

use anyhow::Result;
use lab_results::tables::{ConfusionRow, MistakeRow};
use ndarray::{Array2, Axis};
use nn_core::{Float, Mlp, Params, Score, Workspace, argmax, softmax};
use nn_train::Samples;

use mnist_samples::PixelSamples;

/// Classifies every image once: the score, the confusion matrix and the mistakes.
///
/// # Errors
/// As [`probabilities`], and labels that are not classes.
pub(super) fn classify<F: Float>(
    network: &Mlp,
    params: &Params<F>,
    samples: &PixelSamples<'_, F>,
) -> Result<(Score, Vec<ConfusionRow>, Vec<MistakeRow>)> {
    let classes = network.classes();
    let mut counts = vec![0u64; classes * classes];
    let mut mistakes = Vec::new();
    let mut total = Score::default();
    let mut workspace = Workspace::new();
    let mut batch = samples.new_batch();
    let positions: Vec<u32> = (0..samples.len() as u32).collect();
    for positions in positions.chunks(256) {
        samples.gather(positions, &mut batch);
        let labels: Vec<u8> = positions
            .iter()
            .map(|&position| samples.labels()[position as usize])
            .collect();
        let (score, logits) = network.score_with_logits(params, &batch, &labels, &mut workspace)?;
        total += score;
        let mut probabilities = logits.to_owned();
        softmax(probabilities.view_mut());
        for ((row, &label), &position) in
            probabilities.rows().into_iter().zip(&labels).zip(positions)
        {
            let (predicted, probability) = most_probable(&row.to_vec());
            counts[usize::from(label) * classes + usize::from(predicted)] += 1;
            if predicted != label {
                mistakes.push(MistakeRow {
                    image: position as usize,
                    label,
                    predicted,
                    probability: probability.to_double(),
                });
            }
        }
    }
    // The sort is stable, so equal probabilities stay in the test set's order.
    mistakes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let confusion = counts
        .iter()
        .enumerate()
        .map(|(place, &count)| ConfusionRow {
            label: (place / classes) as u8,
            predicted: (place % classes) as u8,
            count,
        })
        .collect();
    Ok((total, confusion, mistakes))
}

/// Every class's probability for every image, (images, classes).
///
/// # Errors
/// Weights of a different network than `network`, or images of a different size.
pub fn probabilities<F: Float>(
    network: &Mlp,
    params: &Params<F>,
    samples: &PixelSamples<'_, F>,
) -> Result<Array2<F>> {
    let mut all = Array2::zeros((samples.len(), network.classes()));
    let mut workspace = Workspace::new();
    let mut batch = samples.new_batch();
    let positions: Vec<u32> = (0..samples.len() as u32).collect();
    let chunks = all.axis_chunks_iter_mut(Axis(0), 256);
    for (mut rows, positions) in chunks.zip(positions.chunks(256)) {
        samples.gather(positions, &mut batch);
        rows.assign(&network.predict_proba(params, &batch, &mut workspace)?);
    }
    Ok(all)
}

/// The share of the weights, without biases, that are nearer to 0 than 10⁻³.
pub(super) fn near_zero<F: Float>(params: &Params<F>) -> f64 {
    let layers = 0..params.network().depth();
    let weights = layers.flat_map(|layer| params.weight(layer).into_iter().copied());
    let (near, all) = weights.fold((0u64, 0u64), |(near, all), w| {
        (near + u64::from(w.to_double().abs() < 1e-3), all + 1)
    });
    near as f64 / all as f64
}

/// The most probable class and its probability; of equals, the first.
pub fn most_probable<F: Float>(probabilities: &[F]) -> (u8, F) {
    let class = argmax(probabilities);
    // At most 256 classes.
    (class as u8, probabilities[class])
}
