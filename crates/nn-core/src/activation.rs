//! The hidden layers' activation functions and their derivatives.

use std::fmt;
use std::str::FromStr;

use crate::scalar::Scalar;

/// What a hidden unit does with its weighted input z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// f(z) = z, which makes a network of any depth a linear one.
    Identity,
    /// f(z) = 1 / (1 + e^−z) (eq. 8).
    Sigmoid,
    /// f(z) = tanh z (section 3).
    Tanh,
    /// f(z) = max(0, z) (eq. 9).
    Relu,
}

impl Activation {
    /// Every activation, in the order in which messages list them.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Sigmoid, Self::Tanh, Self::Relu];

    /// The name that [`FromStr`] reads: `identity`, `sigmoid`, `tanh` or `relu`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
        }
    }

    /// Replaces each z by f(z).
    ///
    /// A NaN stays NaN, for ReLU too, so that a diverged run is seen.
    #[inline(always)]
    pub(crate) fn apply<F: Scalar>(self, z: &mut [F]) {
        match self {
            Self::Identity => {}
            Self::Sigmoid => z.iter_mut().for_each(|z| *z = z.portable_sigmoid()),
            Self::Tanh => z.iter_mut().for_each(|z| *z = z.portable_tanh()),
            Self::Relu => z
                .iter_mut()
                .for_each(|z| *z = if *z < F::zero() { F::zero() } else { *z }),
        }
    }

    /// Multiplies each gradient dE/df(z) by f′(z), which makes it dE/dz.
    ///
    /// Each derivative is written in terms of the output a = f(z), which the forward pass has kept:
    /// a(1 − a) for sigmoid, 1 − a² for tanh, 1 where a > 0 for ReLU (0 at the kink).
    #[inline(always)]
    pub(crate) fn chain<F: Scalar>(self, gradient: &mut [F], output: &[F]) {
        let pairs = gradient.iter_mut().zip(output);
        match self {
            Self::Identity => {}
            Self::Sigmoid => pairs.for_each(|(g, &a)| *g *= a * (F::one() - a)),
            Self::Tanh => pairs.for_each(|(g, &a)| *g *= F::one() - a * a),
            Self::Relu => pairs.for_each(|(g, &a)| {
                *g = if a > F::zero() { *g } else { F::zero() };
            }),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no activation's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown activation `{0}`; expected identity, sigmoid, tanh or relu")]
pub struct UnknownActivation(String);

impl FromStr for Activation {
    type Err = UnknownActivation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|activation| activation.name() == name)
            .ok_or_else(|| UnknownActivation(name.to_owned()))
    }
}
