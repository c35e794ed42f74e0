//! A state as tensors of a safetensors file, for checkpoints.

use nn_core::safetensors::{Error, File, Tensor};
use nn_core::{Float, Mlp, Params, Score};

use crate::state::{Best, EpochMetrics, State};

/// The names of the tensors.
const PARAMS: &str = "params";
const VELOCITY: &str = "velocity";
const BEST: &str = "best";
const HISTORY: &str = "history";
const PROGRESS: &str = "progress";

/// The numbers of an epoch in the history.
const COLUMNS: usize = 7;

impl<F: Float> State<F> {
    /// The state as tensors:
    ///
    /// * `params` and, after the first epoch, `best`: flat, in the order of [`Params::as_slice`]
    /// * `velocity`: the optimizer state, flat, one array after another; for SGD, the velocity
    /// * `history` [epochs × 7]: the sum of the losses, the number of correct predictions and the number of
    ///   examples, first of the training set, then of the validation set; the penalty of early stopping
    /// * `progress` \[2]: the steps done in the current epoch, and the best epoch or 0
    ///
    /// ```
    /// use nn_train::nn_core::safetensors::{File, write};
    /// use nn_train::{Activation, ArraySamples, Config, Init, Mlp, Silent, State, Trainer};
    ///
    /// let samples = ArraySamples::new(ndarray::array![[0.0_f32], [1.0]], vec![0, 1])?;
    /// let network = Mlp::new(&[1, 2], Activation::Tanh)?;
    /// let config = Config { batch_size: 1, epochs: 2, ..Config::default() }.check()?;
    /// let initial = network.init_from_seed(Init::Zeros, 0);
    /// let mut trainer = Trainer::new(&network, &config, initial, &samples, &samples)?;
    /// trainer.run(Silent)?;
    ///
    /// let bytes = write(&trainer.state().tensors(), None)?;
    /// let state = State::from_tensors(&File::parse(&bytes)?, &network)?;
    /// assert_eq!(&state, trainer.state());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tensors(&self) -> Vec<Tensor> {
        let flat = |name, params: &Params<F>| {
            let numbers = params.as_slice();
            Tensor::new(name, &[numbers.len()], numbers)
        };
        let optimizer_state = self.optimizer_state.iter().flat_map(Params::as_slice);
        let best_epoch = self.best.as_ref().map_or(0, |best| best.epoch);
        let history: Vec<f64> = self.history.iter().flat_map(epoch_numbers).collect();
        let mut tensors = vec![
            flat(PARAMS, &self.params),
            Tensor::new(
                VELOCITY,
                &[optimizer_state.clone().count()],
                optimizer_state,
            ),
            Tensor::new(HISTORY, &[self.history.len(), COLUMNS], &history),
            Tensor::new(PROGRESS, &[2], &[self.steps_done as f64, best_epoch.into()]),
        ];
        tensors.extend(self.best.as_ref().map(|best| flat(BEST, &best.params)));
        tensors
    }

    /// Reads the state of a run of `network` from the tensors that [`tensors`](Self::tensors) makes; other
    /// tensors are ignored. [`Trainer::resume`](crate::Trainer::resume) checks the state against a
    /// configuration.
    ///
    /// # Errors
    /// A tensor that is missing, has another type or shape, or a number that is not a count where one is
    /// expected.
    pub fn from_tensors(file: &File<'_>, network: &Mlp) -> Result<Self, Error> {
        let params = |name| {
            let numbers = file.read(name, &[network.parameter_count()])?;
            Ok::<_, Error>(Params::from_vec(network, numbers)?)
        };
        let progress: Vec<f64> = file.read(PROGRESS, &[2])?;
        let best = match count(PROGRESS, 1, progress[1])? {
            0 => None,
            epoch => Some(Best {
                epoch: u32::try_from(epoch).map_err(|_| no_count(PROGRESS, 1, progress[1]))?,
                params: params(BEST)?,
            }),
        };
        let history = file.rows::<f64, COLUMNS>(HISTORY)?;
        let history = history.into_iter().enumerate().map(epoch_from);
        Ok(Self {
            history: history.collect::<Result<_, _>>()?,
            steps_done: count(PROGRESS, 0, progress[0])?,
            params: params(PARAMS)?,
            optimizer_state: optimizer_state(file, network)?,
            best,
        })
    }
}

/// The arrays of the optimizer state, as many as the tensor has.
fn optimizer_state<F: Float>(file: &File<'_>, network: &Mlp) -> Result<Vec<Params<F>>, Error> {
    let count = network.parameter_count();
    let length = match file.shape(VELOCITY)?[..] {
        [length] if length.is_multiple_of(count) => length,
        _ => count,
    };
    let numbers: Vec<F> = file.read(VELOCITY, &[length])?;
    let arrays = numbers.chunks_exact(count);
    let arrays = arrays.map(|numbers| Ok(Params::from_vec(network, numbers.to_vec())?));
    arrays.collect()
}

/// The scores of an epoch as numbers: sums, because means would be rounded.
fn epoch_numbers(metrics: &EpochMetrics) -> [f64; COLUMNS] {
    let score = |score: &Score| [score.loss_sum, score.correct as f64, score.examples as f64];
    let ([a, b, c], [d, e, f]) = (score(&metrics.train), score(&metrics.validation));
    [a, b, c, d, e, f, metrics.stopping_penalty]
}

fn epoch_from((row, numbers): (usize, [f64; COLUMNS])) -> Result<EpochMetrics, Error> {
    let score = |column: usize| {
        let count = |column: usize| count(HISTORY, COLUMNS * row + column, numbers[column]);
        Ok::<_, Error>(Score {
            loss_sum: numbers[column],
            correct: count(column + 1)?,
            examples: count(column + 2)?,
        })
    };
    Ok(EpochMetrics {
        epoch: row as u32 + 1,
        train: score(0)?,
        validation: score(3)?,
        stopping_penalty: numbers[6],
    })
}

/// Converts a number of a tensor to a count; `f64` represents each count below 2⁵³ exactly.
fn count(name: &str, position: usize, x: f64) -> Result<usize, Error> {
    let is_count = (0.0..9_007_199_254_740_992.0).contains(&x) && x.fract() == 0.0;
    match is_count && x.is_sign_positive() {
        true => Ok(x as usize),
        false => Err(no_count(name, position, x)),
    }
}

fn no_count(name: &str, position: usize, x: f64) -> Error {
    Error::Value {
        name: name.to_owned(),
        position,
        found: x.to_string(),
        expected: "a count",
    }
}

#[cfg(test)]
mod tests {
    use nn_core::Activation;
    use nn_core::safetensors::write;

    use super::*;

    #[test]
    fn numbers_other_than_counts_are_refused_with_their_place() {
        let network = Mlp::new(&[1, 2], Activation::Tanh).unwrap();
        let params = Params::<f32>::zeros(&network);
        let score = |from: usize| Score {
            loss_sum: from as f64 + 0.5,
            correct: from + 1,
            examples: from + 2,
        };
        let epoch = |epoch, from| EpochMetrics {
            epoch,
            train: score(from),
            validation: score(from + 10),
            stopping_penalty: from as f64 + 0.25,
        };
        let state = State {
            history: vec![epoch(1, 100), epoch(2, 200)],
            steps_done: 5,
            best: Some(Best {
                epoch: 2,
                params: params.clone(),
            }),
            ..State::new(params)
        };
        let tensors = state.tensors();
        let read = |tensors: &[Tensor]| {
            let bytes = write(tensors, None).unwrap();
            State::from_tensors(&File::parse(&bytes).unwrap(), &network)
        };
        assert_eq!(read(&tensors), Ok(state));

        let counts = [(2, vec![1, 2, 4, 5, 8, 9, 11, 12]), (3, vec![0, 1])];
        for (tensor, positions) in counts {
            let of = &tensors[tensor];
            for position in positions {
                for x in [0.5, -1.0, -0.0, f64::NAN, 9_007_199_254_740_992.0] {
                    let mut bytes = of.bytes().to_vec();
                    bytes[8 * position..8 * (position + 1)].copy_from_slice(&x.to_le_bytes());
                    let mut wrong = tensors.clone();
                    wrong[tensor] =
                        Tensor::from_le_bytes(of.name(), of.shape(), of.number_type(), bytes);
                    let place = format!("tensor `{}` has {x} at position {position}", of.name());
                    assert_eq!(
                        read(&wrong).unwrap_err().to_string(),
                        format!("{place}; expected a count")
                    );
                }
            }
        }
    }

    #[test]
    fn the_optimizer_state_is_one_tensor_of_any_number_of_arrays() {
        let network = Mlp::new(&[1, 2], Activation::Tanh).unwrap();
        let params = |from: f32| {
            let numbers = (0..4).map(|i| from + i as f32);
            Params::from_vec(&network, numbers.collect()).unwrap()
        };
        let bytes = |tensors: &[Tensor]| write(tensors, None).unwrap();
        for arrays in 0..4 {
            let optimizer_state: Vec<_> = (0..arrays).map(|i| params(10.0 * i as f32)).collect();
            let numbers = optimizer_state.iter().flat_map(Params::as_slice);
            let state = State {
                optimizer_state: optimizer_state.clone(),
                ..State::new(params(0.5))
            };
            let file = bytes(&state.tensors());
            let file = File::parse(&file).unwrap();
            let expected: Vec<f32> = numbers.copied().collect();
            assert_eq!(file.read(VELOCITY, &[4 * arrays]), Ok(expected));
            assert_eq!(State::from_tensors(&file, &network), Ok(state));
        }
        let mut tensors = State::new(params(0.5)).tensors();
        tensors[1] = Tensor::new(VELOCITY, &[6], &[0.0_f32; 6]);
        let file = bytes(&tensors);
        let refused = State::<f32>::from_tensors(&File::parse(&file).unwrap(), &network);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "tensor `velocity` is F32 [6]; expected F32 [4]"
        );
    }
}
