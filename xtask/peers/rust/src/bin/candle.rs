//! The benchmark's task in candle, on the CPU backend; see `../lib.rs`.
//!
//! candle's SGD has no momentum, so the update is written here. Tensors do not change in place: each step makes a new
//! velocity and copies new weights into the variables, as candle's optimizers do.

use std::process::ExitCode;

use anyhow::Result;
use candle_core::{Device, Tensor, Var};
use candle_nn::loss::cross_entropy;
use rust_peers::{Examples, Layer, MOMENTUM, PIXELS, Peer, RATE};

struct Candle {
    images: Tensor,
    labels: Tensor,
    /// Weights and biases, layer by layer.
    parameters: [Var; 4],
    velocities: [Tensor; 4],
}

impl Candle {
    /// Weights are [fan-in × fan-out]; candle_nn::Linear has [fan-out × fan-in], and the gradient would be a transposed
    /// view.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [w1, b1, w2, b2] = &self.parameters;
        let hidden = x.matmul(w1)?.broadcast_add(b1)?.tanh()?;
        Ok(hidden.matmul(w2)?.broadcast_add(b2)?)
    }
}

impl Peer for Candle {
    fn new(examples: Examples, [first, second]: [Layer; 2]) -> Result<Self> {
        let device = &Device::Cpu;
        let weights = |layer: &Layer| {
            let shape = (layer.fan_in, layer.fan_out);
            Var::from_slice(&layer.weights, shape, device)
        };
        let biases = |layer: &Layer| Var::from_slice(&layer.biases, layer.fan_out, device);
        let parameters = [
            weights(&first)?,
            biases(&first)?,
            weights(&second)?,
            biases(&second)?,
        ];
        let zeros = |of: &Var| of.zeros_like();
        let [w1, b1, w2, b2] = &parameters;
        let velocities = [zeros(w1)?, zeros(b1)?, zeros(w2)?, zeros(b2)?];
        let count = examples.labels.len();
        let labels: Vec<_> = examples.labels.into_iter().map(u32::from).collect();
        Ok(Self {
            images: Tensor::from_vec(examples.images, (count, PIXELS), device)?,
            labels: Tensor::from_vec(labels, count, device)?,
            parameters,
            velocities,
        })
    }

    fn step(&mut self, rows: &[u32]) -> Result<()> {
        let rows = Tensor::new(rows, &Device::Cpu)?;
        let x = self.images.index_select(&rows, 0)?;
        let y = self.labels.index_select(&rows, 0)?;
        let gradients = cross_entropy(&self.forward(&x)?, &y)?.backward()?;
        for (parameter, velocity) in self.parameters.iter().zip(&mut self.velocities) {
            if let Some(gradient) = gradients.get(parameter) {
                // Detached: a velocity must not keep the passes of all steps before it.
                *velocity = ((&*velocity * MOMENTUM)? + gradient.detach())?;
                parameter.set(&(parameter.as_tensor() - (&*velocity * RATE)?)?)?;
            }
        }
        Ok(())
    }

    fn logits(&self, images: &[f32]) -> Result<Vec<f32>> {
        let x = Tensor::from_slice(images, (images.len() / PIXELS, PIXELS), &Device::Cpu)?;
        Ok(self.forward(&x)?.flatten_all()?.to_vec1()?)
    }
}

fn main() -> ExitCode {
    rust_peers::run::<Candle>("candle", "candle-core")
}
