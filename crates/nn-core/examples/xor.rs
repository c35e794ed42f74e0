//! A network learns exclusive or by plain gradient descent; without its hidden layer it cannot.
//!
//! `cargo run --release --example xor`

#![allow(clippy::print_stdout)] // an example shows what it does

use nn_core::ndarray::array;
use nn_core::{Activation, Error, Grads, Init, Mlp, Workspace};

fn main() -> Result<(), Error> {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = [0, 1, 1, 0];

    for sizes in [&[2, 2][..], &[2, 8, 2]] {
        let network = Mlp::new(sizes, Activation::Tanh)?;
        let mut params = network.init_from_seed::<f64>(Init::GlorotUniform, 1);
        let (mut grads, mut workspace) = (Grads::zeros(&network), Workspace::new());

        println!("{network}");
        for step in 0..=500 {
            let loss = network.loss_and_grad(&params, &x, &y, &mut workspace, &mut grads)?;
            if step % 100 == 0 {
                println!("  after {step:3} steps the loss is {loss:.4}");
            }
            for (w, d) in params.as_mut_slice().iter_mut().zip(grads.as_slice()) {
                *w -= 0.5 * d;
            }
        }
        let probabilities = network.predict_proba(&params, &x, &mut workspace)?;
        for (x, y) in x.rows().into_iter().zip(probabilities.rows()) {
            println!("  {} xor {}: 1 with probability {:.3}", x[0], x[1], y[1]);
        }

        let accuracy = network.score(&params, &x, &y, &mut workspace)?.accuracy();
        // One line cannot separate the two classes, so at most three of four examples are correct.
        assert_eq!(accuracy == 1.0, sizes.len() > 2);
    }
    Ok(())
}
