//! A network learns to distinguish the two arms of a spiral. The optimizer is Adam (Kingma and Ba 2015), written as a
//! closure; its state is two moments of the gradient.
//!
//! `cargo run --release --example spiral`

#![allow(clippy::print_stdout)] // an example shows what it does

use nn_train::nn_core::{Error, Workspace, rand::seq::SliceRandom};
use nn_train::{Activation, ArraySamples, Init, Mlp, Params, Samples, Stream, evaluate};

const RATE: f32 = 0.01;
const DECAYS: [f32; 2] = [0.9, 0.999];

/// Points at equal distances along both arms; `phase` moves them along the arms.
fn spiral(points: usize, phase: f32) -> Result<ArraySamples<f32>, Error> {
    let x = nn_train::ndarray::Array2::from_shape_fn((points, 2), |(i, j)| {
        let radius = 4.0 * (i as f32 + phase) / points as f32;
        let angle = 2.0 * radius + [0.0, std::f32::consts::PI][i % 2];
        radius * [angle.cos(), angle.sin()][j]
    });
    ArraySamples::new(x, (0..points).map(|i| (i % 2) as u8).collect())
}

fn main() -> Result<(), Error> {
    let (train, test) = (spiral(400, 0.0)?, spiral(100, 0.5)?);
    let network = Mlp::new(&[2, 32, 32, 2], Activation::Tanh)?;
    let mut params = network.init_from_seed::<f32>(Init::GlorotUniform, 0);
    let (mut first, mut second) = (Params::zeros(&network), Params::zeros(&network));
    let (mut workspace, mut batch) = (Workspace::new(), train.new_batch());
    let (mut order, mut step): (Vec<u32>, i32) = ((0..400).collect(), 0);

    for epoch in 1..=60 {
        order.shuffle(&mut Stream::Order { epoch }.rng(0));
        for positions in order.chunks(25) {
            step += 1;
            train.gather(positions, &mut batch);
            let label = |&i: &u32| train.labels()[i as usize];
            let y: Vec<u8> = positions.iter().map(label).collect();
            let unbias = DECAYS.map(|decay| 1.0 / (1.0 - decay.powi(step)));
            let gradient = network.backpropagate(&params, &batch, &y, &mut workspace)?;
            gradient.update(&mut params, [&mut first, &mut second], |block| {
                let [first, second] = block.state;
                for (i, w) in block.params.iter_mut().enumerate() {
                    let g = block.gradient[i];
                    first[i] += (1.0 - DECAYS[0]) * (g - first[i]);
                    second[i] += (1.0 - DECAYS[1]) * (g * g - second[i]);
                    *w -= RATE * first[i] * unbias[0] / ((second[i] * unbias[1]).sqrt() + 1e-8);
                }
            });
        }
        if epoch % 10 == 0 {
            let percent = |samples| Ok(100.0 * evaluate(&network, &params, samples)?.accuracy());
            let (train, test) = (percent(&train)?, percent(&test)?);
            println!("epoch {epoch}: {train:.1} % of the points, {test:.1} % of others");
        }
    }
    assert!(evaluate(&network, &params, &test)?.accuracy() > 0.95);
    Ok(())
}
