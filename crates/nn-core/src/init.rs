//! Initial weights.
//!
//! The paper does not say how its hidden networks start; algorithm 1's "w ← 0" can train only softmax
//! regression. All schemes draw in `f64` and round, so an `f32` run and an `f64` run with one seed
//! start from the same numbers.

use std::fmt;
use std::str::FromStr;

use rand::Rng;
use rand::distr::{Distribution, Uniform};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::float::Float;
use crate::mlp::Mlp;
use crate::params::Params;

/// The distribution of the initial weights. Biases start at 0 unless stated otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All weights 0, for softmax regression. With hidden layers, a network does not learn from zeros.
    Zeros,
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010); also called Xavier.
    GlorotUniform,
    /// Normal with σ = √(2 / (fan-in + fan-out)).
    GlorotNormal,
    /// Uniform in ±√(6 / fan-in), with the same variance as `HeNormal`.
    HeUniform,
    /// Normal with σ = √(2 / fan-in) (He et al. 2015), for ReLU.
    HeNormal,
    /// Uniform in ±√(3 / fan-in).
    LecunUniform,
    /// Normal with σ = 1 / √fan-in (LeCun et al. 1998), for normalised inputs. The authors
    /// used the activation 1.7159 tanh(2z / 3); the initialiser is usual for tanh too.
    LecunNormal,
    /// Normal with the given σ > 0.
    Normal(f64),
    /// Weights *and biases* uniform in [0, 0.01): small and positive, as in public course code for this exercise.
    SmallPositive,
}

/// The names without an argument; canonical names come first.
const NAMES: [(&str, Init); 12] = [
    ("zeros", Init::Zeros),
    ("glorot-uniform", Init::GlorotUniform),
    ("glorot-normal", Init::GlorotNormal),
    ("he-uniform", Init::HeUniform),
    ("he-normal", Init::HeNormal),
    ("lecun-uniform", Init::LecunUniform),
    ("lecun-normal", Init::LecunNormal),
    ("small-positive", Init::SmallPositive),
    // Short names stand for the variant that the authors used.
    ("glorot", Init::GlorotUniform),
    ("xavier", Init::GlorotUniform),
    ("he", Init::HeNormal),
    ("lecun", Init::LecunNormal),
];

impl Mlp {
    /// Initial parameters. Layers draw from `rng` in order, the weights [fan-in × fan-out] row by row.
    ///
    /// ```
    /// use nn_core::{Activation, Init, Mlp};
    /// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
    ///
    /// let network = Mlp::new(&[784, 128, 10], Activation::Relu)?;
    /// let params = network.init::<f32>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(0));
    /// assert_eq!(params.weight(1).dim(), (128, 10));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the standard deviation of [`Init::Normal`] is not finite.
    pub fn init<F: Float>(&self, init: Init, rng: &mut impl Rng) -> Params<F> {
        let mut params = Params::zeros(self);
        for layer in self.layers() {
            let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
            let weights = layer.weights();
            let both = weights.start..layer.biases().end;
            let glorot = fan_in + fan_out;
            let (range, spread) = match init {
                Init::Zeros => continue,
                Init::GlorotUniform => (weights, Spread::Uniform((6.0 / glorot).sqrt())),
                Init::GlorotNormal => (weights, Spread::Normal((2.0 / glorot).sqrt())),
                Init::HeUniform => (weights, Spread::Uniform((6.0 / fan_in).sqrt())),
                Init::HeNormal => (weights, Spread::Normal((2.0 / fan_in).sqrt())),
                Init::LecunUniform => (weights, Spread::Uniform((3.0 / fan_in).sqrt())),
                Init::LecunNormal => (weights, Spread::Normal((1.0 / fan_in).sqrt())),
                Init::Normal(deviation) => (weights, Spread::Normal(deviation)),
                Init::SmallPositive => (both, Spread::Positive(0.01)),
            };
            let drawn = spread.draw(range.len(), rng);
            for (parameter, &x) in params.as_mut_slice()[range].iter_mut().zip(&drawn) {
                *parameter = F::of(x);
            }
        }
        params
    }
}

impl Mlp {
    /// Initial parameters as [`init`](Self::init) draws them, from ChaCha8 with this seed.
    ///
    /// ```
    /// use nn_core::{Activation, Init, Mlp};
    ///
    /// let network = Mlp::new(&[2, 3], Activation::Tanh)?;
    /// let params = network.init_from_seed::<f64>(Init::HeNormal, 7);
    /// assert_eq!(params, network.init_from_seed(Init::HeNormal, 7));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the standard deviation of [`Init::Normal`] is not finite.
    pub fn init_from_seed<F: Float>(&self, init: Init, seed: u64) -> Params<F> {
        self.init(init, &mut ChaCha8Rng::seed_from_u64(seed))
    }
}

/// A distribution with its parameter.
enum Spread {
    /// Uniform in ±limit.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
    /// Uniform from 0 to the limit.
    Positive(f64),
}

impl Spread {
    fn draw(&self, count: usize, rng: &mut impl Rng) -> Vec<f64> {
        let uniform = |low, high| Uniform::new(low, high).expect("finite limits, low below high");
        match *self {
            Self::Uniform(limit) => samples(count, uniform(-limit, limit), rng),
            Self::Positive(limit) => samples(count, uniform(0.0, limit), rng),
            Self::Normal(deviation) => {
                assert!(deviation.is_finite(), "a finite standard deviation");
                samples(count, BoxMuller { deviation }, rng)
            }
        }
    }
}

fn samples(count: usize, of: impl Distribution<f64>, rng: &mut impl Rng) -> Vec<f64> {
    (0..count).map(|_| of.sample(rng)).collect()
}

/// A normal distribution around 0 (Box and Muller 1958) from two uniform numbers per sample.
///
/// `rand_distr`'s normal distribution calls the platform's exp and ln, which differ in the last bit between C
/// libraries. The functions here are the same on every platform.
struct BoxMuller {
    deviation: f64,
}

impl Distribution<f64> for BoxMuller {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        // In (0, 1], where the logarithm is finite.
        let radius = (-2.0 * libm::log(1.0 - rng.random::<f64>())).sqrt();
        let angle = 2.0 * std::f64::consts::PI * rng.random::<f64>();
        self.deviation * radius * libm::cos(angle)
    }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Normal(deviation) = self {
            return write!(f, "normal({deviation})");
        }
        let name = NAMES.iter().find(|(_, init)| init == self);
        f.pad(name.map_or("", |(name, _)| name))
    }
}

/// The error for a text that is not an initialiser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown initialiser `{0}`; expected zeros, glorot-uniform, glorot-normal, he-uniform, he-normal, \
     lecun-uniform, lecun-normal, small-positive, or normal(σ) with σ > 0, as in normal(0.01)"
)]
pub struct UnknownInit(String);

impl FromStr for Init {
    type Err = UnknownInit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownInit(text.to_owned());
        if let Some((_, init)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(*init);
        }
        let deviation = text
            .strip_prefix("normal(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|number| number.trim().parse::<f64>().ok())
            .filter(|deviation| deviation.is_finite() && *deviation > 0.0)
            .ok_or_else(unknown)?;
        Ok(Self::Normal(deviation))
    }
}
