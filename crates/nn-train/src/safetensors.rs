//! States to and from safetensors files: what a checkpoint needs.

use nn_core::{Float, Mlp, Params, Score};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::state::{Best, EpochMetrics, State};

/// The numbers that an epoch's line has of each kind.
const COUNTS: usize = 4;
const LOSSES: usize = 2;

/// Bytes that are no state of the network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("safetensors: {0}")]
pub struct StateFileError(String);

impl<F: Float> State<F> {
    /// The bytes of a safetensors file. `params`, `velocity` and `best` are flat, in the order
    /// of [`Params::as_slice`]; `losses` [epochs × 2] are sums over the training and the validation set, and
    /// `counts` [epochs × 4] their right answers and examples; `progress` has the steps done in the epoch
    /// after those, and the best epoch, or 0. The network is not in it.
    ///
    /// ```
    /// use nn_train::{Activation, ArraySamples, Config, Init, Mlp, Silent, State, Trainer};
    ///
    /// let samples = ArraySamples::new(ndarray::array![[0.0_f32], [1.0]], vec![0, 1])?;
    /// let network = Mlp::new(&[1, 2], Activation::Tanh)?;
    /// let config = Config { batch_size: 1, epochs: 2, ..Config::default() }.check()?;
    /// let initial = network.init_from_seed(Init::Zeros, 0);
    /// let mut trainer = Trainer::new(&network, &config, initial, &samples, &samples)?;
    /// trainer.run(Silent)?;
    ///
    /// let bytes = trainer.state().to_safetensors();
    /// assert_eq!(&State::from_safetensors(&network, &bytes)?, trainer.state());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_safetensors(&self) -> Vec<u8> {
        let parameters = vec![self.params.as_slice().len()];
        let epochs = self.history.len();
        let best = self.best.as_ref();
        let counts = self.history.iter().flat_map(|epoch| {
            let (a, b) = (epoch.train, epoch.validation);
            [a.correct, a.examples, b.correct, b.examples]
        });
        let losses = self.history.iter();
        let losses = losses.flat_map(|epoch| [epoch.train.loss_sum, epoch.validation.loss_sum]);
        let progress = [self.steps_done, best.map_or(0, |best| best.epoch as usize)];
        let whole = |numbers: &mut dyn Iterator<Item = usize>| -> Vec<u8> {
            numbers.flat_map(|x| (x as u64).to_le_bytes()).collect()
        };
        let mut parts = vec![
            (
                "params",
                F::NAME,
                parameters.clone(),
                bytes_of(&self.params),
            ),
            (
                "velocity",
                F::NAME,
                parameters.clone(),
                bytes_of(&self.velocity),
            ),
            (
                "counts",
                "u64",
                vec![epochs, COUNTS],
                whole(&mut counts.into_iter()),
            ),
            (
                "losses",
                "f64",
                vec![epochs, LOSSES],
                losses.flat_map(f64::to_le_bytes).collect(),
            ),
            ("progress", "u64", vec![2], whole(&mut progress.into_iter())),
        ];
        if let Some(best) = best {
            parts.push(("best", F::NAME, parameters, bytes_of(&best.params)));
        }
        let views = parts.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(dtype_of(dtype), shape.clone(), bytes);
            (*name, view.expect("a shape with as many numbers"))
        });
        safetensors::serialize(views, None).expect("tensors that fit a header")
    }

    /// The state of a run of `network` in the bytes of a safetensors file;
    /// [`Trainer::resume`](crate::Trainer::resume) then sees whether it is one of its configuration.
    ///
    /// # Errors
    /// Bytes that are no safetensors file, a tensor that is missing or has another type or shape.
    pub fn from_safetensors(network: &Mlp, bytes: &[u8]) -> Result<Self, StateFileError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| StateFileError(e.to_string()))?;
        let parameters = network.parameter_count();
        let params = |name| {
            let bytes = tensor(&file, name, F::NAME, &[parameters])?;
            Params::from_vec(network, F::read_le(bytes)).map_err(|e| StateFileError(e.to_string()))
        };
        let epochs = match file.tensor("losses").map(|t| t.shape().to_vec()) {
            Ok(shape) => shape.first().copied().unwrap_or(0),
            Err(_) => 0,
        };
        let counts = whole(tensor(&file, "counts", "u64", &[epochs, COUNTS])?);
        let losses = tensor(&file, "losses", "f64", &[epochs, LOSSES])?;
        let losses = f64::read_le(losses);
        let progress = whole(tensor(&file, "progress", "u64", &[2])?);
        let lines = counts.chunks_exact(COUNTS).zip(losses.chunks_exact(LOSSES));
        let history = lines.zip(1..).map(|((counts, losses), epoch)| {
            let score = |i: usize| Score {
                loss_sum: losses[i],
                correct: counts[2 * i],
                examples: counts[2 * i + 1],
            };
            EpochMetrics {
                epoch,
                train: score(0),
                validation: score(1),
            }
        });
        let best = match u32::try_from(progress[1]) {
            Ok(0) => None,
            Ok(epoch) => Some(Best {
                epoch,
                params: params("best")?,
            }),
            Err(_) => {
                let found = progress[1];
                return Err(StateFileError(format!("the best epoch is {found}")));
            }
        };
        Ok(Self {
            history: history.collect(),
            steps_done: progress[0],
            params: params("params")?,
            velocity: params("velocity")?,
            best,
        })
    }
}

fn dtype_of(name: &str) -> Dtype {
    match name {
        "f32" => Dtype::F32,
        "f64" => Dtype::F64,
        _ => Dtype::U64,
    }
}

fn bytes_of<F: Float>(params: &Params<F>) -> Vec<u8> {
    let mut bytes = Vec::new();
    params.as_slice().iter().for_each(|x| x.push_le(&mut bytes));
    bytes
}

/// Whole numbers of eight bytes each.
fn whole(bytes: &[u8]) -> Vec<usize> {
    let (numbers, _) = bytes.as_chunks();
    let numbers = numbers.iter().map(|&x| u64::from_le_bytes(x));
    numbers
        .map(|x| usize::try_from(x).unwrap_or(usize::MAX))
        .collect()
}

/// The bytes of a tensor of this name, type and shape.
fn tensor<'a>(
    file: &SafeTensors<'a>,
    name: &str,
    dtype: &str,
    shape: &[usize],
) -> Result<&'a [u8], StateFileError> {
    let found = file
        .tensor(name)
        .map_err(|_| StateFileError(format!("no tensor `{name}`")))?;
    let expected = dtype_of(dtype);
    if (found.dtype(), found.shape()) != (expected, shape) {
        return Err(StateFileError(format!(
            "`{name}` is {:?} {:?}; expected {expected:?} {shape:?}",
            found.dtype(),
            found.shape()
        )));
    }
    Ok(found.data())
}

#[cfg(test)]
mod tests {
    use nn_core::Activation;

    use super::*;

    #[test]
    fn what_does_not_fit_is_said() {
        let network = Mlp::new(&[3, 2], Activation::Tanh).unwrap();
        let state = State::<f64> {
            history: Vec::new(),
            steps_done: 7,
            params: Params::zeros(&network),
            velocity: Params::zeros(&network),
            best: None,
        };
        let bytes = state.to_safetensors();
        assert_eq!(State::from_safetensors(&network, &bytes).unwrap(), state);

        let message = |error: StateFileError| error.to_string();
        let single = State::<f32>::from_safetensors(&network, &bytes).map_err(message);
        assert_eq!(
            single.unwrap_err(),
            "safetensors: `params` is F64 [8]; expected F32 [8]"
        );
        let other = Mlp::new(&[2, 2], Activation::Tanh).unwrap();
        let other = State::<f64>::from_safetensors(&other, &bytes).map_err(message);
        assert_eq!(
            other.unwrap_err(),
            "safetensors: `params` is F64 [8]; expected F64 [6]"
        );
        for end in 0..bytes.len() {
            assert!(State::<f64>::from_safetensors(&network, &bytes[..end]).is_err());
        }
    }
}
