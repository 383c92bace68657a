"""The cases of the ops on plain tensors; see ops.py."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ops_case import case, normal, positive, random

# --- elementwise -----------------------------------------------------------------------------------

WIDE = np.array(
    [-30.0, -6.5, -3.0, -2.5, -1.5, -1.0, -0.75, -0.5, -1e-5, 1e-9, 0.3, 0.5, 1.0, 1.5, 2.5, 5.9, 6.1, 25.0]
)
ABOVE = np.array([1e-8, 0.02, 0.5, 1.0, 1.75, 3.0, 10.5, 1e4])
KINK = np.array([-1.0, 0.0, 1.0, 6.0])


def unary():
    """(op, function, inputs, attributes)"""
    everywhere = [
        ("negative", jnp.negative),
        ("abs", jnp.abs),
        ("sign", jnp.sign),
        ("square", jnp.square),
        ("exp", jnp.exp),
        ("expm1", jnp.expm1),
        ("sin", jnp.sin),
        ("cos", jnp.cos),
        ("tanh", jnp.tanh),
        ("sigmoid", jax.nn.sigmoid),
        ("softplus", jax.nn.softplus),
        ("erf", lax.erf),
        ("relu", jax.nn.relu),
        ("relu6", jax.nn.relu6),
        ("elu", jax.nn.elu),
        ("silu", jax.nn.silu),
        ("floor", jnp.floor),
        ("ceil", jnp.ceil),
        ("round", jnp.round),
        ("log_sigmoid", jax.nn.log_sigmoid),
    ]
    above = [
        ("reciprocal", jnp.reciprocal),
        ("sqrt", jnp.sqrt),
        ("rsqrt", lax.rsqrt),
        ("log", jnp.log),
        ("log1p", jnp.log1p),
    ]
    yield from ((op, f, WIDE, {}) for op, f in everywhere)
    yield from ((op, f, ABOVE, {}) for op, f in above)
    yield "reciprocal", jnp.reciprocal, np.array([-4.0, -0.3]), {}
    yield "log1p", jnp.log1p, np.array([-0.999, -0.5, -1e-12, 0.0, 1e-12]), {}
    yield "erf_inv", lax.erf_inv, np.array(
        [-0.999999, -0.9, -0.5, -1e-6, 0.0, 0.25, 0.8, 0.99, 0.9999999]
    ), {}
    yield "leaky_relu", lambda x: jax.nn.leaky_relu(x, 0.01), WIDE, {"negative_slope": 0.01}
    yield "leaky_relu", lambda x: jax.nn.leaky_relu(x, 0.2), WIDE, {"negative_slope": 0.2}
    yield "elu", lambda x: jax.nn.elu(x, 0.7), WIDE, {"alpha": 0.7}
    yield "gelu", lambda x: jax.nn.gelu(x, approximate=True), WIDE, {"approximate": True}
    yield "gelu", lambda x: jax.nn.gelu(x, approximate=False), WIDE, {"approximate": False}
    for op, f in [
        ("relu", jax.nn.relu),
        ("relu6", jax.nn.relu6),
        ("abs", jnp.abs),
        ("sign", jnp.sign),
        ("elu", jax.nn.elu),
        ("leaky_relu", jax.nn.leaky_relu),
    ]:
        yield op, f, KINK, {"negative_slope": 0.01} if op == "leaky_relu" else {}


def elementwise():
    for i, (op, f, x, attributes) in enumerate(unary()):
        yield case(op, f"values_{i}", f, [x], **attributes)
    yield case("sqrt", "matrix", jnp.sqrt, [positive(3, 5)])
    yield case("round", "halves", jnp.round, [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5])])
    yield from binary()


def binary():
    shapes = {
        "same": ((3, 5), (3, 5)),
        "row": ((3, 5), (5,)),
        "column": ((3, 1), (3, 5)),
        "outer": ((4, 1), (1, 3)),
        "scalar": ((), (2, 3)),
        "middle": ((2, 1, 3), (4, 1)),
        "ones": ((1, 1), (1,)),
        "empty": ((0, 3), (1, 3)),
    }
    ops = [
        ("add", jnp.add),
        ("subtract", jnp.subtract),
        ("multiply", jnp.multiply),
        ("divide", jnp.divide),
        ("power", jnp.power),
        ("maximum", jnp.maximum),
        ("minimum", jnp.minimum),
        ("remainder", jnp.remainder),
    ]
    for op, f in ops:
        for name, (a, b) in shapes.items():
            make = positive if op == "power" else normal
            yield case(op, name, f, [make(*a), normal(*b) if op == "power" else make(*b)])
    ties = [np.array([1.0, 2.0, 3.0, -1.0]), np.array([1.0, 3.0, 2.0, -1.0])]
    yield case("maximum", "ties", jnp.maximum, ties)
    yield case("minimum", "ties", jnp.minimum, ties)
    signs = [np.array([5.0, -5.0, 5.0, -5.0, 5.5, -0.25]), np.array([3.0, 3.0, -3.0, -3.0, 0.75, 1.0])]
    yield case("remainder", "signs", jnp.remainder, signs)
    whole = [np.array([-5, -5, 5, 7], np.int32), np.array([3, -3, -3, 7], np.int32)]
    yield case("remainder", "int32", jnp.remainder, whole)
    negative_base = [np.array([-2.0, -0.5, 0.0, 3.0]), np.array([3.0, 2.0, 2.0, 0.0])]
    yield case("power", "whole_exponents", jnp.power, negative_base, differentiate=False)
    mask = random.random((3, 5)) < 0.5
    yield case("where", "same", jnp.where, [mask, normal(3, 5), normal(3, 5)])
    yield case("where", "broadcast", jnp.where, [mask[:, :1], normal(5), normal(3, 1)])
    yield case("where", "scalar", jnp.where, [mask, normal(), normal(3, 5)])


# --- reduce ----------------------------------------------------------------------------------------

AXES = {"all": None, "first": 0, "last": -1, "middle": 1, "two": (0, 2), "negative_two": (-1, -2), "none": ()}


def reduce():
    functions = {
        "sum": jnp.sum,
        "mean": jnp.mean,
        "max": jnp.max,
        "min": jnp.min,
        "prod": jnp.prod,
        "var": jnp.var,
        "logsumexp": jax.nn.logsumexp,
    }
    for op, f in functions.items():
        for name, axis in AXES.items():
            if op == "logsumexp" and name == "none":
                continue
            for keepdims in (False, True):
                yield reduction(
                    op, f"{name}{'_keepdims' if keepdims else ''}", f, normal(2, 3, 5), axis, keepdims
                )
        yield reduction(op, "scalar", f, normal(), None, False)
        yield reduction(op, "size_one_axis", f, normal(4, 1, 3), 1, False)
    for op, f in [("sum", jnp.sum), ("prod", jnp.prod)]:
        yield reduction(op, "empty_axis", f, normal(3, 0, 2), 1, False)
    tied = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, -1.0]])
    for op in ("max", "min", "logsumexp"):
        yield reduction(op, "ties", functions[op], tied, 1, False)
        yield reduction(op, "ties_all", functions[op], tied, None, False)
    yield reduction(
        "prod", "zeros", jnp.prod, np.array([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.0, 2.0, 3.0]]), 1, False
    )
    yield reduction(
        "logsumexp", "large", jax.nn.logsumexp, np.array([[1000.0, 1001.0], [-1000.0, -1002.0]]), 1, False
    )
    yield from positions()


def reduction(op, name, f, x, axis, keepdims):
    attributes = {"axis": list(axis) if isinstance(axis, tuple) else axis, "keepdims": keepdims}
    return case(op, name, lambda v: f(v, axis=axis, keepdims=keepdims), [x], **attributes)


def positions():
    tied = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    for op, f in [("argmax", jnp.argmax), ("argmin", jnp.argmin)]:
        for name, axis in [("all", None), ("first", 0), ("last", -1)]:
            for keepdims in (False, True):
                label = f"{name}{'_keepdims' if keepdims else ''}"
                yield reduction(op, label, f, normal(2, 3, 5), axis, keepdims)
        yield reduction(op, "ties", f, tied, 1, False)
    for name, axis in [("first", 0), ("last", -1), ("middle", 1)]:
        yield case("cumsum", name, lambda x: jnp.cumsum(x, axis=axis), [normal(3, 4, 2)], axis=axis)


# --- shape -----------------------------------------------------------------------------------------


def shape():
    x = normal(2, 3, 4)
    for name, new in [("flat", [24]), ("deduced", [2, -1]), ("more", [4, 1, 3, 2])]:
        yield case("reshape", name, lambda v: jnp.reshape(v, new), [x], shape=new)
    for name, axes in [
        ("reverse", None),
        ("swap_last", [0, 2, 1]),
        ("rotate", [2, 0, 1]),
        ("negative", [-1, 0, 1]),
    ]:
        yield case("transpose", name, lambda v: jnp.transpose(v, axes), [x], axes=axes)
    for name, source, new in [
        ("rows", (3,), [2, 3]),
        ("column", (3, 1), [2, 3, 4]),
        ("scalar", (), [2, 2]),
        ("same", (2, 3), [2, 3]),
    ]:
        yield case("broadcast_to", name, lambda v: jnp.broadcast_to(v, new), [normal(*source)], shape=new)
    yield from joins()
    yield from slices(x)
    yield from pads(x)
    for name, axes in [("one", [0]), ("two", [0, -1]), ("both_axes", [-1, -2])]:
        yield case("flip", name, lambda v: jnp.flip(v, axes), [x], axes=axes)
    for name, axes in [("all", None), ("first", [0]), ("last", [-1]), ("two", [0, 2])]:
        yield case(
            "squeeze", name, lambda v: jnp.squeeze(v, axes and tuple(axes)), [normal(1, 3, 1)], axes=axes
        )
    for name, axes in [("first", [0]), ("last", [-1]), ("two", [0, 2])]:
        yield case("expand_dims", name, lambda v: jnp.expand_dims(v, axes), [normal(2, 3)], axes=axes)


def joins():
    for name, axis, shapes in [
        ("rows", 0, [(2, 3), (1, 3), (4, 3)]),
        ("columns", -1, [(2, 3), (2, 1)]),
        ("single", 0, [(2, 2)]),
        ("with_empty", 0, [(2, 3), (0, 3)]),
    ]:
        yield case(
            "concatenate", name, lambda *v: jnp.concatenate(v, axis), [normal(*s) for s in shapes], axis=axis
        )
    for name, axis, count in [("first", 0, 3), ("last", -1, 2), ("middle", 1, 2), ("single", 0, 1)]:
        yield case(
            "stack", name, lambda *v: jnp.stack(v, axis), [normal(2, 3) for _ in range(count)], axis=axis
        )


def slices(x):
    """start, stop and step for every axis, with NumPy's meaning; a null is left out."""
    for name, parts in [
        ("corner", [(0, 1, 1), (1, 3, 1), (1, 4, 1)]),
        ("steps", [(0, 2, 1), (0, 3, 2), (1, 4, 2)]),
        ("negative_index", [(-1, None, None), (-2, None, None), (None, -1, None)]),
        ("backwards", [(None, None, -1), (2, 0, -1), (None, None, -2)]),
        ("empty", [(1, 1, 1), (0, 3, 1), (0, 4, 1)]),
        ("past_the_end", [(0, 9, 1), (0, 3, 1), (2, 9, 1)]),
    ]:
        start, stop, step = (list(p) for p in zip(*parts))
        yield case(
            "slice",
            name,
            lambda v: v[tuple(slice(*p) for p in parts)],
            [x],
            start=start,
            stop=stop,
            step=step,
        )


def pads(x):
    for name, widths, value in [
        ("zeros", [[1, 2], [0, 0], [0, 1]], 0.0),
        ("value", [[0, 0], [2, 1], [1, 1]], -1.5),
        ("none", [[0, 0]] * 3, 0.0),
    ]:
        yield case(
            "pad", name, lambda v: jnp.pad(v, widths, constant_values=value), [x], padding=widths, value=value
        )


# --- matmul ----------------------------------------------------------------------------------------


def matmul():
    shapes = {
        "square": ((4, 4), (4, 4)),
        "tall": ((7, 2), (2, 3)),
        "row_times_matrix": ((1, 5), (5, 3)),
        "outer": ((4, 1), (1, 3)),
        "one": ((1, 1), (1, 1)),
        "vector_vector": ((5,), (5,)),
        "vector_matrix": ((4,), (4, 3)),
        "matrix_vector": ((3, 4), (4,)),
        "batched": ((2, 3, 4), (2, 4, 2)),
        "batch_and_matrix": ((3, 2, 4), (4, 3)),
        "matrix_and_batch": ((2, 4), (3, 4, 2)),
        "broadcast_batches": ((2, 1, 2, 3), (3, 3, 2)),
        "batch_of_one": ((1, 2, 3), (4, 3, 1)),
        "batch_vector": ((3, 2, 4), (4,)),
        "vector_batch": ((4,), (3, 4, 2)),
        "empty_inner": ((2, 0), (0, 3)),
        "empty_rows": ((0, 3), (3, 2)),
    }
    for name, (a, b) in shapes.items():
        yield case("matmul", name, jnp.matmul, [normal(*a), normal(*b)])


# --- index -----------------------------------------------------------------------------------------


def index():
    x = normal(4, 3, 2)
    for name, indices, axis in [
        ("rows", [0, 2, 2], 0),
        ("last", [1, 0, 1, 1], -1),
        ("middle", [2], 1),
        ("matrix", [[0, 3], [1, 1]], 0),
        ("none", [], 0),
    ]:
        yield case(
            "take", name, lambda v, i: jnp.take(v, i, axis=axis), [x, np.array(indices, np.int32)], axis=axis
        )
    for name, shape_, axis in [("rows", (2, 3, 2), 0), ("labels", (4, 1, 2), 1), ("last", (4, 3, 3), -1)]:
        i = random.integers(0, x.shape[axis], shape_).astype(np.int32)
        yield case(
            "take_along_axis", name, lambda v, j: jnp.take_along_axis(v, j, axis=axis), [x, i], axis=axis
        )
    for name, labels, classes in [
        ("labels", [3, 0, 1], 4),
        ("out_of_range", [-1, 4, 2], 4),
        ("matrix", [[0, 1], [2, 0]], 3),
    ]:
        yield case(
            "one_hot",
            name,
            lambda v: jax.nn.one_hot(v, classes, dtype=np.float64),
            [np.array(labels, np.int32)],
            num_classes=classes,
        )
    for name, indices in [("distinct", [2, 0]), ("repeated", [1, 3, 1, 1]), ("none", [])]:
        i = np.array(indices, np.int32)
        yield case(
            "scatter_add", name, lambda v, j, u: v.at[j].add(u), [x, i, normal(len(indices), 3, 2)], axis=0
        )
