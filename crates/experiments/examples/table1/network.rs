//! The paper's network at a few images, in a form in which changing a weight is cheap.

use std::rc::Rc;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use nn_core::Params;
use nn_core::textbook::{cross_entropy, log_softmax};

/// The network's inputs, hidden units and outputs.
pub(crate) const PIXELS: usize = 784;
pub(crate) const HIDDEN: usize = 128;
pub(crate) const CLASSES: usize = 10;

/// A weight. A bias is the weight from one more input, the last, which is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weight {
    /// From an input to a hidden unit.
    First(usize, usize),
    /// From a hidden unit to an output.
    Second(usize, usize),
}

/// tanh′ at z, where a = tanh z.
pub(crate) fn slope(_z: f64, a: f64) -> f64 {
    1.0 - a * a
}

/// A network, and the images at which its gradient is checked. The first layer's weights matter only through the
/// pre-activations, so changing a weight changes one column of them.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// The images [images × 785].
    pub(crate) x: Rc<Array2<f64>>,
    pub(crate) labels: Rc<Vec<u8>>,
    /// The first layer's weights [785 × 128] before any change.
    first: Rc<Array2<f64>>,
    /// The hidden layer's pre-activations [images × 128].
    pub(crate) z: Array2<f64>,
    /// The second layer's weights [129 × 10].
    pub(crate) second: Array2<f64>,
}

impl Network {
    pub(crate) fn new(params: &Params<f64>, x: &Array2<f64>, labels: Vec<u8>) -> Self {
        let rows = |layer| {
            let biases = params.bias(layer).insert_axis(Axis(0));
            concatenate(Axis(0), &[params.weight(layer), biases]).expect("equal fan-out")
        };
        let (x, first) = (with_ones(x), rows(0));
        Self {
            z: x.dot(&first),
            x: Rc::new(x),
            labels: Rc::new(labels),
            first: Rc::new(first),
            second: rows(1),
        }
    }

    /// The mean cross-entropy.
    pub(crate) fn loss(&self) -> f64 {
        let log_y = log_softmax(&self.activations().dot(&self.second));
        let labels = self.labels.iter().enumerate();
        let sum: f64 = labels.map(|(n, &t)| -log_y[[n, usize::from(t)]]).sum();
        sum / self.labels.len() as f64
    }

    /// The mean cross-entropy, with every number of the forward pass in single precision.
    pub(crate) fn loss_in_single_precision(&self) -> f64 {
        let (z, second) = (self.z.mapv(|z| z as f32), self.second.mapv(|w| w as f32));
        let mut sum = 0.0_f32;
        for (z, &label) in z.rows().into_iter().zip(self.labels.iter()) {
            let mut a: Vec<f32> = z.iter().map(|z| z.tanh()).collect();
            a.push(1.0);
            let logits = Array1::from(a).dot(&second);
            let e = logits.mapv(f32::exp);
            sum -= (e[usize::from(label)] / e.sum()).ln();
        }
        f64::from(sum / self.labels.len() as f32)
    }

    /// The derivative of the loss.
    pub(crate) fn gradient(&self, weight: Weight) -> f64 {
        self.gradient_with(weight, &slope, &self.second, 0)
    }

    /// The derivative of the loss, given tanh′ as a function of z and a, and the weights that carry δ back; a hidden
    /// unit takes the row of these weights that is `shift` rows below.
    pub(crate) fn gradient_with(
        &self,
        weight: Weight,
        derivative: &dyn Fn(f64, f64) -> f64,
        back: &Array2<f64>,
        shift: usize,
    ) -> f64 {
        let a = self.activations();
        let (_, delta) = cross_entropy(&a.dot(&self.second), &self.labels);
        match weight {
            Weight::Second(j, k) => a.column(j).dot(&delta.column(k)),
            Weight::First(i, j) => {
                let below = delta.dot(&back.row((j + shift) % back.nrows()));
                let units = self.z.column(j).into_iter().zip(a.column(j));
                let slopes: Array1<f64> = units.map(|(&z, &a)| derivative(z, a)).collect();
                self.x.column(i).dot(&(below * slopes))
            }
        }
    }

    /// (E(w + ε) − E(w − ε)) / 2ε.
    pub(crate) fn numerical(&self, weight: Weight, epsilon: f64) -> f64 {
        let (above, below) = (
            self.moved(weight, epsilon).loss(),
            self.moved(weight, -epsilon).loss(),
        );
        (above - below) / (2.0 * epsilon)
    }

    /// The network with a number added to a weight.
    pub(crate) fn moved(&self, weight: Weight, by: f64) -> Self {
        let mut moved = self.clone();
        match weight {
            Weight::First(i, j) => moved.z.column_mut(j).scaled_add(by, &self.x.column(i)),
            Weight::Second(j, k) => moved.second[[j, k]] += by,
        }
        moved
    }

    /// The network after a step of gradient descent on all weights.
    pub(crate) fn updated(&self, rate: f64) -> Self {
        let a = self.activations();
        let (_, delta) = cross_entropy(&a.dot(&self.second), &self.labels);
        let hidden = |of: ArrayView2<'_, f64>, axis| of.split_at(axis, HIDDEN).0.to_owned();
        let slopes = hidden(a.view(), Axis(1)).mapv(|a| 1.0 - a * a);
        let below = delta.dot(&hidden(self.second.view(), Axis(0)).t()) * slopes;
        let mut after = self.clone();
        // The first layer's weights change by −rate · xᵀ·δ.
        after
            .z
            .scaled_add(-rate, &self.x.dot(&self.x.t()).dot(&below));
        after.second.scaled_add(-rate, &a.t().dot(&delta));
        after
    }

    /// The value of a weight before any change to the first layer.
    pub(crate) fn value(&self, weight: Weight) -> f64 {
        match weight {
            Weight::First(i, j) => self.first[[i, j]],
            Weight::Second(j, k) => self.second[[j, k]],
        }
    }

    /// The same network at the first image only.
    pub(crate) fn first_image(&self) -> Self {
        let first = |of: &Array2<f64>| of.view().split_at(Axis(0), 1).0.to_owned();
        Self {
            x: Rc::new(first(&self.x)),
            labels: Rc::new(self.labels[..1].to_vec()),
            z: first(&self.z),
            ..self.clone()
        }
    }

    /// The hidden activations [images × 129].
    fn activations(&self) -> Array2<f64> {
        with_ones(&self.z.mapv(f64::tanh))
    }
}

fn with_ones(x: &Array2<f64>) -> Array2<f64> {
    let ones = Array2::ones((x.nrows(), 1));
    concatenate(Axis(1), &[x.view(), ones.view()]).expect("equal rows")
}
