//! All parameters as one block, for a step of an optimizer outside of the trainer.

use nn_core::{Float, GradientBlock, Grads, Params};

pub(crate) fn whole<'a, F: Float>(
    params: &'a mut Params<F>,
    velocity: &'a mut Params<F>,
    gradient: &'a mut Grads<F>,
) -> GradientBlock<'a, F, 1> {
    GradientBlock {
        range: 0..params.as_slice().len(),
        is_bias: false,
        params: params.as_mut_slice(),
        state: [velocity.as_mut_slice()],
        gradient: gradient.as_mut_slice(),
    }
}
