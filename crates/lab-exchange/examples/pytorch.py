"""Loads a model into PyTorch and scores it: mnist-lab export builtin --format safetensors --out digits.safetensors"""
import gzip
import sys

import torch
from safetensors.torch import load_file

model = torch.nn.Sequential()
model.fc1, model.relu, model.fc2 = torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
model.load_state_dict(load_file(sys.argv[1]))

read = lambda name, skip: torch.frombuffer(bytearray(gzip.open(f"data/{name}.gz").read()[skip:]), dtype=torch.uint8)
x, y = read("t10k-images-idx3-ubyte", 16).reshape(-1, 784).double(), read("t10k-labels-idx1-ubyte", 8)
x = (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True)  # per image
right = int((model(x.float()).argmax(1) == y).sum())
print(f"test accuracy {right / len(y):.2%} ({right} of {len(y)})")
