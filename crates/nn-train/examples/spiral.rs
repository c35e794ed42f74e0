//! A network learns to distinguish the two arms of a spiral. The optimizer is Adam (Kingma and Ba 2015), whose state is
//! two moments of the gradient.
//!
//! `cargo run --release --example spiral`

#![allow(clippy::print_stdout)] // an example shows what it does

use std::{error::Error, ops::ControlFlow};

use nn_train::nn_core::{self, GradientBlock};
use nn_train::{Activation, ArraySamples, Config, Event, Init, Mlp, Optimizer};
use nn_train::{State, Stopping, Trainer, observe};

struct Adam;

impl Optimizer<f32, 2> for Adam {
    fn step(&self, learning_rate: f64, number: u64, block: GradientBlock<'_, f32, 2>) {
        const DECAYS: [f32; 2] = [0.9, 0.999];
        let unbias = DECAYS.map(|decay| 1.0 / (1.0 - decay.powf(number as f32)));
        let [first, second] = block.state;
        for (i, w) in block.params.iter_mut().enumerate() {
            let g = block.gradient[i];
            first[i] += (1.0 - DECAYS[0]) * (g - first[i]);
            second[i] += (1.0 - DECAYS[1]) * (g * g - second[i]);
            let change = first[i] * unbias[0] / ((second[i] * unbias[1]).sqrt() + 1e-8);
            *w -= learning_rate as f32 * change;
        }
    }
}

/// Points at equal distances along both arms; `phase` moves them along the arms.
fn spiral(points: usize, phase: f32) -> Result<ArraySamples<f32>, nn_core::Error> {
    let x = nn_train::ndarray::Array2::from_shape_fn((points, 2), |(i, j)| {
        let radius = 4.0 * (i as f32 + phase) / points as f32;
        let angle = 2.0 * radius + [0.0, std::f32::consts::PI][i % 2];
        radius * [angle.cos(), angle.sin()][j]
    });
    ArraySamples::new(x, (0..points).map(|i| (i % 2) as u8).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (train, others) = (spiral(400, 0.0)?, spiral(100, 0.5)?);
    let network = Mlp::new(&[2, 32, 32, 2], Activation::Tanh)?;
    let mut config = Config::default();
    (config.learning_rate, config.batch_size, config.epochs) = (0.01, 25, 60);
    config.stopping = Stopping::Never;
    let config = config.check()?;
    let state = State::new(network.init_from_seed(Init::GlorotUniform, 0));
    let mut trainer = Trainer::with_optimizer(&network, &config, Adam, state, &train, &others)?;
    trainer.run(observe(|event| {
        if let Event::EpochFinished { metrics, .. } = event
            && metrics.epoch.is_multiple_of(10)
        {
            let [train, others] = [metrics.train, metrics.validation].map(|s| 100.0 * s.accuracy());
            let epoch = metrics.epoch;
            println!("epoch {epoch}: {train:.1} % of the points, {others:.1} % of others");
        }
        ControlFlow::Continue(())
    }))?;
    let last = trainer.state().history.last().ok_or("no epoch")?;
    assert!(last.validation.accuracy() > 0.95);
    Ok(())
}
