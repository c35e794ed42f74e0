"""The benchmark's task in PyTorch, eager, in its usual fast form: all data in one tensor, batches by
`index_select`, no DataLoader.

    python torch_eager.py --threads 1 --hidden 128 --batch 128 --epochs 5 --data ../../data

Prints one line of JSON; task.py describes the timing.
"""

import task

args = task.begin(__doc__)

import torch  # noqa: E402  (after pinning)
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(args.threads)
torch.manual_seed(0)

x, y = map(torch.from_numpy, task.training_data(args))
model = nn.Sequential(
    nn.Linear(task.PIXELS, args.hidden), nn.Tanh(), nn.Linear(args.hidden, task.CLASSES)
)
linears = [layer for layer in model if isinstance(layer, nn.Linear)]
with torch.no_grad():
    for linear, (weights, biases) in zip(linears, task.initial_layers(args.hidden)):
        linear.weight.copy_(torch.from_numpy(weights.T))
        linear.bias.copy_(torch.from_numpy(biases))

# `dampening` would also make the average, but does not damp the first step.
optimizer = torch.optim.SGD(model.parameters(), lr=task.RATE, momentum=task.MOMENTUM, fused=True)


def epoch():
    for rows in torch.randperm(len(x)).split(args.batch):
        loss = F.cross_entropy(model(x.index_select(0, rows)), y.index_select(0, rows))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if args.run:
    validation = tuple(map(torch.from_numpy, task.validation_data(args)))


def score(x, y):
    logits = model(x)
    return float(F.cross_entropy(logits, y)), float((logits.argmax(dim=1) == y).float().mean())


@torch.no_grad()
def evaluate():
    score(x, y)
    loss, _ = score(*validation)
    return loss


seconds = task.timed(args, epoch, evaluate)
layers = [(l.weight.detach().numpy().T, l.bias.detach().numpy()) for l in linears]
task.report("torch-eager", torch.__version__, args, seconds, layers)
