"""tests/data/train/convert_models.json: the tutorials' networks, attention and recurrent cells in the real PyTorch.

The weights are JAX's uniform numbers of one key for each tensor, which ramie draws too, so that only names, shapes
and logits are committed:

    oracle/bin/python tests/oracles/convert_models.py

The other way, ramie writes weights and logits of its own, and the real PyTorch and Flax load and compare them:

    RAMIE_ORACLE_FOLDER=/tmp/models build/release/tests/train_convert_test
    oracle/bin/python tests/oracles/convert_models.py read /tmp/models
"""

import common

import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from flax import nnx

CNNS = {  # channels, whether normalised
    "pytorch_guide": ([16, 32], False),
    "treadmill_simple": ([32, 64], False),
    "treadmill_deeper": ([16, 32, 64], False),
    "treadmill_batch_norm": ([32, 64], True),
}
TOKENS, WIDTH, HEADS = 11, 8, 2


def uniform(seed, shape):
    return np.asarray(jax.random.uniform(jax.random.key(seed), shape)) * 2 - 1


IMAGES = uniform(1000, (2, 28, 28, 1))
SEQUENCES = uniform(1001, (2, 7, 6))
TEXT = np.arange(2 * 9).reshape(2, 9) * 7 % TOKENS


def inputs(name):
    return IMAGES if name in CNNS else TEXT if name == "transformer" else SEQUENCES


# --- PyTorch ----------------------------------------------------------------------------------------


class Cnn(torch.nn.Module):
    def __init__(self, channels, normalised):
        super().__init__()
        self.depth = len(channels)
        for i, (before, after) in enumerate(zip([1, *channels], channels), 1):
            setattr(self, f"conv{i}", torch.nn.Conv2d(before, after, 3, padding=1))
            setattr(self, f"bn{i}", torch.nn.BatchNorm2d(after) if normalised else torch.nn.Identity())
        self.fc1 = torch.nn.Linear(channels[-1] * (28 >> self.depth) ** 2, 128)
        self.fc2 = torch.nn.Linear(128, 10)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)
        for i in range(1, self.depth + 1):
            x = torch.max_pool2d(torch.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class Transformer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(TOKENS, WIDTH)
        self.norm1 = torch.nn.LayerNorm(WIDTH)
        self.attention = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm2 = torch.nn.LayerNorm(WIDTH)
        self.up = torch.nn.Linear(WIDTH, 4 * WIDTH)
        self.down = torch.nn.Linear(4 * WIDTH, WIDTH)
        self.head = torch.nn.Linear(WIDTH, TOKENS)

    def forward(self, tokens):
        x = self.embed(tokens)
        y = self.norm1(x)
        hidden = torch.triu(torch.ones(y.shape[1], y.shape[1], dtype=torch.bool), 1)
        x = x + self.attention(y, y, y, attn_mask=hidden, need_weights=False)[0]
        return self.head(x + self.down(torch.relu(self.up(self.norm2(x)))))


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(6, 5, batch_first=True)
        self.gru = torch.nn.GRU(5, 4, batch_first=True)
        self.rnn = torch.nn.RNN(4, 3, batch_first=True)
        self.both = torch.nn.LSTM(3, 2, batch_first=True, bidirectional=True)

    def forward(self, x):
        for layer in (self.lstm, self.gru, self.rnn, self.both):
            x = layer(x)[0]
        return x


def in_torch(name):
    model = Cnn(*CNNS[name]) if name in CNNS else Transformer() if name == "transformer" else Recurrent()
    return model.eval()


def filled(name, shape, seed):
    if name.endswith("num_batches_tracked"):
        return np.int64(0)
    x = uniform(seed, shape)
    if len(shape) > 1:
        return x / np.sqrt(np.float32(np.prod(shape[1:])))
    if name == "gru.bias_hh_l0":  # for whose last gate Flax and ramie have no bias
        x[8:] = 0
    if name.endswith("running_var") or name.endswith("weight"):
        return 1 + x / 2
    return x / 4


def logits_torch(name, tensors):
    model = in_torch(name)
    model.load_state_dict(tensors)
    with torch.no_grad():
        return model(torch.from_numpy(np.array(inputs(name)))).numpy()


def make():
    document = {"source": f"torch {torch.__version__}", "models": {}}
    for name in [*CNNS, "transformer", "recurrent"]:
        shapes = {key: list(x.shape) for key, x in in_torch(name).state_dict().items()}
        tensors = {key: torch.tensor(filled(key, shape, i)) for i, (key, shape) in enumerate(shapes.items())}
        logits = logits_torch(name, tensors)
        document["models"][name] = {
            "tensors": [[key, shape] for key, shape in shapes.items()],
            "logits": logits.ravel().tolist(),
        }
    common.write("train/convert_models.json", document)


# --- Flax -------------------------------------------------------------------------------------------


class FlaxCnn(nnx.Module):
    def __init__(self, channels, normalised, rngs):
        pairs = zip([1, *channels], channels)
        self.convs = nnx.List([nnx.Conv(a, b, (3, 3), rngs=rngs) for a, b in pairs])
        norms = [nnx.BatchNorm(c, use_running_average=True, rngs=rngs) for c in channels if normalised]
        self.norms = nnx.List(norms)
        self.fc1 = nnx.Linear(channels[-1] * (28 >> len(channels)) ** 2, 128, rngs=rngs)
        self.fc2 = nnx.Linear(128, 10, rngs=rngs)

    def __call__(self, x):
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x = nnx.max_pool(nnx.relu(self.norms[i](x) if len(self.norms) else x), (2, 2), (2, 2))
        return self.fc2(nnx.relu(self.fc1(x.reshape(x.shape[0], -1))))


class FlaxTransformer(nnx.Module):
    def __init__(self, rngs):
        self.embed = nnx.Embed(TOKENS, WIDTH, rngs=rngs)
        self.norm1 = nnx.LayerNorm(WIDTH, epsilon=1e-5, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(HEADS, WIDTH, decode=False, rngs=rngs)
        self.norm2 = nnx.LayerNorm(WIDTH, epsilon=1e-5, rngs=rngs)
        self.up, self.down = nnx.Linear(WIDTH, 4 * WIDTH, rngs=rngs), nnx.Linear(4 * WIDTH, WIDTH, rngs=rngs)
        self.head = nnx.Linear(WIDTH, TOKENS, rngs=rngs)

    def __call__(self, tokens):
        x = self.embed(tokens)
        x = x + self.attention(self.norm1(x), mask=nnx.make_causal_mask(tokens))
        return self.head(x + self.down(nnx.relu(self.up(self.norm2(x)))))


class FlaxRecurrent(nnx.Module):
    def __init__(self, rngs):
        self.lstm = nnx.RNN(nnx.LSTMCell(6, 5, rngs=rngs))
        self.gru = nnx.RNN(nnx.GRUCell(5, 4, rngs=rngs))
        self.rnn = nnx.RNN(nnx.SimpleCell(4, 3, rngs=rngs))
        forward, backward = (nnx.RNN(nnx.LSTMCell(3, 2, rngs=rngs)) for _ in range(2))
        self.both = nnx.Bidirectional(forward, backward)

    def __call__(self, x):
        return self.both(self.rnn(self.gru(self.lstm(x))))


def logits_flax(name, tensors):
    rngs = nnx.Rngs(0)
    model = FlaxCnn(*CNNS[name], rngs) if name in CNNS else None
    model = model or (FlaxTransformer(rngs) if name == "transformer" else FlaxRecurrent(rngs))
    left = dict(tensors)
    for path, leaf in nnx.to_flat_state(nnx.state(model, nnx.Any(nnx.Param, nnx.BatchStat))):
        value = left.pop(".".join(map(str, path)))
        assert leaf[...].shape == value.shape, path
        leaf[...] = jnp.asarray(value)
    assert not left, left
    return np.asarray(model(jnp.asarray(inputs(name))))


def read(folder):
    for name in [*CNNS, "transformer", "recurrent"]:
        expected = safetensors.numpy.load_file(folder / f"{name}_logits.safetensors")["logits"]
        found = {
            "torch": logits_torch(name, safetensors.torch.load_file(folder / f"{name}_torch.safetensors")),
            "flax": logits_flax(name, safetensors.numpy.load_file(folder / f"{name}_flax.safetensors")),
        }
        for library, logits in found.items():
            error = np.abs(logits - expected).max() / np.abs(expected).max()
            assert logits.shape == expected.shape and error < 1e-5, (name, library, error)
            print(f"{name} in {library}: {error:.1e}")


read(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["read"] else make()
