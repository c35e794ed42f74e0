"""Checks that ONNX Runtime, NumPy, safetensors and TensorBoard read the exports of mnist-lab, that mnist-lab reads their
files, and that the book's script converts data sets. Usage, in the workspace's folder: check.py MNIST-LAB"""
import contextlib
import csv
import gzip
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import safetensors.numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

DATA, RESULTS = (Path(name).resolve() for name in ["data", "results/paper"])
TMP = tempfile.TemporaryDirectory()
HERE = Path(TMP.name)

# A network with every precision, activation and normalisation, each trained for an epoch.
TRAINED = {
    "softmax": ["softmax", "normalize=unit"],
    "sigmoid": ["sigmoid", "normalize=global", "hidden=16"],
    "deep": ["momentum", "normalize=per-pixel", "hidden=24,16", "precision=f64"],
    "none": ["relu", "normalize=none", "activation=identity", "hidden=8", "lr=0.0001", "precision=f64"],
}


def lab(*args):
    return subprocess.run([sys.argv[1], *map(str, args)], check=True, stdout=subprocess.PIPE).stdout


def test_images():
    data = gzip.decompress((DATA / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def ours(*args):
    """Classes and probabilities as mnist-lab computes them."""
    rows = list(csv.reader(lab("evaluate", "--csv", "-q", *args).decode().splitlines()))[1:]
    return np.array([int(row[1]) for row in rows]), np.array([row[2:] for row in rows], np.float64)


def log_softmax(logits):
    logits = logits.astype(np.float64)
    logits = logits - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def agree(what, theirs, classes, probabilities):
    """Compares logits as logarithms of probabilities, which differ from logits by one number per image. The comparison
    is relative to the largest logit, because single precision has seven digits."""
    theirs = log_softmax(theirs)
    visible = probabilities > 1e-30
    logits = np.log(probabilities[visible])
    logits_apart = np.abs(theirs[visible] - logits).max() / np.abs(logits).max()
    apart = np.abs(np.exp(theirs) - probabilities).max()
    assert (theirs.argmax(1) == classes).all(), what
    assert apart < 1e-5, (what, apart)
    assert logits_apart < 1e-6, (what, logits_apart)
    print(f"{what}: {len(classes)} classes the same, probabilities {apart:.1e} apart, logits {logits_apart:.1e} of the largest")


def forward(arrays, activation, x):
    layers = len([name for name in arrays if name.endswith("weight")])
    f = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}.get(activation)
    for layer in range(1, layers + 1):
        x = x @ arrays[f"fc{layer}.weight"].T + arrays[f"fc{layer}.bias"]
        x = f(x) if layer < layers and f else x
    return x


def normalise(images, arrays):
    x = images.reshape(len(images), -1).astype(np.float64)
    if "normalize.scale" in arrays:
        return x * arrays["normalize.scale"] - arrays["normalize.shift"]
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)


def check_onnx(name, model, images, classes, probabilities):
    lab("export", model, "--format", "onnx", "--out", HERE / f"{name}.onnx", "-q")
    onnx.checker.check_model(onnx.load(HERE / f"{name}.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(HERE / f"{name}.onnx", providers=["CPUExecutionProvider"])
    logits, theirs = session.run(["logits", "probabilities"], {"images": images})
    assert np.abs(theirs - probabilities).max() < 1e-5
    agree(f"{name}: onnxruntime {onnxruntime.__version__}", logits, classes, probabilities)
    blank, _ = session.run(None, {"images": np.zeros((1, 28, 28), np.uint8)})
    assert np.isfinite(blank).all()


def check_arrays(name, model, images, classes, probabilities):
    for extension in ["npz", "safetensors", "json"]:
        lab("export", model, "--format", extension, "--out", HERE / f"{name}.{extension}", "-q")
    arrays = dict(np.load(HERE / f"{name}.npz"))
    metadata = json.loads(bytes(arrays["mnist-lab"]))
    logits = forward(arrays, metadata["settings"]["activation"], normalise(images, arrays))
    agree(f"{name}: NumPy {np.__version__}", logits, classes, probabilities)

    weights = {key: value for key, value in arrays.items() if key.startswith("fc")}
    tensors = safetensors.numpy.load_file(HERE / f"{name}.safetensors")
    text = json.loads((HERE / f"{name}.json").read_text())
    assert tensors.keys() == weights.keys()
    for key, value in weights.items():
        assert tensors[key].dtype == value.dtype and (tensors[key] == value).all(), key
        layer, part = key[2:].split(".")
        assert (np.array(text["layers"][int(layer) - 1][part], value.dtype) == value).all(), key
    return weights, metadata


def check_import(name, weights, metadata, expected):
    """Arrays from other writers and with other names give the same model."""
    renamed = {}
    for key, value in weights.items():
        layer, part = key[2:].split(".")
        renamed[f"net.{2 * int(layer) - 2}.{part}"] = value
    safetensors.numpy.save_file({k: np.ascontiguousarray(v) for k, v in renamed.items()}, HERE / "0.safetensors")
    np.savez(HERE / "1.npz", **weights)
    np.savez_compressed(HERE / "2.npz", **{k: np.asfortranarray(v) for k, v in renamed.items()})
    settings, foreign = metadata["settings"], HERE / "foreign.safetensors"
    options = ["--activation", settings["activation"], "--normalize", settings["normalize"]]
    for file in ["0.safetensors", "1.npz", "2.npz"]:
        lab("import", HERE / file, *options, "--out", foreign, "--replace", "-q")
        _, probabilities = ours("--model", foreign)
        if settings["normalize"] in ["global", "per-pixel"]:
            # The statistics are of all training images, not of the training part.
            assert (probabilities.argmax(1) == expected.argmax(1)).mean() > 0.99, file
        else:
            assert (probabilities == expected).all(), file
    print(f"{name}: imported from safetensors and npz")


def check_curves():
    lab("export", RESULTS, "--format", "tensorboard", "--out", HERE / "events", "-q")
    lab("export", RESULTS, "--format", "csv", "--out", HERE / "curves.csv", "-q")
    long = {tuple(row[:4]): float(row[4]) for row in list(csv.reader((HERE / "curves.csv").open()))[1:]}
    tags = {"loss/train": "train_loss", "loss/validation": "val_loss",
            "accuracy/train": "train_accuracy", "accuracy/validation": "val_accuracy"}
    runs = numbers = 0
    for metrics in sorted(RESULTS.glob("*/seed-*/metrics.csv")):
        experiment, seed = metrics.parts[-3], metrics.parts[-2].removeprefix("seed-")
        rows = list(csv.DictReader(metrics.open()))
        events = EventAccumulator(str(HERE / "events" / experiment / f"seed-{seed}"))
        events.Reload()
        for tag, column in tags.items():
            scalars = events.Scalars(tag)
            assert [(s.step, np.float32(s.value)) for s in scalars] == [
                (int(row["epoch"]), np.float32(float(row[column]))) for row in rows], (metrics, tag)
            for row in rows:
                assert long.pop((experiment, seed, row["epoch"], column)) == float(row[column])
            numbers += len(rows)
        session = events.SummaryMetadata("_hparams_/session_start_info").plugin_data
        settings = plugin_data_pb2.HParamsPluginData.FromString(session.content).session_start_info.hparams
        assert settings["seed"].number_value == int(seed) and settings["activation"].string_value
        runs += 1
    assert runs and not long
    print(f"TensorBoard and the long table: {numbers} numbers of {runs} runs")


def check_conversion():
    """The book's script makes MNIST's own files, whose SHA-256 the program knows, of npz, CSV and QMNIST's labels."""
    book = Path("docs/src/experiment.md").read_text()
    script = {}
    exec(book.split("```python\n")[1].split("```")[0], script)

    def idx(name, offset):
        return np.frombuffer(gzip.decompress((DATA / f"{name}.gz").read_bytes()), np.uint8, offset=offset)
    x_train = idx("train-images-idx3-ubyte", 16).reshape(-1, 28, 28)
    y_train, y_test = (idx(f"{part}-labels-idx1-ubyte", 8) for part in ["train", "t10k"])
    np.savez(HERE / "mnist.npz", x_train=x_train, y_train=y_train, x_test=test_images(), y_test=y_test)
    table = np.column_stack([y_test, test_images().reshape(-1, 784)])
    header = ",".join(["label"] + [f"pixel{i}" for i in range(784)])
    np.savetxt(HERE / "train.csv", table, "%d", ",", header=header, comments="")
    eight = np.column_stack([y_test] + [np.arange(len(y_test))] * 7).astype(">i4")
    (HERE / "labels").write_bytes(struct.pack(">HBB2I", 0, 12, 2, *eight.shape) + eight.tobytes())

    assert (script["qmnist"](HERE / "labels") == y_test).all()
    train, test = script["npz"](HERE / "mnist.npz")
    for form, test in [("npz", test), ("CSV", script["csv"](HERE / "train.csv"))]:
        with tempfile.TemporaryDirectory() as folder:
            with contextlib.chdir(folder):
                script["convert"](train, test)
            lab("evaluate", "--data-dir", folder, "--checksums", "mnist", "-q")
        print(f"MNIST from {form}: SHA-256 as published")


def main():
    images = test_images()
    models = {"builtin": ("builtin", [])}
    for name, (experiment, *settings) in TRAINED.items():
        options = [arg for setting in settings for arg in ["--set", setting]]
        lab("run", experiment, *options, "--epochs", 1, "--out", HERE / name, "-q")
        model = HERE / name / "paper" / experiment / "seed-0" / "model.safetensors"
        models[name] = (model, ["--model", model])
    for name, (model, option) in models.items():
        classes, probabilities = ours(*option)
        check_onnx(name, model, images, classes, probabilities)
        weights, metadata = check_arrays(name, model, images, classes, probabilities)
        check_import(name, weights, metadata, probabilities)
        if option:
            lab("import", HERE / f"{name}.npz", "--out", HERE / "again.safetensors", "--replace", "-q")
            assert (HERE / "again.safetensors").read_bytes() == model.read_bytes(), name
    check_curves()
    check_conversion()


main()
