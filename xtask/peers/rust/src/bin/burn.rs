//! The benchmark's task in burn, on the CPU backend flex; see `../lib.rs`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rust_peers::{Examples, Layer, MOMENTUM, PIXELS, Peer, RATE};

#[derive(Module, Debug)]
struct Network {
    hidden: Linear,
    output: Linear,
}

impl Network {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.hidden.forward(x).tanh())
    }
}

struct Burn {
    device: Device,
    images: Tensor<2>,
    labels: Tensor<1, Int>,
    network: Network,
    loss: CrossEntropyLoss,
    optimizer: ModuleOptimizer,
}

fn linear(layer: Layer, device: &Device) -> Linear {
    let weights = TensorData::new(layer.weights, [layer.fan_in, layer.fan_out]);
    let biases = TensorData::new(layer.biases, [layer.fan_out]);
    Linear {
        weight: Param::from_data(weights, device),
        bias: Some(Param::from_data(biases, device)),
    }
}

impl Peer for Burn {
    fn new(examples: Examples, [first, second]: [Layer; 2]) -> Result<Self> {
        let device = Device::flex().autodiff();
        let count = examples.labels.len();
        let images = TensorData::new(examples.images, [count, PIXELS]);
        let labels: Vec<_> = examples.labels.into_iter().map(i32::from).collect();
        let labels = TensorData::new(labels, [count]);
        let momentum = MomentumConfig::new()
            .with_momentum(MOMENTUM)
            .with_dampening(0.0);
        Ok(Self {
            images: Tensor::from_data(images, &device),
            labels: Tensor::from_data(labels, &device),
            network: Network {
                hidden: linear(first, &device),
                output: linear(second, &device),
            },
            loss: CrossEntropyLossConfig::new().init(&device),
            optimizer: SgdConfig::new().with_momentum(Some(momentum)).init(),
            device,
        })
    }

    fn step(&mut self, rows: &[u32]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|&row| row as i32).collect();
        let count = rows.len();
        let rows: Tensor<1, Int> = Tensor::from_data(TensorData::new(rows, [count]), &self.device);
        let x = self.images.clone().select(0, rows.clone());
        let y = self.labels.clone().select(0, rows);
        let loss = self.loss.forward(self.network.forward(x), y);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        // The optimizer consumes the network and returns a new one.
        self.network = self.optimizer.step(RATE, self.network.clone(), gradients);
        Ok(())
    }

    fn logits(&self, images: &[f32]) -> Result<Vec<f32>> {
        let images = TensorData::new(images.to_vec(), [images.len() / PIXELS, PIXELS]);
        let logits = self
            .network
            .forward(Tensor::from_data(images, &self.device));
        logits
            .try_into_vec_as::<f32>()
            .map_err(|error| anyhow!("{error:?}"))
    }
}

fn main() -> ExitCode {
    rust_peers::run::<Burn>("burn", "burn")
}
