"""tests/data/train/convert_*: one small network in the real PyTorch, Flax NNX and Flax Linen.

Each has weights of its own in a safetensors file, and logits of the same image in convert_case.safetensors. From
these ramie's test converts to the other libraries' names and layouts; what it writes is committed too, and read
back by the real libraries, whose logits are in convert_read.json:

    oracle/bin/python tests/oracles/convert.py
    RAMIE_ORACLE_FOLDER=tests/data/train build/release/tests/train_convert_test
    oracle/bin/python tests/oracles/convert.py read

The picture is not square, so that height and width cannot be confused.
"""

import common

import sys

import flax.linen as linen
import jax
import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from flax import nnx, traverse_util

FOLDER = common.DATA / "train"
HEIGHT, WIDTH, FEATURES, FLAT, CLASSES = 8, 12, 6, 6 * 2 * 3, 5


class Torch(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.conv2 = torch.nn.Conv2d(4, FEATURES, 3, padding=1, groups=2)
        self.fc1 = torch.nn.Linear(FLAT, 10)
        self.fc2 = torch.nn.Linear(10, CLASSES)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc2(torch.relu(self.fc1(torch.flatten(x, 1))))


class Nnx(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 4, (3, 3), rngs=rngs)
        self.batch_norm1 = nnx.BatchNorm(4, use_running_average=True, rngs=rngs)
        self.conv2 = nnx.Conv(4, FEATURES, (3, 3), feature_group_count=2, rngs=rngs)
        self.linear1 = nnx.Linear(FLAT, 10, rngs=rngs)
        self.linear2 = nnx.Linear(10, CLASSES, rngs=rngs)

    def __call__(self, x):
        x = nnx.max_pool(nnx.relu(self.batch_norm1(self.conv1(x))), (2, 2), (2, 2))
        x = nnx.max_pool(nnx.relu(self.conv2(x)), (2, 2), (2, 2))
        return self.linear2(nnx.relu(self.linear1(x.reshape(x.shape[0], -1))))


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x):
        x = linen.BatchNorm(use_running_average=True)(linen.Conv(4, (3, 3))(x))
        x = linen.max_pool(linen.relu(x), (2, 2), (2, 2))
        x = linen.relu(linen.Conv(FEATURES, (3, 3), feature_group_count=2)(x))
        x = linen.max_pool(x, (2, 2), (2, 2))
        x = linen.relu(linen.Dense(10)(x.reshape(x.shape[0], -1)))
        return linen.Dense(CLASSES)(x)


def disturbed(tensors, seed):
    """Neither biases nor statistics stay 0 or 1, or a wrong name would not be seen."""
    random = np.random.default_rng(seed)
    return {
        name: (x + random.uniform(0.1, 0.5, x.shape)).astype(x.dtype) if x.ndim == 1 else x
        for name, x in tensors.items()
    }


def flat_nnx(model):
    return {".".join(map(str, path)): np.asarray(leaf[...]) for path, leaf in nnx.to_flat_state(nnx.state(model))}


def logits_torch(tensors, image):
    model = Torch()
    model.load_state_dict(tensors)
    with torch.no_grad():
        return model.eval()(torch.from_numpy(image.transpose(0, 3, 1, 2).copy())).numpy()


def logits_nnx(tensors, image):
    model = Nnx(nnx.Rngs(0))
    assert set(tensors) == set(flat_nnx(model))
    for path in (tuple(name.split(".")) for name in tensors):
        leaf = model
        for name in path:
            leaf = getattr(leaf, name)
        assert leaf[...].shape == tensors[".".join(path)].shape
        leaf[...] = jnp.asarray(tensors[".".join(path)])
    return np.asarray(model(image))


def logits_linen(tensors, image):
    return np.asarray(Linen().apply(traverse_util.unflatten_dict(tensors, sep="/"), image))


def make():
    torch.manual_seed(0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(0).uniform(-1, 1, (3, HEIGHT, WIDTH, 1)).astype(np.float32)
    state_dict = {name: x.numpy() for name, x in Torch().state_dict().items()}
    state_dict = disturbed(state_dict, 1)
    variables = Linen().init(jax.random.key(2), image)
    weights = {
        "torch": {name: torch.from_numpy(np.array(x)) for name, x in state_dict.items()},
        "nnx": disturbed(flat_nnx(Nnx(nnx.Rngs(1))), 2),
        "linen": disturbed(
            {name: np.asarray(x) for name, x in traverse_util.flatten_dict(variables, sep="/").items()}, 3
        ),
    }
    logits = {
        "torch": logits_torch(weights["torch"], image),
        "nnx": logits_nnx(weights["nnx"], image),
        "linen": logits_linen(weights["linen"], image),
    }
    safetensors.torch.save_file(weights["torch"], FOLDER / "convert_torch.safetensors")
    for name in ("nnx", "linen"):
        safetensors.numpy.save_file(weights[name], FOLDER / f"convert_{name}.safetensors")
    safetensors.numpy.save_file({"image": image, **logits}, FOLDER / "convert_case.safetensors")


def read():
    image = safetensors.numpy.load_file(FOLDER / "convert_case.safetensors")["image"]
    readers = {
        "torch": lambda path: logits_torch(safetensors.torch.load_file(path), image),
        "nnx": lambda path: logits_nnx(safetensors.numpy.load_file(path), image),
        "linen": lambda path: logits_linen(safetensors.numpy.load_file(path), image),
    }
    pairs = [(source, target) for source in readers for target in readers if source != target]
    found = {
        f"{source}_to_{target}": readers[target](FOLDER / f"convert_{source}_to_{target}.safetensors").tolist()
        for source, target in pairs
    }
    versions = f"torch {torch.__version__}, jax {jax.__version__}, safetensors {safetensors.__version__}"
    common.write("train/convert_read.json", {"source": versions, "logits": found})


read() if sys.argv[1:] == ["read"] else make()
