"""The benchmark's task in JAX: an epoch is one compiled function, a `lax.scan` over the batches. The parameters are
donated, so they are updated in place.

    python jax_scan.py --threads 1 --hidden 128 --batch 128 --epochs 5 --data ../../data

Prints one line of JSON; task.py describes the timing.

JAX has no setting for the number of threads. It starts as many threads as the process may use processors, and
`task.begin` pins the process before that.
"""

import functools
import os

import task

args = task.begin(__doc__)
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402  (after pinning)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402


def logits(layers, x):
    (w1, b1), (w2, b2) = layers
    return jnp.tanh(x @ w1 + b1) @ w2 + b2


def cross_entropy(z, y):
    own = jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - own)


def loss(layers, x, y):
    return cross_entropy(logits(layers, x), y)


@functools.partial(jax.jit, donate_argnames="state")
def run_epoch(state, images, labels, order):
    """One step for each batch; the last batch may be a shorter one. Returns each batch's loss too."""

    def step(state, rows):
        layers, velocity = state
        value, grads = jax.value_and_grad(loss)(layers, images[rows], labels[rows])
        velocity = jax.tree.map(lambda v, g: task.MOMENTUM * v + task.RATE * g, velocity, grads)
        return (jax.tree.map(jnp.subtract, layers, velocity), velocity), value

    full = len(order) // args.batch * args.batch
    state, losses = jax.lax.scan(step, state, order[:full].reshape(-1, args.batch))
    if full < len(order):
        state, last = step(state, order[full:])
        losses = jnp.append(losses, last)
    return state, losses


images, labels = task.training_data(args)
images, labels = jnp.asarray(images), jnp.asarray(labels, jnp.int32)
layers = jax.tree.map(jnp.array, task.initial_layers(args.hidden))
state = (layers, jax.tree.map(jnp.zeros_like, layers))
rng = np.random.default_rng(0)


def epoch():
    global state
    # On a CPU, NumPy draws an order many times faster than jax.random.permutation.
    order = rng.permutation(len(images)).astype(np.int32)
    state, losses = run_epoch(state, images, labels, order)
    jax.block_until_ready((state, losses))


@jax.jit
def score(layers, x, y):
    z = logits(layers, x)
    return cross_entropy(z, y), jnp.mean(jnp.argmax(z, axis=1) == y)


if args.run:
    validation = [jnp.asarray(part) for part in task.validation_data(args)]


def evaluate():
    train = score(state[0], images, labels)
    own = score(state[0], *validation)
    jax.block_until_ready((train, own))
    return float(own[0])


seconds = task.timed(args, epoch, evaluate)
layers = [(np.asarray(w), np.asarray(b)) for w, b in state[0]]
task.report("jax-scan", jax.__version__, args, seconds, layers)
