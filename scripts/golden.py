"""Golden values for the tests of nn-core and nn-train, from NumPy alone.

    python3 scripts/golden.py            # writes the files
    python3 scripts/golden.py --check    # writes nothing; fails if a file differs by more than 1e-14

`cargo xtask crosscheck` runs the second command. Any Python 3.9+ with NumPy will do.

It writes

    crates/nn-core/tests/golden/gradients.json   logits, loss and gradient of small networks
    crates/nn-train/tests/golden/training.json   momentum steps, penalties, figures of each epoch

The formulas are the paper's: softmax (eq. 1), logits w'x with x augmented by a 1 (eq. 2),
cross-entropy (eq. 3), momentum (eq. 5), L2 and L1 (eq. 6 and 7), sigmoid and ReLU (eq. 8 and 9).
This script does not use backpropagation. Gradients are complex-step derivatives of the forward formulas,
Im E(w + ih) / h with h = 1e-30. They do not subtract, so they are exact to rounding. Eq. 4 is checked
against them.

No input is random: every input is a sine of its index, and the tests compute the same sines. The last
digit of a sine may differ, so the tests compare with a tolerance of 1e-12.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
H = 1e-30


# Inputs. The tests have the same four formulas.


def features(examples, width, phase):
    """x[n][j] = sin(1.3 n + 0.7 j + phase)."""
    return np.array(
        [[math.sin(1.3 * n + 0.7 * j + phase) for j in range(width)] for n in range(examples)]
    )


def labels(examples, classes):
    """t[n] = (2 n + n div 3) mod classes."""
    return [(2 * n + n // 3) % classes for n in range(examples)]


def parameters(sizes):
    """w[i] = 0.6 sin(1.7 i + 0.3), i counting through all layers."""
    count = sum((i + 1) * o for i, o in zip(sizes, sizes[1:]))
    return np.array([0.6 * math.sin(1.7 * i + 0.3) for i in range(count)])


# Formulas.


def activate(name, z):
    if name == "identity":
        return z
    if name == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if name == "tanh":
        return np.tanh(z)
    if name == "relu":
        return np.where(z.real > 0, z, 0)
    raise ValueError(name)


def layers(w, sizes):
    """Augmented matrices [fan-in + 1, fan-out]: a bias is the weight of an input that is always 1."""
    start = 0
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        end = start + (fan_in + 1) * fan_out
        yield w[start:end].reshape(fan_in + 1, fan_out)
        start = end


def augmented(a):
    return np.hstack([a, np.ones((len(a), 1))])


def logits(w, sizes, activation, x):
    matrices = list(layers(w, sizes))
    for matrix in matrices[:-1]:
        x = activate(activation, augmented(x) @ matrix)
    return augmented(x) @ matrices[-1]


def softmax(a):
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


def cross_entropy(w, sizes, activation, x, t):
    """Eq. 3, as a mean over examples."""
    y = softmax(logits(w, sizes, activation, x))
    one_hot = np.eye(sizes[-1])[t]
    return -(one_hot * np.log(y)).sum() / len(t)


def gradient(w, *arguments):
    moved = w.astype(complex)
    d = np.empty(len(w))
    for i in range(len(w)):
        moved[i] = w[i] + 1j * H
        d[i] = cross_entropy(moved, *arguments).imag / H
        moved[i] = w[i]
    return d


def check_equation_4(w, sizes, x, t, d):
    """Without hidden layers the gradient is the mean of x (y - t)."""
    y = softmax(logits(w, sizes, "identity", x))
    expected = augmented(x).T @ (y - np.eye(sizes[-1])[t]) / len(t)
    assert np.abs(expected.ravel() - d).max() < 1e-15


def penalised(sizes, biases):
    """1 where the penalty applies, 0 at biases without penalty."""
    parts = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        parts += [np.ones(fan_in * fan_out), np.full(fan_out, float(biases))]
    return np.concatenate(parts)


# nn-core: one batch.


def gradient_case(sizes, activation, examples):
    w = parameters(sizes)
    x, t = features(examples, sizes[0], 0.1), labels(examples, sizes[-1])
    arguments = (sizes, activation, x, t)
    d = gradient(w, *arguments)
    if len(sizes) == 2:
        check_equation_4(w, sizes, x, t, d)
    a = logits(w, sizes, activation, x)
    return {
        "sizes": sizes,
        "activation": activation,
        "examples": examples,
        "logits": a.ravel().tolist(),
        "probabilities": softmax(a).ravel().tolist(),
        "loss": float(cross_entropy(w, *arguments)),
        "correct": int((a.argmax(axis=1) == t).sum()),
        "gradient": d.tolist(),
    }


def gradient_cases():
    cases = []
    for activation in ["identity", "sigmoid", "tanh", "relu"]:
        for sizes in [[5, 3], [5, 4, 3], [5, 4, 6, 3]]:
            cases.append(gradient_case(sizes, activation, 7))
    # One example, one hidden unit; and wider than a vector register.
    cases.append(gradient_case([1, 1, 2], "tanh", 1))
    cases.append(gradient_case([19, 17, 10], "sigmoid", 13))
    return cases


# nn-train: three epochs over 11 examples in batches of 4, 4 and 3, in the order given.

EXAMPLES, VALIDATION, BATCH, EPOCHS, STEPS = 11, 6, 4, 3, 5


def training_case(name, sizes, activation, rate, gamma, l1=0.0, l2=0.0, biases=False):
    w = parameters(sizes)
    delta = np.zeros_like(w)
    mask = penalised(sizes, biases)
    x, t = features(EXAMPLES, sizes[0], 0.1), labels(EXAMPLES, sizes[-1])
    xv, tv = features(VALIDATION, sizes[0], 0.4), labels(VALIDATION, sizes[-1])
    objectives, epochs, after_steps = [], [], None
    for epoch in range(1, EPOCHS + 1):
        for start in range(0, EXAMPLES, BATCH):
            batch = (sizes, activation, x[start : start + BATCH], t[start : start + BATCH])
            penalty = (mask * (l1 * np.abs(w) + l2 / 2 * w**2)).sum()
            objectives.append(float(cross_entropy(w, *batch) + penalty))
            d = gradient(w, *batch) + mask * (l2 * w + l1 * np.sign(w))
            delta = gamma * delta + (1 - gamma) * rate * d
            w = w - delta
            if len(objectives) == STEPS:
                after_steps = w.tolist()
        figures = {"epoch": epoch}
        for which, (xs, ts) in {"train": (x, t), "validation": (xv, tv)}.items():
            a = logits(w, sizes, activation, xs)
            figures[which] = {
                "loss": float(cross_entropy(w, sizes, activation, xs, ts)),
                "accuracy": float((a.argmax(axis=1) == ts).mean()),
            }
        epochs.append(figures)
    return {
        "name": name,
        "sizes": sizes,
        "activation": activation,
        "learning_rate": rate,
        "momentum": gamma,
        "l1": l1,
        "l2": l2,
        "biases": biases,
        "objectives": objectives,
        "params_after_5_steps": after_steps,
        "params": w.tolist(),
        "velocity": delta.tolist(),
        "epochs": epochs,
    }


def training_cases():
    return [
        training_case("softmax regression", [5, 3], "identity", 0.5, 0.0),
        training_case("momentum", [5, 4, 3], "tanh", 1.0, 0.9),
        training_case("l2", [5, 4, 3], "tanh", 0.5, 0.9, l2=0.1),
        training_case("l2, biases too", [5, 4, 3], "sigmoid", 0.5, 0.9, l2=0.1, biases=True),
        training_case("l1", [5, 4, 3], "tanh", 0.5, 0.9, l1=0.02),
        training_case("l1, biases too", [5, 4, 3], "relu", 0.5, 0.9, l1=0.02, biases=True),
        training_case("both", [5, 4, 6, 3], "relu", 0.3, 0.5, l1=0.01, l2=0.05, biases=True),
    ]


def text(value):
    """JSON with one key per line, and numbers as repr writes them: the shortest that reads back equal."""
    cases = []
    for case in value["cases"]:
        lines = [f"      {json.dumps(key)}: {json.dumps(item)}" for key, item in case.items()]
        cases.append("    {\n" + ",\n".join(lines) + "\n    }")
    head = f'  "made_by": {json.dumps(value["made_by"])},\n  "cases": [\n'
    return "{\n" + head + ",\n".join(cases) + "\n  ]\n}\n"


def differs(a, b):
    """Whether two JSON values differ by more than the last digits, which depend on the processor."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() != b.keys() or any(differs(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) != len(b) or any(differs(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return not abs(a - b) <= 1e-14 * max(1, abs(a))
    return a != b


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    files = {
        "crates/nn-core/tests/golden/gradients.json": gradient_cases(),
        "crates/nn-train/tests/golden/training.json": training_cases(),
    }
    for path, cases in files.items():
        new = text({"made_by": "scripts/golden.py", "cases": cases})
        if not check:
            (ROOT / path).write_text(new)
        elif differs(json.loads((ROOT / path).read_text()), json.loads(new)):
            sys.exit(f"{path} is not what this script computes")


if __name__ == "__main__":
    main()
