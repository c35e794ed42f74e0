//! L1 and L2 penalties, and the objective: loss plus penalty.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use nn_core::{Error, Float, GradientBlock, Grads, Input, Mlp, Params, Workspace};

/// A penalty on large weights, added to the loss: λ₁ Σ|w| + λ₂/2 Σw².
///
/// The gradient is λ₁ sign(w) + λ₂ w with sign(0) = 0, as in eq. 6 and on the right side of eq. 7. (The left side of
/// eq. 7 amounts to λ₁/2 sign(w).)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// λ₁, the L1 constant; 0 for none. Below 0 it rewards large weights.
    pub l1: f64,
    /// λ₂, the L2 constant; 0 for none. Below 0 it rewards large weights.
    pub l2: f64,
    /// Whether the penalty covers biases. By default it does not.
    pub biases: bool,
    /// The place at which the gradient of the penalty enters the update.
    pub place: PenaltyPlace,
}

/// The place in eq. 5 at which the gradient p = λ₁ sign(w) + λ₂ w of the penalty enters. The paper does not give
/// it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PenaltyPlace {
    /// In the gradient: momentum averages the gradient of loss plus penalty.
    #[default]
    Gradient,
    /// In the update, at the full learning rate: w ← w − Δw − α p. For L2 this is decoupled weight decay, with Adam as
    /// optimizer AdamW.
    Update,
    /// In the update, with the factor of the gradient in the momentum average: w ← w − Δw − (1 − γ) α p. γ is that of
    /// the configuration.
    DampedUpdate,
}

impl PenaltyPlace {
    /// Every place, in the order of messages.
    pub const ALL: [Self; 3] = [Self::Gradient, Self::Update, Self::DampedUpdate];

    /// The name that [`FromStr`] reads: `gradient`, `update` or `damped-update`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::Update => "update",
            Self::DampedUpdate => "damped-update",
        }
    }
}

impl fmt::Display for PenaltyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a name that is not a penalty place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown penalty place `{0}`; expected gradient, update or damped-update")]
pub struct UnknownPenaltyPlace(String);

impl FromStr for PenaltyPlace {
    type Err = UnknownPenaltyPlace;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|place| place.name() == name)
            .ok_or_else(|| UnknownPenaltyPlace(name.to_owned()))
    }
}

/// The function that training minimises, in two parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective<F> {
    /// The mean cross-entropy of the batch, in nats.
    pub loss: F,
    /// The penalty; 0 without one.
    pub penalty: F,
}

impl<F: Float> Objective<F> {
    /// Loss plus penalty, the function whose gradient [`objective`] computes.
    pub fn total(&self) -> F {
        self.loss + self.penalty
    }
}

impl Penalty {
    /// The penalty λ₁ Σ|w| + λ₂/2 Σw² of the weights, and of the biases if `biases` is set.
    pub fn value<F: Float>(&self, params: &Params<F>) -> F {
        self.covered(params)
            .map(|range| {
                let weights = &params.as_slice()[range];
                F::penalty(weights, F::of(self.l1), F::of(self.l2 / 2.0))
            })
            .fold(F::zero(), |total, part| total + part)
    }

    /// Adds λ₁ sign(w) + λ₂ w to `grads`.
    fn add_gradient<F: Float>(&self, params: &Params<F>, grads: &mut Grads<F>) {
        for range in self.covered(params) {
            let weights = &params.as_slice()[range.clone()];
            let gradient = &mut grads.as_mut_slice()[range];
            F::add_penalty_gradient(weights, gradient, F::of(self.l1), F::of(self.l2));
        }
    }

    /// Applies the penalty to a block before the step of the optimizer: to the gradient or to the parameters, as the
    /// place of the penalty says.
    pub(crate) fn apply<F: Float, const N: usize>(
        &self,
        learning_rate: f64,
        momentum: f64,
        block: &mut GradientBlock<'_, F, N>,
    ) {
        if !self.is_active() || (block.is_bias && !self.biases) {
            return;
        }
        let scaled = |factor: f64| (F::of(factor * self.l1), F::of(factor * self.l2));
        let (w, d) = (&mut *block.params, &mut *block.gradient);
        let (l1, l2) = match self.place {
            PenaltyPlace::Gradient => {
                return F::add_penalty_gradient(w, d, F::of(self.l1), F::of(self.l2));
            }
            PenaltyPlace::Update => scaled(learning_rate),
            PenaltyPlace::DampedUpdate => scaled((1.0 - momentum) * learning_rate),
        };
        F::descend_penalty(w, l1, l2);
    }

    /// Whether one of the constants is not 0.
    fn is_active(&self) -> bool {
        self.l1 != 0.0 || self.l2 != 0.0
    }

    /// The positions of the penalised parameters; no positions without a penalty.
    fn covered<F: Float>(&self, params: &Params<F>) -> impl Iterator<Item = Range<usize>> {
        let active = self.is_active();
        let layers = params.network().layers().filter(move |_| active);
        layers.map(|layer| {
            let biases = layer.biases();
            let end = if self.biases {
                biases.end
            } else {
                biases.start
            };
            layer.weights().start..end
        })
    }
}

/// Computes loss and penalty of a batch; the gradient of their sum replaces the contents of `grads`, whatever the
/// place of the penalty.
///
/// # Errors
/// Parameters or gradients of another network, a batch that is empty or has another number of features,
/// labels that are too few, too many or of no class.
pub fn objective<F: Float>(
    network: &Mlp,
    params: &Params<F>,
    x: &impl Input<F>,
    y: &[u8],
    penalty: &Penalty,
    workspace: &mut Workspace<F>,
    grads: &mut Grads<F>,
) -> Result<Objective<F>, Error> {
    let loss = network.loss_and_grad(params, x, y, workspace, grads)?;
    penalty.add_gradient(params, grads);
    Ok(Objective {
        loss,
        penalty: penalty.value(params),
    })
}
