"""The cases of reductions, running totals and sorting; see frameworks.py."""

import jax
import jax.numpy as jnp
import numpy as np
import torch
from frameworks_case import both, distinct, integers, mask, normal, positive
from jax import lax

AXES = {"all": None, "first": 0, "last": -1, "middle": 1, "two": (0, 2), "negative_two": (-1, -2)}
TIED = np.array([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, 2.0, 2.0], [0.0, -1.0, -1.0, -1.0]])


def cases():
    yield from totals()
    yield from norms()
    yield from ties()
    yield from logical()
    yield from positions()
    yield from running()
    yield from sorting()
    yield from searching()
    yield from order_statistics()
    yield from counting()


def over(axis, rank):
    """PyTorch wants them all by name."""
    return tuple(range(rank)) if axis is None else axis


def reduction(op, name, f, g, x, axis, keepdims, rank=3, **more):
    attributes = {"axis": list(axis) if isinstance(axis, tuple) else axis, "keepdims": keepdims} | more
    theirs = None if g is None else lambda v: g(v, over(axis, rank), keepdims)
    return both(op, name, [x], lambda v: f(v, axis=axis, keepdims=keepdims), theirs, **attributes)


def product(x, axes, keepdim):
    for axis in sorted(np.atleast_1d(axes) % x.ndim, reverse=True):
        x = torch.prod(x, int(axis), keepdim)
    return x


def deviation(f, ddof=0):
    return lambda x, axes, keepdim: f(x, axes, correction=ddof, keepdim=keepdim)


TOTALS = {
    "sum": (jnp.sum, torch.sum, normal),
    "mean": (jnp.mean, torch.mean, normal),
    "prod": (jnp.prod, product, positive),
    "max": (jnp.max, torch.amax, distinct),
    "min": (jnp.min, torch.amin, distinct),
    "var": (jnp.var, deviation(torch.var), normal),
    "std": (jnp.std, deviation(torch.std), normal),
    "logsumexp": (jax.nn.logsumexp, torch.logsumexp, normal),
}


def totals():
    for op, (f, g, draw) in TOTALS.items():
        for i, (name, axis) in enumerate(AXES.items()):
            yield reduction(op, name, f, g, draw(2, 3, 5), axis, i % 2 == 1)
        if op not in ("var", "std"):  # of one number: a root of zero
            yield reduction(op, "scalar", f, g, draw(), None, False, rank=0)
            yield reduction(op, "size_one_axis", f, g, draw(4, 1, 3), 1, False)
        yield reduction(op, "no_rows", f, g, draw(0, 4), 1, False, rank=2)
        yield reduction(op, "large", f, g, draw(7, 31), 0, False, rank=2)
    for op in ("sum", "prod"):
        f, g, draw = TOTALS[op]
        yield reduction(op, "empty_axis", f, g, draw(3, 0, 2), 1, False)
    for op, f, g in [("var", jnp.var, torch.var), ("std", jnp.std, torch.std)]:
        for name, axis in [("all", None), ("last", -1)]:
            yield reduction(
                op,
                f"{name}_ddof_1",
                lambda *a, **k: f(*a, ddof=1, **k),
                deviation(g, 1),
                normal(2, 3, 4),
                axis,
                True,
                ddof=1,
            )
    zeros = np.array([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.0, 2.0, 3.0]])
    yield reduction("prod", "zeros", jnp.prod, product, zeros, 1, False, rank=2)
    far = np.array([[1000.0, 1001.0], [-1000.0, -1002.0]])
    yield reduction("logsumexp", "far", jax.nn.logsumexp, torch.logsumexp, far, 1, False, rank=2)
    special = np.array([[np.nan, 1.0, 2.0], [np.inf, -np.inf, 0.0], [-np.inf, -np.inf, -np.inf]])
    for op in ("sum", "max", "min", "logsumexp", "prod"):
        f, g, _ = TOTALS[op]
        yield both(
            op,
            "special",
            [special],
            lambda v: f(v, axis=1),
            lambda v: g(v, 1, False),
            False,
            axis=1,
            keepdims=False,
        )


def norms():
    for name, order in [("two", None), ("one", 1), ("three", 3), ("infinity", np.inf)]:
        for label, axis in [("all", None), ("last", -1)]:
            shape = (7,) if axis is None else (3, 4)  # a matrix without axes: another norm, Frobenius'
            yield both(
                "norm",
                f"{name}_{label}",
                [distinct(*shape)],
                lambda x: jnp.linalg.norm(x, ord=order, axis=axis),
                lambda x: torch.linalg.vector_norm(x, 2 if order is None else order, axis),
                axis=axis,
                ord="inf" if order == np.inf else order or 2,
                keepdims=False,
            )
    yield both(
        "norm",
        "frobenius",
        [normal(3, 4)],
        lambda x: jnp.linalg.norm(x, keepdims=True),
        lambda x: torch.linalg.vector_norm(x, keepdim=True),
        axis=None,
        ord=2,
        keepdims=True,
    )


def ties():
    for op in ("max", "min", "logsumexp"):
        f, g, _ = TOTALS[op]
        yield reduction(op, "ties", f, g, TIED, 1, False, rank=2)
        yield reduction(op, "ties_all", f, g, TIED, None, False, rank=2)


def logical():
    for op, f, g in [("any", jnp.any, torch.any), ("all", jnp.all, torch.all)]:
        for name, axis in [("all", None), ("first", 0), ("two", (0, 2))]:
            yield reduction(op, name, f, g, mask(2, 3, 4), axis, True)
        yield reduction(op, "numbers", f, g, np.array([[0.0, 0.0], [0.0, 2.0], [1.0, 3.0]]), 1, False, rank=2)
        yield reduction(op, "empty", f, g, mask(3, 0), 1, False, rank=2)


def positions():
    for op, f, g in [("argmax", jnp.argmax, torch.argmax), ("argmin", jnp.argmin, torch.argmin)]:
        for name, axis in [("first", 0), ("last", -1), ("middle", 1)]:
            yield both(
                op,
                name,
                [distinct(2, 3, 5)],
                lambda x: f(x, axis=axis).astype(np.int32),
                lambda x: g(x, axis).int(),
                axis=axis,
                keepdims=False,
            )
        # PyTorch promises no order among equals, and has another for NaN.
        yield both(op, "ties", [TIED], lambda x: f(x, axis=1).astype(np.int32), axis=1, keepdims=False)
        special = np.array([[1.0, np.nan, 5.0, np.nan], [np.inf, 0.0, np.inf, -np.inf]])
        yield both(op, "special", [special], lambda x: f(x, axis=1).astype(np.int32), axis=1, keepdims=False)


def running():
    for op, f, g in [("cumsum", jnp.cumsum, torch.cumsum), ("cumprod", jnp.cumprod, torch.cumprod)]:
        for name, shape, axis in [
            ("first", (3, 4, 2), 0),
            ("last", (3, 4, 2), -1),
            ("middle", (3, 4, 2), 1),
            ("one", (1,), 0),
            ("odd", (13,), 0),
            ("empty", (2, 0), 1),
            ("no_rows", (0, 3), 1),
        ]:
            draw = positive if op == "cumprod" else normal
            yield both(op, name, [draw(*shape)], lambda x: f(x, axis=axis), lambda x: g(x, axis), axis=axis)
    zeros = np.array([[2.0, 0.0, 3.0, 4.0], [0.0, 4.0, 0.0, 5.0], [1.0, 2.0, 3.0, 0.0]])
    yield both(
        "cumprod", "zeros", [zeros], lambda x: jnp.cumprod(x, axis=1), lambda x: torch.cumprod(x, 1), axis=1
    )
    yield both("cumsum", "large", [normal(211)], jnp.cumsum, lambda x: torch.cumsum(x, 0), axis=0)
    for name, shape, axis in [("first", (5, 3), 0), ("last", (2, 3, 5), -1), ("one", (1,), 0)]:
        for op, f, g in [("cummax", lax.cummax, torch.cummax), ("cummin", lax.cummin, torch.cummin)]:
            positive_axis = axis % len(shape)
            yield both(
                op,
                name,
                [distinct(*shape)],
                lambda x: f(x, axis=positive_axis),
                lambda x: g(x, axis)[0],
                axis=axis,
            )


def sorting():
    for name, shape, axis in [
        ("last", (3, 5), -1),
        ("first", (4, 3), 0),
        ("middle", (2, 5, 3), 1),
        ("one", (1,), 0),
        ("empty", (2, 0), 1),
        ("large", (3, 71), -1),
    ]:
        yield both(
            "sort",
            name,
            [distinct(*shape)],
            lambda x: jnp.sort(x, axis=axis),
            lambda x: torch.sort(x, axis)[0],
            axis=axis,
            descending=False,
        )
        yield both(
            "argsort",
            name,
            [distinct(*shape)],
            lambda x: jnp.argsort(x, axis=axis).astype(np.int32),
            lambda x: torch.argsort(x, axis).int(),
            axis=axis,
            descending=False,
        )
    for op, f, g in [("sort", jnp.sort, torch.sort), ("argsort", jnp.argsort, torch.argsort)]:
        # Both are stable here, also downwards: equal elements keep their order.
        for descending in (False, True):
            label = "descending" if descending else "ascending"
            first = (lambda v: v[0]) if op == "sort" else (lambda v: v.int())
            kind = (lambda v: v) if op == "sort" else (lambda v: v.astype(np.int32))
            # jnp.sort downwards reverses its gradient among equals, unlike jnp.argsort: values alone.
            yield both(
                op,
                f"ties_{label}",
                [TIED],
                lambda x: kind(f(x, axis=1, descending=descending)),
                lambda x: first(g(x, dim=1, descending=descending, stable=True)),
                not descending,
                axis=1,
                descending=descending,
            )
    special = np.array([3.0, np.nan, -np.inf, 0.5, np.inf, np.nan, -2.0])
    yield both(
        "sort",
        "special",
        [special],
        jnp.sort,
        lambda x: torch.sort(x)[0],
        differentiate=False,
        axis=-1,
        descending=False,
    )
    yield both(
        "sort",
        "int32",
        [integers(-9, 9, 3, 6)],
        jnp.sort,
        lambda x: torch.sort(x)[0],
        axis=-1,
        descending=False,
    )
    for name, shape, k in [
        ("two", (3, 5), 2),
        ("one", (2, 3, 4), 1),
        ("all", (4,), 4),
        ("large", (2, 67), 5),
    ]:
        yield both(
            "topk",
            name,
            [distinct(*shape)],
            lambda x: top(*lax.top_k(x, k)),
            lambda x: top(*torch.topk(x, k)),
            k=k,
        )
    yield both(
        "topk", "ties", [TIED], lambda x: top(*lax.top_k(x, 3)), k=3
    )  # the first of equals; PyTorch: any
    for name, x in [
        ("whole", np.array([3, 1, 3, -2, 1, 7, 7, 7], np.int32)),
        ("floats", np.array([0.5, -1.0, 0.5, 2.0, -1.0, 0.0])),
        ("matrix", np.array([[2, 1], [1, 2], [0, 2]], np.int32)),
        ("one", np.array([4], np.int32)),
    ]:
        yield both("unique", name, [x], jnp.unique, torch.unique, differentiate=False)


def top(values, indices):
    return values, indices.astype(np.int32) if hasattr(indices, "astype") else indices.int()


def searching():
    edges = np.array([-1.0, 0.0, 0.0, 0.5, 2.0])
    for name, right in [("left", False), ("right", True)]:
        yield both(
            "searchsorted",
            name,
            [edges, np.array([-2.0, -1.0, 0.0, 0.25, 2.0, 3.0])],
            lambda e, x: jnp.searchsorted(e, x, side=name).astype(np.int32),
            lambda e, x: torch.searchsorted(e, x, right=right).int(),
            right=right,
        )


def order_statistics():
    for name, shape, axis, keepdims in [
        ("odd", (3, 5), -1, False),
        ("even", (4, 3), 0, True),
        ("one", (3, 1), 1, False),
        ("all", (7,), None, False),
        ("all_even", (2, 3), None, False),
    ]:
        # PyTorch's median is the lower of two; its quantile of a half is the mean, as JAX's median.
        yield both(
            "median",
            name,
            [distinct(*shape)],
            lambda x: jnp.median(x, axis=axis, keepdims=keepdims),
            lambda x: torch.quantile(x, 0.5, axis, keepdims),
            axis=axis,
            keepdims=keepdims,
        )
    for name, shape, q, axis in [
        ("tenth", (11,), 0.125, 0),
        ("quarter", (3, 6), 0.25, -1),
        ("first_axis", (5, 2), 0.625, 0),
        ("least", (4, 3), 0.0, 1),
        ("greatest", (4, 3), 1.0, 1),
        ("all", (3, 4), 0.75, None),
    ]:
        yield both(
            "quantile",
            name,
            [distinct(*shape)],
            lambda x: jnp.quantile(x, q, axis=axis),
            lambda x: torch.quantile(x, q, axis),
            q=q,
            axis=axis,
        )


def counting():
    whole = np.array([0, 3, 1, 1, 5, 3, 3], np.int32)
    for name, length in [("exact", 6), ("longer", 9)]:
        yield both(
            "bincount",
            name,
            [whole],
            lambda x: jnp.bincount(x, length=length).astype(np.int32),
            lambda x: torch.bincount(x, minlength=length).int(),
            length=length,
        )
    yield both("bincount", "shorter", [whole], lambda x: jnp.bincount(x, length=3).astype(np.int32), length=3)
    weights = [whole, np.array([0.5, 1.0, -2.0, 0.25, 3.0, 1.5, 1.0])]
    yield both(
        "bincount",
        "weights",
        weights,
        lambda x, w: jnp.bincount(x, w, length=6),
        lambda x, w: torch.bincount(x, w),
        differentiate=False,
        length=6,
    )
    x = np.array([-2.0, -1.25, -0.5, 0.0, 0.0, 0.375, 1.0, 1.75, 2.0, 2.5])
    for name, bins, low, high in [("inside", 4, -3.0, 3.0), ("cut", 5, -1.25, 1.25), ("one", 1, 0.0, 2.0)]:
        yield both(
            "histogram",
            name,
            [x],
            lambda v: counts(*jnp.histogram(v, bins, (low, high))),
            lambda v: counts(*torch.histogram(v, bins, range=(low, high))),
            differentiate=False,
            bins=bins,
            low=low,
            high=high,
        )


def counts(n, edges):
    """As whole numbers, and the bins' edges."""
    return (n.astype(np.int32) if hasattr(n, "astype") else n.int()), edges
