"""tests/data/flax_nnx.json: the MNIST tutorial's models in the real Flax NNX.

Two editions of the model: "plain" (two convolutions, two dense layers) and "current" (today's
tutorial, with batch norm and dropout). For both: initial parameters from Rngs(0) to the bit, logits,
and the losses of training with adamw(0.005, 0.9) on batches that any threefry can draw again:

    key = fold_in(key(42), step)
    image = uniform(fold_in(key, 0), (32, 28, 28, 1), float32)
    label = randint(fold_in(key, 1), (32,), 0, 10, int32)

The float64 run starts from the float32 parameters and images, cast to float64. Its dropout masks come
from float32 uniforms, as they do without 64-bit types: jax.random.bernoulli is replaced by one whose
p is float32. So a float64 model in another language must agree to many digits.

Parameters are {"shape", "first", "last", "stride", "sample", "sum", "sum_of_squares"}: float32 as the
integers of their bits (the first 64, the last 64, every stride-th), sums in float64.
"""

import common

from functools import partial

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

BATCH = 32
jax_bernoulli = jax.random.bernoulli


class Plain(nnx.Module):
    """The tutorial of the first NNX release."""

    def __init__(self, *, rngs):
        self.conv1 = nnx.Conv(1, 32, kernel_size=(3, 3), rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, kernel_size=(3, 3), rngs=rngs)
        self.avg_pool = partial(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2))
        self.linear1 = nnx.Linear(3136, 256, rngs=rngs)
        self.linear2 = nnx.Linear(256, 10, rngs=rngs)

    def __call__(self, x, rngs=None):
        x = self.avg_pool(nnx.relu(self.conv1(x)))
        x = self.avg_pool(nnx.relu(self.conv2(x)))
        x = nnx.relu(self.linear1(x.reshape(x.shape[0], -1)))
        return self.linear2(x)


class Current(nnx.Module):
    """Today's tutorial: the order of the constructors decides which keys they draw."""

    def __init__(self, *, rngs):
        self.conv1 = nnx.Conv(1, 32, kernel_size=(3, 3), rngs=rngs)
        self.batch_norm1 = nnx.BatchNorm(32, rngs=rngs)
        self.dropout1 = nnx.Dropout(rate=0.025)
        self.conv2 = nnx.Conv(32, 64, kernel_size=(3, 3), rngs=rngs)
        self.batch_norm2 = nnx.BatchNorm(64, rngs=rngs)
        self.avg_pool = partial(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2))
        self.linear1 = nnx.Linear(3136, 256, rngs=rngs)
        self.dropout2 = nnx.Dropout(rate=0.025)
        self.linear2 = nnx.Linear(256, 10, rngs=rngs)

    def __call__(self, x, rngs=None):
        x = self.avg_pool(nnx.relu(self.batch_norm1(self.dropout1(self.conv1(x), rngs=rngs))))
        x = self.avg_pool(nnx.relu(self.batch_norm2(self.conv2(x))))
        x = nnx.relu(self.dropout2(self.linear1(x.reshape(x.shape[0], -1)), rngs=rngs))
        return self.linear2(x)


EDITIONS = {"plain": Plain, "current": Current}


# --- writing ---------------------------------------------------------------------------------------


def bits(x):
    return [int(v) for v in np.asarray(x, np.float32).ravel().view(np.uint32)]


def key_data(key):
    return np.asarray(jax.random.key_data(key)).tolist()


def numbers(x):
    return [float(v) for v in np.asarray(x, np.float64).ravel()]


def parameter(x):
    flat = np.asarray(x).ravel()
    wide, stride = flat.astype(np.float64), max(1, flat.size // 64)
    return {
        "shape": list(np.shape(x)),
        "first": bits(flat[:64]),
        "last": bits(flat[-64:]),
        "stride": stride,
        "sample": bits(flat[::stride]),
        "sum": float(wide.sum()),
        "sum_of_squares": float((wide**2).sum()),
    }


def parameters(model):
    return {
        ".".join(path): parameter(leaf[...]) for path, leaf in nnx.to_flat_state(nnx.state(model, nnx.Param))
    }


# --- training --------------------------------------------------------------------------------------


def batch(step):
    key = jax.random.fold_in(jax.random.key(42), step)
    image = jax.random.uniform(jax.random.fold_in(key, 0), (BATCH, 28, 28, 1), jnp.float32)
    label = jax.random.randint(jax.random.fold_in(key, 1), (BATCH,), 0, 10, jnp.int32)
    return {"image": image, "label": label}


def loss_fn(model, batch, rngs):
    logits = model(batch["image"], rngs)
    return optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"]).mean()


@nnx.jit
def train_step(model, optimizer, rngs, batch):
    loss, grads = nnx.value_and_grad(loss_fn)(model, batch, rngs)
    optimizer.update(model, grads)
    return loss


def cast(model, dtype):
    """Every parameter and statistic becomes a new variable of the given type."""
    state = nnx.state(model, nnx.Any(nnx.Param, nnx.BatchStat))
    nnx.update(model, jax.tree.map(lambda x: x.astype(dtype), state))
    return model


def train(edition, steps, dtype):
    """The losses before each update, and the batch statistics after three."""
    model = cast(EDITIONS[edition](rngs=nnx.Rngs(0)), dtype)
    optimizer = nnx.Optimizer(model, optax.adamw(0.005, 0.9), wrt=nnx.Param)
    rngs, losses, statistics = nnx.Rngs(0), [], {}
    for step in range(steps):
        data = batch(step)
        losses.append(train_step(model, optimizer, rngs, data | {"image": data["image"].astype(dtype)}))
        if step == 2:
            found = nnx.to_flat_state(nnx.state(model, nnx.BatchStat))
            statistics = {".".join(path): numbers(leaf[...]) for path, leaf in found}
    assert all(loss.dtype == dtype for loss in losses)
    return {"losses": numbers(losses)} | ({"statistics_after_3_steps": statistics} if statistics else {})


def with_float32_masks(function, *arguments):
    def bernoulli(key, p=0.5, shape=None, **more):
        return jax_bernoulli(key, jnp.float32(p), shape, **more)

    jax.random.bernoulli = bernoulli
    try:
        with jax.enable_x64(True):
            return function(*arguments)
    finally:
        jax.random.bernoulli = jax_bernoulli


# --- what is recorded ------------------------------------------------------------------------------


def logits(model):
    """In evaluation mode, so that no statistics change and no dropout is drawn."""
    view = nnx.clone(model)
    view.eval()
    random = jax.random.uniform(jax.random.key(7), (4, 28, 28, 1), jnp.float32)
    return {
        "ones": {"image": "ones((1, 28, 28, 1))", "logits": numbers(view(jnp.ones((1, 28, 28, 1))))},
        "random": {"image": "uniform(key(7), (4, 28, 28, 1))", "logits": numbers(view(random))},
    }


def first_call():
    """The current tutorial's first call is in training mode: it draws dropout and moves the statistics."""
    model = Current(rngs=nnx.Rngs(0))
    y = model(jnp.ones((1, 28, 28, 1)), nnx.Rngs(0))
    return {
        "logits": numbers(y),
        "batch_norm1.mean": numbers(model.batch_norm1.mean[...]),
        "batch_norm1.var": numbers(model.batch_norm1.var[...]),
    }


def edition(name):
    model = EDITIONS[name](rngs=nnx.Rngs(0))
    return {
        "parameters": parameters(model),
        "logits": logits(model),
        "training_float64": with_float32_masks(train, name, 50, jnp.float64),
        "training_float32": train(name, 20, jnp.float32),
    }


def streams(rngs):
    return {
        name: {"key": key_data(stream.key[...]), "count": np.asarray(stream.count[...]).tolist()}
        for name, stream in rngs.items()
    }


def rngs_case(create, calls, after=lambda rngs: None):
    """The keys drawn in sequence, then what `after` makes of the Rngs, then the streams that are left."""
    rngs = create()
    drawn = [{"stream": name, "key": key_data(rngs[name]())} for name in calls]
    made = after(rngs)
    return {"drawn": drawn, "made": made and streams(made), "left": streams(rngs)}


def rngs():
    calls = ["params", "dropout", "params", "default"]
    named = ["params", "dropout", "dropout", "params"]
    one, two = lambda: nnx.Rngs(0), lambda: nnx.Rngs(params=0, dropout=1)
    return {
        "Rngs(0)": rngs_case(one, calls),
        "Rngs(params=0, dropout=1)": rngs_case(two, named),
        "Rngs(0, params=1)": rngs_case(lambda: nnx.Rngs(0, params=1), calls),
        "Rngs(0).fork()": rngs_case(one, [], lambda r: r.fork()),
        "Rngs(0) after one key, fork()": rngs_case(one, ["params"], lambda r: r.fork()),
        "Rngs(params=0, dropout=1).fork()": rngs_case(two, ["params"], lambda r: r.fork()),
        "Rngs(0).split(3)": rngs_case(one, [], lambda r: r.split(3)),
        "Rngs(params=0, dropout=1).split((2, 2))": rngs_case(two, [], lambda r: r.split((2, 2))),
    }


def dropout():
    """Keys of dropout layers. Built with rngs a layer forks its stream; else it draws from the call's."""
    drawn = []

    def bernoulli(key, *arguments, **more):
        drawn.append(key_data(key))
        return jax_bernoulli(key, *arguments, **more)

    jax.random.bernoulli = bernoulli
    try:
        model, call_rngs = Current(rngs=nnx.Rngs(0)), nnx.Rngs(0)
        for _ in range(3):
            model(jnp.ones((1, 28, 28, 1)), call_rngs)
        passed, drawn = drawn, []
        parent = nnx.Rngs(0)
        first, second = nnx.Dropout(0.5, rngs=parent), nnx.Dropout(0.5, rngs=parent)
        for layer in (first, second) * 3:
            layer(jnp.ones((2, 3)))
    finally:
        jax.random.bernoulli = jax_bernoulli
    layers = [{"key": key_data(d.rngs.key[...]), "keys": drawn[i::2]} for i, d in enumerate((first, second))]
    x = jax.random.uniform(jax.random.key(1), (3, 7))
    y = nnx.Dropout(0.3)(x, rngs=jax.random.key(5))
    return {
        "passed_at_the_call": {"dropout1": passed[0::2], "dropout2": passed[1::2]},
        "forked_at_construction": {"layers": layers, "parent_count": int(parent.default.count[...])},
        "example": {
            "rate": 0.3,
            "key": key_data(jax.random.key(5)),
            "input": "uniform(key(1), (3, 7))",
            "output": bits(y),
        },
    }


def main():
    source = f"flax {flax.__version__}, jax {jax.__version__} (CPU), optax {optax.__version__}"
    document = {
        "source": source,
        "editions": {name: edition(name) for name in EDITIONS},
        "first_call": first_call(),
        "rngs": rngs(),
        "dropout": dropout(),
    }
    common.write("flax_nnx.json", document)


if __name__ == "__main__":
    main()
