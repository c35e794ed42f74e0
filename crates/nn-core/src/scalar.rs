//! The two types of numbers, each with its passes.

use ndarray::ArrayViewMut2;
use nn_kernel::Real;

use crate::gradient::{Backpropagation, Take};
use crate::input::Batch;
use crate::loss::{self, Score};
use crate::mlp::Mlp;
use crate::params::Params;
use crate::pass;
use crate::workspace::Workspace;

/// `f32`, which trains, or `f64`, which checks gradients.
///
/// Generic functions are compiled in the crate that calls them. The passes of a type are not generic: they are compiled
/// with this crate and optimised as it is, so that a program built without optimisation is fast too, as
/// long as its dependencies are optimised.
pub trait Scalar: Real {
    #[doc(hidden)]
    /// The logits [examples × classes].
    fn logits<'w>(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        workspace: &'w mut Workspace<Self>,
    ) -> &'w [Self];

    #[doc(hidden)]
    /// How well the network does.
    fn score(
        network: &Mlp,
        params: &Params<Self>,
        x: Batch<'_, Self>,
        y: &[u8],
        workspace: &mut Workspace<Self>,
    ) -> Score;

    #[doc(hidden)]
    /// All of backpropagation but its last step.
    fn backpropagate<'a>(
        network: &'a Mlp,
        params: &Params<Self>,
        x: Batch<'a, Self>,
        y: &[u8],
        workspace: &'a mut Workspace<Self>,
    ) -> Backpropagation<'a, Self>;

    #[doc(hidden)]
    /// Backpropagation's last step.
    fn take_gradient(
        backpropagation: Backpropagation<'_, Self>,
        all: &mut [&mut Params<Self>],
        take: Take<'_, Self>,
    );

    #[doc(hidden)]
    /// Replaces logits by their softmax.
    fn softmax(logits: ArrayViewMut2<'_, Self>);
}

macro_rules! passes {
    ($float:ty) => {
        impl Scalar for $float {
            fn logits<'w>(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                workspace: &'w mut Workspace<Self>,
            ) -> &'w [Self] {
                let numbers = x.shape().0 * network.classes();
                pass::forward(network, params, x, None, workspace);
                workspace.results.output(network.depth() - 1, numbers)
            }

            fn score(
                network: &Mlp,
                params: &Params<Self>,
                x: Batch<'_, Self>,
                y: &[u8],
                workspace: &mut Workspace<Self>,
            ) -> Score {
                pass::score(network, params, x, y, workspace)
            }

            fn backpropagate<'a>(
                network: &'a Mlp,
                params: &Params<Self>,
                x: Batch<'a, Self>,
                y: &[u8],
                workspace: &'a mut Workspace<Self>,
            ) -> Backpropagation<'a, Self> {
                pass::backpropagate(network, params, x, y, workspace)
            }

            fn take_gradient(
                backpropagation: Backpropagation<'_, Self>,
                all: &mut [&mut Params<Self>],
                take: Take<'_, Self>,
            ) {
                backpropagation.by_blocks(all, take);
            }

            fn softmax(logits: ArrayViewMut2<'_, Self>) {
                loss::softmax_rows(logits);
            }
        }
    };
}

passes!(f32);
passes!(f64);
