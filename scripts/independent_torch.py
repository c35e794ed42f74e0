"""As `independent.py`, with gradients by PyTorch's automatic differentiation.

    python3 scripts/independent_torch.py runs/paper/*/seed-0

Files, normalisation and comparison are from that script; the network, the loss and the derivative are not.
"""

import independent
import numpy as np
import torch
import torch.nn.functional as F

ACTIVATIONS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}


def loss_and_gradient(weights, x, labels, activation):
    """Mean cross-entropy of a batch, and its gradient for each layer."""
    layers = [torch.tensor(w, requires_grad=True) for w in weights]
    a = torch.from_numpy(np.ascontiguousarray(x))
    for layer in layers[:-1]:
        a = ACTIVATIONS[activation](a @ layer[:-1] + layer[-1])
    logits = a @ layers[-1][:-1] + layers[-1][-1]
    loss = F.cross_entropy(logits, torch.from_numpy(labels.astype(np.int64)))
    loss.backward()
    return loss.item(), [layer.grad.numpy() for layer in layers]


if __name__ == "__main__":
    independent.loss_and_gradient = loss_and_gradient
    independent.main(__doc__)
