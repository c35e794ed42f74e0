//! Activation functions of hidden layers, and their derivatives.

use std::fmt;
use std::str::FromStr;

use crate::kernel::vectorised;

/// The function f that a hidden unit applies to its pre-activation z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// f(z) = z, which makes a network of any depth linear.
    Identity,
    /// f(z) = 1 / (1 + e^−z) (eq. 8).
    Sigmoid,
    /// f(z) = tanh z (section 3).
    Tanh,
    /// f(z) = max(0, z) (eq. 9).
    Relu,
}

impl Activation {
    /// Every activation, in the order of messages.
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
}

vectorised! {
    /// Replaces each z by f(z).
    ///
    /// NaN stays NaN, for ReLU too, so that divergence is noticed.
    pub(crate) fn apply<'a, F>(f: Activation, z: &'a mut [F]) {
        match f {
            Activation::Identity => {}
            Activation::Sigmoid => z.iter_mut().for_each(|z| *z = z.portable_sigmoid()),
            Activation::Tanh => z.iter_mut().for_each(|z| *z = z.portable_tanh()),
            Activation::Relu => z
                .iter_mut()
                .for_each(|z| *z = if *z < F::zero() { F::zero() } else { *z }),
        }
    }
}

vectorised! {
    /// Multiplies each derivative dE/df(z) by f′(z), which makes it dE/dz.
    ///
    /// f′ is computed from the output a = f(z), which the forward pass has stored: a(1 − a) for sigmoid, 1 − a² for
    /// tanh, and 1 where a > 0 for ReLU (0 at the kink).
    pub(crate) fn chain<'a, F>(f: Activation, derivatives: &'a mut [F], outputs: &'a [F]) {
        let pairs = derivatives.iter_mut().zip(outputs);
        match f {
            Activation::Identity => {}
            Activation::Sigmoid => pairs.for_each(|(d, &a)| *d *= a * (F::one() - a)),
            Activation::Tanh => pairs.for_each(|(d, &a)| *d *= F::one() - a * a),
            Activation::Relu => pairs.for_each(|(d, &a)| {
                *d = if a > F::zero() { *d } else { F::zero() };
            }),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a name that is not an activation.
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
