//! A loss that is not finite ends a run. The error has the epoch and the step, and the state is kept.

use crate::common::{clouds, diverging, small, trainer};
use ndarray::array;
use nn_core::{Activation, Mlp, Params};
use nn_train::{ArraySamples, Config, Error, Float, Silent, Trainer};

fn diverges<F: Float>(at_least: u32) {
    let (train, validation) = (clouds::<F>(11, 0.0, 0), clouds(5, 1.0, 0));
    let mut trainer = trainer(diverging(), &train, &validation);
    let error = trainer.run(Silent).unwrap_err();
    let Error::Diverged { epoch, step, loss } = error else {
        panic!("{error}");
    };
    assert!(epoch > at_least && !loss.is_finite(), "{error}");
    assert_eq!(
        error.to_string(),
        format!("diverged at epoch {epoch}, step {step}: the loss is {loss}")
    );
    let state = trainer.state();
    assert_eq!(
        (state.epochs_done(), state.steps_done),
        (epoch - 1, step - 1)
    );
    assert_eq!(state.history.len() as u32, epoch - 1);
    let best = &state.best.as_ref().unwrap().params;
    for params in [&state.params, &state.optimizer_state[0], best] {
        assert!(params.as_slice().iter().all(|w| w.is_finite()));
    }
}

#[test]
fn a_diverging_run_says_where_and_keeps_its_history() {
    diverges::<f32>(4);
    diverges::<f64>(40);
}

#[test]
fn a_loss_that_is_not_finite_stops_before_the_first_step_too() {
    let x = array![[1e30f32, 1e30], [-1e30, 1e30], [1e30, -1e30], [1.0, 1.0]];
    let train = ArraySamples::new(x, vec![0, 1, 2, 0]).unwrap();
    let network = Mlp::new(&[2, 3], Activation::Relu).unwrap();
    let initial = Params::from_vec(&network, (1..10).map(|i| 1e20 * i as f32).collect()).unwrap();
    let config = small().check().unwrap();
    let mut trainer = Trainer::new(&network, &config, initial.clone(), &train, &train).unwrap();
    let error = trainer.run(Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                epoch: 1,
                step: 1,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(trainer.state().params, initial);
    assert!(
        trainer.state().optimizer_state[0]
            .as_slice()
            .iter()
            .all(|&v| v == 0.0)
    );
}

/// All steps are fine, but the loss of the validation set is not finite. The step in the error is one more than the
/// number of steps.
#[test]
fn an_evaluation_can_diverge() {
    let train = clouds::<f32>(8, 0.0, 0);
    let x = array![[1e30f32, -1e30], [1e30, 1e30]];
    let validation = ArraySamples::new(x, vec![0, 1]).unwrap();
    let network = Mlp::new(&[2, 3], Activation::Relu).unwrap();
    let config = Config {
        learning_rate: 1e20,
        ..small()
    };
    let config = config.check().unwrap();
    let initial = Params::zeros(&network);
    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation).unwrap();
    let error = trainer.run(Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                epoch: 1,
                step: 3,
                ..
            }
        ),
        "{error}"
    );
    let state = trainer.state();
    assert!(state.history.is_empty() && state.best.is_none());
    assert!(state.params.as_slice().iter().all(|w| w.is_finite()));
}
