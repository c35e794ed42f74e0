"""The paper's six experiments in PyTorch, with one seed and the given numbers of epochs, as a reader of the paper would
write them, in the usual fast form of `torch_eager.py`.

    python torch_reproduce.py --threads 1 --data ../../data softmax=46 momentum=83 l2=57 l1=83 sigmoid=69 relu=27

After each epoch it evaluates on all training and validation images, and keeps the weights with the
lowest validation loss, which it tests at the end. Prints one line of JSON with the test accuracies.
"""

import argparse
import gzip
import json
import os
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the .gz files")
parser.add_argument("epochs", nargs="+", metavar="EXPERIMENT=EPOCHS")
args = parser.parse_args()
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])

import numpy as np  # noqa: E402  (after pinning)
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(args.threads)

BATCH, TRAINING = 128, 48_000
SETTINGS = {
    "softmax": {"activation": None, "rate": 0.05, "momentum": 0.0},
    "momentum": {"activation": nn.Tanh, "rate": 0.1},
    "l2": {"activation": nn.Tanh, "rate": 0.05, "l2": 0.01},
    "l1": {"activation": nn.Tanh, "rate": 0.05, "l1": 0.01},
    "sigmoid": {"activation": nn.Sigmoid, "rate": 0.5},
    "relu": {"activation": nn.ReLU, "rate": 0.1},
}


def images(name):
    with gzip.open(args.data / name) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    x = torch.from_numpy(pixels.copy()).float()
    return (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True)


def labels(name):
    with gzip.open(args.data / name) as file:
        return torch.from_numpy(np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64))


@torch.no_grad()
def score(model, x, y):
    loss, right = 0.0, 0
    for first in range(0, len(x), 1000):
        logits, own = model(x[first : first + 1000]), y[first : first + 1000]
        loss += F.cross_entropy(logits, own, reduction="sum").item()
        right += (logits.argmax(1) == own).sum().item()
    return loss / len(x), right / len(x)


def run(activation, epochs, rate, momentum=0.9, l1=0.0, l2=0.0):
    torch.manual_seed(0)
    layers = [nn.Linear(784, 10)]
    if activation:
        layers = [nn.Linear(784, 128), activation(), nn.Linear(128, 10)]
    model = nn.Sequential(*layers)
    weights = [layer.weight for layer in model if isinstance(layer, nn.Linear)]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate * (1 - momentum), momentum=momentum, fused=True)
    rows = torch.randperm(len(train_x))
    train, validation = rows[:TRAINING], rows[TRAINING:]
    x, y = train_x[train], train_y[train]
    validation_x, validation_y = train_x[validation], train_y[validation]
    best, kept = float("inf"), None
    for _ in range(epochs):
        for rows in torch.randperm(TRAINING).split(BATCH):
            loss = F.cross_entropy(model(x.index_select(0, rows)), y.index_select(0, rows))
            if l1:
                loss = loss + l1 * sum(w.abs().sum() for w in weights)
            if l2:
                loss = loss + l2 / 2 * sum(w.square().sum() for w in weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        score(model, x, y)
        value, _ = score(model, validation_x, validation_y)
        if value < best:
            best, kept = value, {name: w.clone() for name, w in model.state_dict().items()}
    model.load_state_dict(kept)
    return score(model, test_x, test_y)[1]


train_x, train_y = images("train-images-idx3-ubyte.gz"), labels("train-labels-idx1-ubyte.gz")
test_x, test_y = images("t10k-images-idx3-ubyte.gz"), labels("t10k-labels-idx1-ubyte.gz")
accuracies = {}
for pair in args.epochs:
    experiment, epochs = pair.split("=")
    accuracies[experiment] = run(epochs=int(epochs), **SETTINGS[experiment])
print(json.dumps({"version": torch.__version__, "test_accuracy": accuracies}))
