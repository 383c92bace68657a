"""The cases of activations, as Flax has them; see frameworks.py."""

import jax
import numpy as np
import torch
import torch.nn.functional as F
from frameworks_case import both, normal

MIDDLE = np.array([-5.5, -2.75, -2.0, -1.25, -0.625, -0.0625, 0.03125, 0.25, 0.875, 1.25, 2.0, 4.125, 7.0])


def gelu(approximate):
    torch_name = "tanh" if approximate else "none"
    return (lambda x: jax.nn.gelu(x, approximate)), (lambda x: F.gelu(x, approximate=torch_name))


def cases():
    """With the points where PyTorch's gradient is another than JAX's, or JAX's is a half: the kinks."""
    plain = {
        "relu": (jax.nn.relu, F.relu, [0.0]),
        "relu6": (jax.nn.relu6, F.relu6, [0.0, 6.0]),
        "selu": (jax.nn.selu, F.selu, [0.0]),
        "silu": (jax.nn.silu, F.silu, []),
        "swish": (jax.nn.swish, F.silu, []),
        "mish": (jax.nn.mish, F.mish, []),
        "hard_tanh": (jax.nn.hard_tanh, F.hardtanh, [-1.0, 1.0]),
        # PyTorch's own have no second order.
        "hard_sigmoid": (jax.nn.hard_sigmoid, lambda x: F.relu6(x + 3) / 6, [-3.0, 3.0]),
        "hard_swish": (jax.nn.hard_swish, lambda x: x * F.relu6(x + 3) / 6, [-3.0, 0.0, 3.0]),
        "soft_sign": (jax.nn.soft_sign, F.softsign, [0.0]),
        "squareplus": (jax.nn.squareplus, lambda x: (x + torch.sqrt(x * x + 4)) / 2, []),
        "sparse_plus": (jax.nn.sparse_plus, None, [-1.0, 1.0]),  # PyTorch has neither
        "sparse_sigmoid": (jax.nn.sparse_sigmoid, None, [-1.0, 1.0]),
        "log_sigmoid": (jax.nn.log_sigmoid, F.logsigmoid, []),
    }
    for op, (f, g, kinks) in plain.items():
        yield both(op, "middle", [MIDDLE], f, g)
        yield both(op, "matrix", [normal(3, 7)], f, g)
        yield both(op, "empty", [normal(0, 4)], f, g)
        if kinks:
            yield both(op, "kinks", [np.array([-1.5, *kinks, 2.5])], f)
    yield both(
        "log_sigmoid", "far", [np.array([-800.0, -40.0, 40.0, 800.0])], jax.nn.log_sigmoid, F.logsigmoid
    )
    yield both("relu", "large", [normal(13, 17)], jax.nn.relu, F.relu)
    yield from with_numbers()
    yield from along_an_axis()


def with_numbers():
    for alpha in (1.0, 0.625):
        for op, f, g in [("elu", jax.nn.elu, F.elu), ("celu", jax.nn.celu, F.celu)]:
            yield both(
                op, f"alpha_{alpha}", [MIDDLE], lambda x: f(x, alpha), lambda x: g(x, alpha), alpha=alpha
            )
    # JAX's second derivative at the kink is a quarter of the one to the left: an accident of its formula.
    yield both(
        "celu", "kink", [np.array([-1.0, 0.0, 1.0])], lambda x: jax.nn.celu(x, 2.0), order=1, alpha=2.0
    )
    yield both("elu", "kink", [np.array([-1.0, 0.0, 1.0])], lambda x: jax.nn.elu(x, 2.0), alpha=2.0)
    for slope in (0.0078125, 0.25):
        f, g = (lambda x: jax.nn.leaky_relu(x, slope)), (lambda x: F.leaky_relu(x, slope))
        yield both("leaky_relu", f"slope_{slope}", [MIDDLE], f, g, negative_slope=slope)
    yield both(
        "leaky_relu",
        "kink",
        [np.array([-1.0, 0.0, 1.0])],
        lambda x: jax.nn.leaky_relu(x, 0.25),
        negative_slope=0.25,
    )
    for approximate in (True, False):
        f, g = gelu(approximate)
        label = "tanh" if approximate else "erf"
        yield both("gelu", label, [MIDDLE], f, g, approximate=approximate)
        yield both("gelu", f"{label}_matrix", [normal(3, 7)], f, g, approximate=approximate)


def along_an_axis():
    for op, f, g in [
        ("softmax", jax.nn.softmax, torch.softmax),
        ("log_softmax", jax.nn.log_softmax, torch.log_softmax),
    ]:
        for name, shape, axis in [
            ("last", (3, 5), -1),
            ("first", (3, 5), 0),
            ("middle", (2, 4, 3), 1),
            ("negative", (2, 4, 3), -2),
            ("one_class", (3, 1), -1),
            ("no_rows", (0, 4), -1),
            ("vector", (7,), 0),
            ("large", (3, 101), -1),
        ]:
            yield both(op, name, [normal(*shape)], lambda x: f(x, axis=axis), lambda x: g(x, axis), axis=axis)
        far = np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, -1001.0]])
        yield both(op, "far", [far], lambda x: f(x, axis=-1), lambda x: g(x, -1), axis=-1)
    for name, shape, axis in [
        ("last", (3, 6), -1),
        ("middle", (2, 4, 3), 1),
        ("first", (2, 3), 0),
        ("empty", (0, 4), -1),
    ]:
        yield both(
            "glu", name, [normal(*shape)], lambda x: jax.nn.glu(x, axis), lambda x: F.glu(x, axis), axis=axis
        )
    for name, shape, axis, epsilon in [
        ("last", (3, 6), -1, 1e-5),
        ("first", (4, 3), 0, 1e-3),
        ("middle", (2, 4, 3), 1, 1e-5),
        ("large", (5, 33), -1, 1e-5),
    ]:
        yield both(
            "standardize",
            name,
            [normal(*shape)],
            lambda x: jax.nn.standardize(x, axis, epsilon=epsilon),
            lambda x: standardize(x, axis, epsilon),
            axis=axis,
            epsilon=epsilon,
        )


def standardize(x, axis, epsilon):
    centred = x - x.mean(axis, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(axis, keepdim=True) + epsilon)
