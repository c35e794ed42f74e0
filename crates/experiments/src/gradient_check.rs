//! The paper's gradient check (section 3, table 1), and stricter checks of more networks.

use std::panic::resume_unwind;
use std::thread;

use anyhow::Result;
use gradcheck::{Entry, Options, check_at};
use mnist_data::{Dataset, Normalize};
use ndarray::Array2;
use nn_core::{Activation, Grads, Init, Mlp, Params, Workspace};
use nn_train::{Penalty, Stream, objective};
use rand::Rng;

use lab_results::tables::{GradcheckPart, GradcheckRow};

/// The paper's ε.
pub const PAPER_EPSILON: f64 = 1e-2;

/// An ε at which the truncation error (proportional to ε²) and the rounding error (proportional to 1/ε) are about
/// equally small.
const GOOD_EPSILON: f64 = 2e-5;

/// The smallest denominator of a relative difference: a hundredth of a typical derivative here. A difference quotient
/// has an error of about 10⁻¹¹. That is too much for far smaller derivatives, as where those of loss and penalty nearly
/// cancel.
const FLOOR: f64 = 1e-4;

/// The network that the paper checks.
pub const PAPER_NETWORK: &str = "784–128–10 tanh";

/// The weights of the paper's table 1, with the printed absolute differences.
pub const TABLE_1: [(&str, f64); 6] = [
    ("output bias", 4e-6),
    ("hidden bias", 0.000_327),
    ("input to hidden i", 0.000_28),
    ("input to hidden ii", 0.000_358_5),
    ("hidden to output i", 2.08e-5),
    ("hidden to output ii", 0.000_102),
];

/// One network at one image, with the gradient that backpropagation gives there.
struct Subject {
    name: String,
    network: Mlp,
    params: Params<f64>,
    grads: Grads<f64>,
    x: Array2<f64>,
    y: [u8; 1],
    penalty: Penalty,
}

impl Subject {
    fn new(
        name: &str,
        sizes: &[usize],
        activation: Activation,
        penalty: Penalty,
        image: &(Array2<f64>, u8),
        seed: u64,
    ) -> Result<Self> {
        let network = Mlp::new(sizes, activation)?;
        let params = network.init(Init::LecunNormal, &mut Stream::Init.rng(seed));
        let mut subject = Self {
            name: format!("{network} {name}"),
            grads: Grads::zeros(&network),
            network,
            params,
            x: image.0.clone(),
            y: [image.1],
            penalty,
        };
        objective(
            &subject.network,
            &subject.params,
            &subject.x,
            &subject.y,
            &subject.penalty,
            &mut Workspace::new(),
            &mut subject.grads,
        )?;
        Ok(subject)
    }

    /// Central differences for these parameters, a share of them on each thread.
    fn check_on(&self, threads: usize, indices: &[usize], epsilon: f64) -> Result<Vec<Entry>> {
        let share = indices.len().div_ceil(threads.max(1)).max(1);
        thread::scope(|scope| {
            let shares: Vec<_> = indices
                .chunks(share)
                .map(|share| {
                    let work = move || self.check(share, epsilon);
                    (share, thread::Builder::new().spawn_scoped(scope, work))
                })
                .collect();
            let mut entries = Vec::with_capacity(indices.len());
            for (share, thread) in shares {
                entries.extend(match thread {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic))?,
                    // The system has refused a thread.
                    Err(_) => self.check(share, epsilon)?,
                });
            }
            Ok(entries)
        })
    }

    /// Central differences for these parameters.
    fn check(&self, indices: &[usize], epsilon: f64) -> Result<Vec<Entry>> {
        let mut workspace = Workspace::new();
        let value = |params: &Params<f64>| {
            let score = self.network.score(params, &self.x, &self.y, &mut workspace);
            // Shapes were checked when the gradient was computed.
            score.map_or(f64::NAN, |score| score.loss()) + self.penalty.value(params)
        };
        let options = Options {
            epsilon,
            floor: FLOOR,
        };
        let grads = self.grads.as_slice();
        let indices = indices.iter().copied();
        Ok(check_at(value, &self.params, grads, indices, &options)?.entries)
    }

    fn row(&self, part: GradcheckPart, weight: &str, epsilon: f64, entry: &Entry) -> GradcheckRow {
        GradcheckRow {
            part,
            network: self.name.clone(),
            weight: weight.to_owned(),
            index: entry.index,
            epsilon,
            numerical: entry.numerical,
            backprop: entry.analytic,
            absolute: entry.absolute(),
            relative: entry.relative,
            paper_absolute: None,
        }
    }

    /// Whether moving a parameter by ε crosses a kink, where the objective has no derivative and central differences
    /// are useless: 0 for a weight with an L1 penalty, 0 for the pre-activation of a ReLU in the first layer.
    fn crosses_kink(&self, index: usize, epsilon: f64, pre_activations: &Array2<f64>) -> bool {
        let layer = self.network.layer(0);
        let is_weight = |layer: nn_core::Layer| layer.weights().contains(&index);
        if self.penalty.l1 != 0.0 && self.network.layers().any(is_weight) {
            return self.params.as_slice()[index].abs() <= epsilon;
        }
        let relu = self.network.activation() == Activation::Relu && self.network.depth() > 1;
        if !relu || index >= layer.biases().end {
            return false;
        }
        // The last row has the biases; their input is 1.
        let (row, unit) = (index / layer.fan_out, index % layer.fan_out);
        let input = self.x.row(0).get(row).copied().unwrap_or(1.0);
        pre_activations[[0, unit]].abs() <= epsilon * input.abs()
    }

    /// The worst entry of each group of parameters, then separately all entries whose change crosses a kink.
    fn worst_of_groups(&self, threads: usize, epsilon: f64) -> Result<Vec<GradcheckRow>> {
        let (mut rows, mut apart) = (Vec::new(), Vec::new());
        let pre_activations = self.x.dot(&self.params.weight(0)) + self.params.bias(0);
        for (index, layer) in self.network.layers().enumerate() {
            let groups = [("weight", layer.weights()), ("bias", layer.biases())];
            for (group, range) in groups {
                let (kinks, smooth): (Vec<usize>, Vec<usize>) =
                    range.partition(|&i| self.crosses_kink(i, epsilon, &pre_activations));
                for entry in self.check(&kinks, epsilon)? {
                    let place = entry.index - layer.offset;
                    let (from, to) = (place / layer.fan_out, place % layer.fan_out);
                    let name = match group {
                        "weight" => format!("fc{}.weight[{to}, {from}]", index + 1),
                        _ => format!("fc{}.bias[{to}]", index + 1),
                    };
                    apart.push(self.row(GradcheckPart::Kink, &name, epsilon, &entry));
                }
                let entries = self.check_on(threads, &smooth, epsilon)?;
                let worst = entries
                    .iter()
                    .max_by(|a, b| a.relative.total_cmp(&b.relative));
                if let Some(entry) = worst {
                    let name = format!("fc{}.{group}, worst of {}", index + 1, entries.len());
                    rows.push(self.row(GradcheckPart::AllWeights, &name, epsilon, entry));
                }
            }
        }
        rows.extend(apart);
        Ok(rows)
    }
}

/// Runs all checks: table 1, its weights over a range of ε, every weight of the paper's network, and every weight of
/// smaller networks with each activation and penalty. The rows do not depend on the number of threads.
///
/// # Errors
/// A data set without training images.
pub fn gradient_check(dataset: &Dataset, seed: u64, threads: usize) -> Result<Vec<GradcheckRow>> {
    let (image, features) = random_image(dataset, seed)?;
    let classes = dataset.classes();
    let paper = Subject::new(
        "tanh",
        &[features, 128, classes],
        Activation::Tanh,
        Penalty::default(),
        &image,
        seed,
    )?;
    let six = six_weights(&paper.network);

    let mut rows = Vec::new();
    for (entry, (weight, difference)) in paper.check(&six, PAPER_EPSILON)?.iter().zip(TABLE_1) {
        rows.push(GradcheckRow {
            paper_absolute: Some(difference),
            ..paper.row(GradcheckPart::Table1, weight, PAPER_EPSILON, entry)
        });
    }
    for exponent in 0..=10 {
        let epsilon = 10f64.powi(-exponent);
        for (entry, (weight, _)) in paper.check(&six, epsilon)?.iter().zip(TABLE_1) {
            rows.push(paper.row(GradcheckPart::Epsilon, weight, epsilon, entry));
        }
    }
    rows.extend(paper.worst_of_groups(threads, GOOD_EPSILON)?);
    for subject in others(features, classes, &image, seed)? {
        rows.extend(subject.worst_of_groups(threads, GOOD_EPSILON)?);
    }
    Ok(rows)
}

/// One training image, normalised as the paper does, and its label.
fn random_image(dataset: &Dataset, seed: u64) -> Result<((Array2<f64>, u8), usize)> {
    let train = dataset.train();
    anyhow::ensure!(!train.is_empty(), "the data set has no training images");
    let index = Stream::Example
        .rng(seed)
        .random_range(0..train.len() as u32);
    let images = train.images();
    let x = Normalize::PerImage
        .fit(images, &[])?
        .transform_rows(images, &[index]);
    let label = train.labels()[index as usize];
    Ok(((x, label), images.pixels_per_image()))
}

/// The paper's six kinds of weight: the last biases, two weights from the image's middle to the first
/// and last hidden unit, two from those units to the first and last output.
fn six_weights(network: &Mlp) -> [usize; 6] {
    let (hidden, output) = (network.layer(0), network.layer(1));
    let weight = |layer: nn_core::Layer, from: usize, to: usize| {
        layer.weights().start + from * layer.fan_out + to
    };
    let middle = hidden.fan_in / 2 + hidden.fan_in.isqrt() / 2;
    [
        output.biases().end - 1,
        hidden.biases().end - 1,
        weight(hidden, middle, 0),
        weight(hidden, middle, hidden.fan_out - 1),
        weight(output, 0, 0),
        weight(output, output.fan_in - 1, output.fan_out - 1),
    ]
}

/// Softmax regression, and smaller networks with every activation and penalty.
fn others(
    features: usize,
    classes: usize,
    image: &(Array2<f64>, u8),
    seed: u64,
) -> Result<Vec<Subject>> {
    let none = Penalty::default();
    let l1 = Penalty { l1: 0.01, ..none };
    let l2 = Penalty { l2: 0.01, ..none };
    let small = &[features, 24, classes][..];
    let deep = &[features, 16, 12, classes][..];
    [
        (
            "softmax regression",
            &[features, classes][..],
            Activation::Tanh,
            none,
        ),
        ("identity", small, Activation::Identity, none),
        ("sigmoid", small, Activation::Sigmoid, none),
        ("ReLU", small, Activation::Relu, none),
        ("tanh, L1 0.01", small, Activation::Tanh, l1),
        ("tanh, L2 0.01", small, Activation::Tanh, l2),
        ("tanh", deep, Activation::Tanh, none),
    ]
    .into_iter()
    .map(|(name, sizes, activation, penalty)| {
        Subject::new(name, sizes, activation, penalty, image, seed)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_the_parameters_and_keep_their_order() {
        let image = (Array2::from_shape_fn((1, 4), |(_, at)| at as f64 - 1.5), 2);
        let tanh = Activation::Tanh;
        let subject = Subject::new("", &[4, 3, 3], tanh, Penalty::default(), &image, 0).unwrap();
        let indices: Vec<usize> = (0..subject.network.parameter_count()).rev().collect();
        let expected = subject.check(&indices, PAPER_EPSILON).unwrap();
        assert_eq!(expected.len(), indices.len());
        for threads in [0, 1, 2, 5, 1000] {
            let found = subject.check_on(threads, &indices, PAPER_EPSILON).unwrap();
            assert_eq!(found, expected, "{threads} threads");
            assert!(subject.check_on(threads, &[], 1e-2).unwrap().is_empty());
        }
    }
}
