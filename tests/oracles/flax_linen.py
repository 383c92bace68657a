"""tests/data/flax_linen.json: models of the real Flax Linen.

"keys": what a key becomes in a scope: (path, how many keys the scope has drawn, the key's words).

"cnn": the MNIST tutorial's network, with log_softmax in the model: its parameters from key(0) to the bit
(as flax_nnx.py writes them), what it gives for uniform(key(7), (4, 28, 28, 1)), and the losses of training
in float64 with momentum (0.1, 0.9) on flax_nnx.py's batches.

"nested": a small model with blocks, names, a parameter of its own, an embedding, layer normalisation and
dropout: all its parameters from key(0); then its output and the gradients of sum(output * cotangent) with
dropout from key(1), in float32.
"""

import common

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax.core.scope import _fold_in_static
from flax.traverse_util import flatten_dict
from flax_nnx import batch, bits, key_data, numbers, parameter


class CNN(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Conv(features=32, kernel_size=(3, 3))(x))
        x = nn.avg_pool(x, window_shape=(2, 2), strides=(2, 2))
        x = nn.relu(nn.Conv(features=64, kernel_size=(3, 3))(x))
        x = nn.avg_pool(x, window_shape=(2, 2), strides=(2, 2))
        x = x.reshape((x.shape[0], -1))
        x = nn.relu(nn.Dense(features=256)(x))
        return nn.log_softmax(nn.Dense(features=10)(x))


class Block(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x):
        y = nn.relu(nn.Dense(self.features)(nn.LayerNorm()(x)))
        return x + nn.Dropout(0.5, deterministic=False)(y)


class Nested(nn.Module):
    @nn.compact
    def __call__(self, tokens):
        x = nn.Embed(num_embeddings=7, features=4)(tokens)
        x = Block(4)(x)
        x = Block(4)(x)
        x = x * self.param("scale", nn.initializers.normal(1.0), (4,))
        return nn.Dense(3, name="head")(x)


def flat(params):
    return {".".join(path): x for path, x in flatten_dict(params).items()}


def keys():
    paths = [[], ["Conv_0"], ["Dense_1"], ["Block_0", "Dense_0"], ["a" * 40, "b" * 40]]
    cases = [(path, count) for path in paths for count in (1, 2, 255, 256)]
    return [
        {"path": path, "count": count, "key": key_data(_fold_in_static(jax.random.key(0), (*path, count)))}
        for path, count in cases
    ]


def loss(params, data):
    logits = CNN().apply({"params": params}, data["image"])
    cross_entropy_loss = jax.vmap(lambda logits, label: -logits[label])
    return jnp.mean(cross_entropy_loss(logits, data["label"]))


def training(params, steps):
    params = jax.tree.map(lambda x: x.astype(jnp.float64), params)
    tx = optax.sgd(0.1, 0.9)
    state, losses = tx.init(params), []
    for step in range(steps):
        data = batch(step)
        data["image"] = data["image"].astype(jnp.float64)
        value, grads = jax.value_and_grad(loss)(params, data)
        updates, state = tx.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        losses.append(value)
    return numbers(losses)


def cnn():
    params = CNN().init(jax.random.key(0), jnp.ones((1, 28, 28, 1)))["params"]
    x = jax.random.uniform(jax.random.key(7), (4, 28, 28, 1), jnp.float32)
    with jax.enable_x64(True):
        losses = training(params, 10)
    return {
        "parameters": {path: parameter(value) for path, value in flat(params).items()},
        "output": numbers(CNN().apply({"params": params}, x)),
        "losses": losses,
    }


def nested():
    tokens = jnp.array([[0, 3, 6], [2, 2, 5]])
    rngs = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    params = Nested().init(rngs, tokens)["params"]
    forward = lambda params: Nested().apply({"params": params}, tokens, rngs={"dropout": jax.random.key(1)})
    y, pullback = jax.vjp(forward, params)
    cotangent = np.arange(y.size, dtype=np.float32).reshape(y.shape) / 8 - 1
    return {
        "tokens": np.asarray(tokens).tolist(),
        "parameters": {path: {"shape": list(x.shape), "bits": bits(x)} for path, x in flat(params).items()},
        "output": numbers(y),
        "cotangent": numbers(cotangent),
        "gradients": {path: numbers(x) for path, x in flat(pullback(cotangent)[0]).items()},
    }


if __name__ == "__main__":
    common.write("flax_linen.json", {"keys": keys(), "cnn": cnn(), "nested": nested()})
