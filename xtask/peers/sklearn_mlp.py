"""The benchmark's task in scikit-learn: MLPClassifier, one `partial_fit` over all examples per epoch.

    python sklearn_mlp.py --threads 1 --hidden 128 --batch 128 --epochs 5 --data ../../data

Prints one line of JSON; task.py describes the timing. Each `partial_fit` also checks its input and encodes
the labels, as it does for every user.
"""

import task

args = task.begin(__doc__)

import numpy as np  # noqa: E402  (after pinning)
import sklearn  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

x, y = task.training_data(args)
model = MLPClassifier(
    hidden_layer_sizes=(args.hidden,),
    activation="tanh",
    solver="sgd",
    alpha=0,
    batch_size=args.batch,
    learning_rate_init=task.RATE,
    momentum=task.MOMENTUM,
    nesterovs_momentum=False,
    shuffle=True,
    random_state=0,
)


def epoch():
    model.partial_fit(x, y, classes=np.arange(task.CLASSES))


with threadpool_limits(args.threads):
    seconds = task.timed(args, epoch)
layers = list(zip(model.coefs_, model.intercepts_))
task.report("sklearn-mlp", sklearn.__version__, args, seconds, layers)
