"""Repeats the training independently: NumPy, dense matrices, and the formulas of the paper.

    mnist-lab run --epochs 2 --save-init --log-steps --set split=sequential --set shuffle=false \\
        --set precision=f64 --set weights=last --out runs
    python3 scripts/independent.py runs/paper/*/seed-0

For each run, this script reads the settings (run.json), the initial weights (init.safetensors) and MNIST, and trains
as many epochs. It compares the losses of the first ten steps (steps.csv) and the final weights (model.safetensors).
In double precision, the losses must agree within 1e-12 and the weights within 1e-9. In single precision, the weights
must agree within 1e-3, or within 1e-2 with an L1 penalty: there, a last digit can change the sign of a weight near 0,
and so the update.

The script and the program share only files. A batch is a dense matrix X with a column of ones, so that biases are
weights. Gradients are NumPy's matrix products, and sums have NumPy's order.
"""

import argparse
import csv
import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np

LOSSES, FIRST_LOSSES = 1e-12, 10
WEIGHTS = {"f64": 1e-9, "f32": 1e-3}
SINGLE_WEIGHTS_L1 = 1e-2
SINGLE_LOSSES = 1e-5
PENALTY = {"f64": 1e-12, "f32": 1e-4}


def idx(path):
    """An IDX file of bytes: two zeros, type 8, the number of dimensions, their sizes, the bytes."""
    with gzip.open(path) as file:
        content = file.read()
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def safetensors(path):
    """Tensors by name: a length, a header in JSON, the numbers."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    types = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            numbers = np.frombuffer(content[8 + length + start : 8 + length + end], types[entry["dtype"]])
            tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def layers(tensors):
    """A matrix [fan-in + 1, fan-out] per layer; the last row has the biases."""
    count = sum(name.endswith(".bias") for name in tensors)
    return [
        np.vstack([tensors[f"fc{l}.weight"].T, tensors[f"fc{l}.bias"]]) for l in range(1, count + 1)
    ]


def normalised(images, kind):
    x = images.reshape(len(images), -1).astype(np.float64)
    if kind == "per-image":
        return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    if kind == "none":
        return x
    sys.exit(f"normalize is {kind}; this script knows per-image and none")


ACTIVATIONS = {
    # f, and f' given the output
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
}


def with_ones(a):
    return np.hstack([a, np.ones((len(a), 1), a.dtype)])


def loss_and_gradient(weights, x, labels, activation):
    """Mean cross-entropy of a batch (eq. 1 to 3), and its gradient for each layer."""
    f, derivative = ACTIVATIONS[activation]
    inputs = [with_ones(x)]
    for w in weights[:-1]:
        inputs.append(with_ones(f(inputs[-1] @ w)))
    logits = inputs[-1] @ weights[-1]
    logits = logits - logits.max(axis=1, keepdims=True)
    log_y = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    target = np.eye(logits.shape[1], dtype=x.dtype)[labels]
    loss = -(target * log_y).sum() / len(x)

    delta = (np.exp(log_y) - target) / len(x)  # eq. 4
    gradients = []
    for a, w in zip(reversed(inputs), reversed(weights)):
        gradients.insert(0, a.T @ delta)
        delta = (delta @ w[:-1].T) * derivative(a[:, :-1])
    return loss, gradients


def penalised(w, settings):
    """The weights that the penalties cover, with zeros elsewhere."""
    covered = w.copy()
    if not settings["penalty-biases"]:
        covered[-1] = 0
    return covered


def train(settings, weights, x, labels, epochs):
    """The weights after training in the data's order, and every step's loss with its penalty."""
    gamma, rate = settings["momentum"], settings["lr"]
    sign = 1 if settings["penalty-sign"] == "plus" else -1
    scale = sign * settings.get("penalty-scale", 1) * settings.get("penalty-gradient-scale", 1)
    l1, l2 = scale * settings["l1"], scale * settings["l2"]
    velocity = [np.zeros_like(w) for w in weights]
    losses = []
    for _ in range(epochs):
        for first in range(0, len(x), settings["batch-size"]):
            rows = slice(first, first + settings["batch-size"])
            loss, gradients = loss_and_gradient(weights, x[rows], labels[rows], settings["activation"])
            for layer, w in enumerate(weights):
                covered = penalised(w, settings)
                loss = loss + l1 * np.abs(covered).sum() + l2 / 2 * (covered**2).sum()
                p = l1 * np.sign(covered) + l2 * covered
                g, outside = gradients[layer], 0
                if settings["penalty-place"] == "gradient":
                    g = g + p
                else:
                    damped = settings["penalty-place"] == "damped-update"
                    outside = rate * (1 - gamma if damped else 1) * p
                velocity[layer] = gamma * velocity[layer] + (1 - gamma) * rate * g  # eq. 5
                weights[layer] = (w - velocity[layer] - outside).astype(w.dtype)
            losses.append(float(loss))
    return weights, losses


def watched_penalty(weights, settings):
    """What early stopping adds to the validation loss: the penalties with their constants as given."""
    covered = [penalised(w, settings).astype(np.float64) for w in weights]
    scale = settings.get("penalty-scale", 1)
    l1, l2 = scale * settings["l1"], scale * settings["l2"]
    return sum(l1 * np.abs(w).sum() + l2 / 2 * (w**2).sum() for w in covered)


def check(folder, data):
    record = json.loads((folder / "run.json").read_text())
    settings = record["settings"]
    if settings["shuffle"] or settings["split"] != "sequential" or settings["weights"] != "last":
        sys.exit(f"{folder}: made without shuffle=false, split=sequential, weights=last")
    precision = settings["precision"]
    images, labels = (idx(data / f"train-{name}.gz") for name in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    held_out = settings["validation"]
    held_out = round(held_out * len(images)) if held_out < 1 else int(held_out)
    count = len(images) - held_out
    x = normalised(images[:count], settings["normalize"]).astype({"f32": np.float32, "f64": np.float64}[precision])

    weights = layers(safetensors(folder / "init.safetensors"))
    found, losses = train(settings, weights, x, labels[:count], record["result"]["epochs_run"])
    expected = layers(safetensors(folder / "model.safetensors"))
    with open(folder / "steps.csv", newline="") as file:
        expected_losses = [float(row["loss"]) for row in csv.DictReader(file)]

    with open(folder / "metrics.csv", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    penalty_off = 0
    if settings.get("stopping-loss") == "objective":
        penalty = float(last["stopping_penalty"])
        penalty_off = abs(watched_penalty(expected, settings) / penalty - 1)

    weights_off = max(np.abs(a - b).max() for a, b in zip(found, expected))
    first = list(zip(losses, expected_losses))[:FIRST_LOSSES]
    losses_off = max(abs(a - b) for a, b in first)
    jumps = precision == "f32" and settings["l1"] > 0
    fine = (
        len(losses) == len(expected_losses)
        and penalty_off <= PENALTY[precision]
        and weights_off <= (SINGLE_WEIGHTS_L1 if jumps else WEIGHTS[precision])
        and losses_off <= (LOSSES if precision == "f64" else SINGLE_LOSSES)
    )
    print(
        f"{settings['activation'] if settings['hidden'] else 'softmax':8} {folder}: {len(losses)} steps, "
        f"weights within {weights_off:.1e}, first losses within {losses_off:.1e}: "
        f"{'agrees' if fine else 'DIFFERS'}"
    )
    return fine


def main(description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders, as runs/paper/relu/seed-0")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    arguments = parser.parse_args()
    agree = [check(folder, arguments.data) for folder in arguments.runs]
    sys.exit(0 if all(agree) else 1)


if __name__ == "__main__":
    main(__doc__)
