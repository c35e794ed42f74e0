"""Shared code of the benchmark's scripts: arguments, pinning, data, initial weights, clock and report.

Not a program; `torch_eager.py`, `jax_scan.py` and `sklearn_mlp.py` import it. `rust/` has the same for
candle and burn.

The task. MNIST's first 48,000 training images, each normalised by its own mean and standard
deviation; a network 784-H-10 with tanh; batches of B in a new random order each epoch; mean
cross-entropy of a softmax; SGD with momentum, all in float32. The momentum is an exponential average,

    v <- 0.9 v + (1 - 0.9) 0.1 g,   w <- w - v,

which is the momentum of most libraries (v <- 0.9 v + g, w <- w - rate v) at rate 0.1 (1 - 0.9).

The timing. Training epochs are timed, after one for warm-up: drawing the order, gathering batches, the loss,
its gradient, the update. Loading, normalising, compiling and evaluating are not timed.

With --run, a whole run is timed: each epoch with its evaluation, which is loss and accuracy on the training images and
on the last 12,000 images, until the validation loss has risen in three epochs in a row.
"""

import argparse
import gzip
import json
import os
import time
from pathlib import Path

PIXELS, CLASSES, TRAINING, VALIDATION = 784, 10, 48_000, 12_000
PATIENCE, MOST_EPOCHS = 3, 100
MOMENTUM = 0.9
RATE = 0.1 * (1 - MOMENTUM)


def begin(description):
    """Reads the arguments and pins the process to as many processors as it may have threads.

    Must be called before NumPy or a framework is imported, because their thread pools read the processors only once.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hidden", type=int, default=128, help="hidden units")
    parser.add_argument("--batch", type=int, default=128, help="batch size")
    parser.add_argument("--epochs", type=int, default=5, help="number of timed epochs, after one for warm-up")
    parser.add_argument("--run", action="store_true", help="time a whole run, to early stopping")
    parser.add_argument("--examples", type=int, default=TRAINING, help="number of training examples")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the .gz files")
    args = parser.parse_args()

    processors = sorted(os.sched_getaffinity(0))
    if not 1 <= args.threads <= len(processors):
        parser.error(f"--threads is {args.threads}; there are {len(processors)} processors")
    if not 1 <= args.examples <= TRAINING:
        parser.error(f"--examples is {args.examples}; expected 1 to {TRAINING}")
    os.sched_setaffinity(0, processors[: args.threads])
    for pool in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{pool}_NUM_THREADS"] = str(args.threads)
    return args


def training_data(args):
    """Normalised images [examples, 784] in float32, and labels in int64."""
    return _part(args.data, 0, args.examples)


def validation_data(args):
    """The last 12,000 images and labels."""
    return _part(args.data, TRAINING, TRAINING + VALIDATION)


def initial_layers(hidden, seed=0):
    """Uniform weights [fan-in, fan-out] after Glorot and Bengio, and biases of zero."""
    import numpy as np

    rng = np.random.default_rng(seed)
    layers = []
    for fan_in, fan_out in [(PIXELS, hidden), (hidden, CLASSES)]:
        limit = np.sqrt(6 / (fan_in + fan_out))
        weights = rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
        layers.append((weights, np.zeros(fan_out, np.float32)))
    return layers


def timed(args, epoch, evaluate=None):
    """The seconds of each call of `epoch`, except for a first one. With --run, each epoch is followed by `evaluate`,
    which returns the validation loss, and early stopping ends the run.
    """
    seconds, losses = [], []
    for _ in range(1 + (MOST_EPOCHS if args.run else args.epochs)):
        start = time.perf_counter()
        epoch()
        if args.run:
            losses.append(evaluate())
        seconds.append(time.perf_counter() - start)
        rises = [a < b for a, b in zip(losses, losses[1:])]
        if len(rises) >= PATIENCE and all(rises[-PATIENCE:]):
            break
    return seconds[1:]


def report(framework, version, args, seconds, layers):
    """Prints the line of JSON: the times, and loss and accuracy, which show that the task was the same."""
    peak = _peak_rss_mb()
    loss, _ = _score(layers, *training_data(args))
    _, accuracy = _score(layers, *validation_data(args))
    line = {
        "framework": framework,
        "version": version,
        "threads": args.threads,
        "hidden": args.hidden,
        "batch": args.batch,
        "epoch_seconds": seconds,
        "peak_rss_mb": peak,
        "final_loss": loss,
        "validation_accuracy": accuracy,
    }
    print(json.dumps(line))


def _part(folder, start, end):
    import numpy as np

    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        file.seek(16 + start * PIXELS)
        pixels = np.frombuffer(file.read((end - start) * PIXELS), np.uint8)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        file.seek(8 + start)
        labels = np.frombuffer(file.read(end - start), np.uint8)
    images = np.empty((end - start, PIXELS), np.float32)
    # In parts, so that the peak memory is that of training.
    for first in range(0, len(images), 1000):
        rows = slice(first, first + 1000)
        x = pixels.reshape(-1, PIXELS)[rows].astype(np.float64)
        images[rows] = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return images, labels.astype(np.int64)


def _score(layers, x, y):
    """Mean cross-entropy and accuracy."""
    import numpy as np

    loss, right = 0.0, 0
    for first in range(0, len(x), 1000):
        h, labels = x[first : first + 1000], y[first : first + 1000]
        for depth, (weights, biases) in enumerate(layers):
            h = (np.tanh(h) if depth else h) @ weights + biases
        h = h - h.max(axis=1, keepdims=True)
        own = h[np.arange(len(h)), labels]
        loss += float((np.log(np.exp(h).sum(axis=1)) - own).sum())
        right += int((h.argmax(axis=1) == labels).sum())
    return loss / len(x), right / len(x)


def _peak_rss_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None
