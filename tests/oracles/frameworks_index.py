"""The cases of ops that read and write by indices; see frameworks.py."""

import jax
import jax.numpy as jnp
import numpy as np
import torch
from frameworks_case import both, integers, normal
from jax import lax


def cases():
    yield from reading()
    yield from writing()
    yield from windows()
    yield from points()
    yield from labels()


def along(x, indices, axis):
    """PyTorch's gather, whose indices are int64 and do not count from the end."""
    n = x.shape[axis]
    return torch.gather(x, axis, indices.long() % n)


def taken(x, indices, axis):
    rows = x.index_select(axis, indices.ravel().long() % x.shape[axis])
    axis = axis % x.ndim
    return rows.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def reading():
    for name, indices, axis in [
        ("rows", [0, 2, 2], 0),
        ("last", [1, 0, 1, 1], -1),
        ("middle", [2], 1),
        ("matrix", [[0, 3], [1, 1]], 0),
        ("from_the_end", [-1, -4, 0], 0),
        ("scalar", 2, 1),
        ("none", np.zeros(0), 0),
    ]:
        yield both(
            "take",
            name,
            [normal(4, 3, 2), np.array(indices, np.int32)],
            lambda x, i: jnp.take(x, i, axis=axis),
            lambda x, i: taken(x, i, axis),
            axis=axis,
        )
    yield both(
        "take",
        "large",
        [normal(50, 7), integers(0, 50, 33)],
        lambda x, i: jnp.take(x, i, axis=0),
        lambda x, i: taken(x, i, 0),
        axis=0,
    )
    for name, shape, axis in [
        ("rows", (2, 3, 2), 0),
        ("labels", (4, 1, 2), 1),
        ("last", (4, 3, 3), -1),
        ("none", (4, 0, 2), 1),
    ]:
        high = (4, 3, 2)[axis]
        i = integers(-high, high, *shape)
        yield both(
            "take_along_axis",
            name,
            [normal(4, 3, 2), i],
            lambda x, j: jnp.take_along_axis(x, j, axis=axis),
            lambda x, j: along(x, j, axis),
            axis=axis,
        )
        yield both("gather", name, [normal(4, 3, 2), i], None, lambda x, j: along(x, j, axis), axis=axis)


def writing():
    """x.at[i].add, .set, ...: rows of x along axis 0."""
    for name, indices in [
        ("distinct", [2, 0]),
        ("repeated", [1, 3, 1, 1]),
        ("from_the_end", [-1, 0]),
        ("none", []),
    ]:
        i = np.array(indices, np.int32)
        shape = (len(indices), 3, 2)
        rows = torch.tensor(i).long() % 4
        yield both(
            "scatter_add",
            name,
            [normal(4, 3, 2), i, normal(*shape)],
            lambda x, j, u: x.at[j].add(u),
            lambda x, j, u: x.index_add(0, rows, u),
            axis=0,
        )
        if name == "repeated":
            continue  # JAX promises no order then
        yield both(
            "index_set",
            name,
            [normal(4, 3, 2), i, normal(*shape)],
            lambda x, j, u: x.at[j].set(u),
            lambda x, j, u: x.index_copy(0, rows, u),
            axis=0,
        )


def windows():
    """Starts below zero count from the end; then all are moved so that the slice lies within."""

    def place(start, sizes, shape):
        starts = [min(max(a + n if a < 0 else a, 0), n - m) for a, m, n in zip(start, sizes, shape)]
        return tuple(slice(a, a + m) for a, m in zip(starts, sizes))

    def updated(x, u, start):
        y = x.clone()
        y[place(start, u.shape, x.shape)] = u
        return y

    for name, start, sizes in [
        ("inside", [1, 2], [2, 3]),
        ("corner", [0, 0], [1, 1]),
        ("clamped_above", [3, 4], [2, 3]),
        ("clamped_below", [-9, 1], [2, 2]),
        ("from_the_end", [-2, -6], [1, 2]),
        ("whole", [0, 0], [4, 6]),
    ]:
        at = np.array(start, np.int32)
        yield both(
            "dynamic_slice",
            name,
            [normal(4, 6), at],
            lambda x, s: lax.dynamic_slice(x, s, sizes),
            lambda x, s: x[place(start, sizes, x.shape)],
            slice_sizes=sizes,
        )
        yield both(
            "dynamic_update_slice",
            name,
            [normal(4, 6), normal(*sizes), at],
            lax.dynamic_update_slice,
            lambda x, u, s: updated(x, u, start),
        )


def points():
    """The last axis of the indices holds those of x's first axes."""
    pairs = np.array([[0, 1], [2, 0], [-1, -1], [0, 2]], np.int32)
    rows, columns = (torch.tensor(pairs[:, k]).long() for k in (0, 1))
    at = (pairs[:, 0], pairs[:, 1])
    for name, shape, rest in [("elements", (3, 4), ()), ("rows", (3, 4, 2), (2,))]:
        yield both(
            "gather_nd", name, [normal(*shape), pairs], lambda x, i: x[at], lambda x, i: x[rows, columns]
        )
        yield both(
            "scatter_nd_add",
            name,
            [normal(*shape), pairs, normal(4, *rest)],
            lambda x, i, u: x.at[at].add(u),
            lambda x, i, u: torch.index_put(x, (rows, columns), u, accumulate=True),
        )
        yield both(
            "scatter_nd_set",
            name,
            [normal(*shape), pairs, normal(4, *rest)],
            lambda x, i, u: x.at[at].set(u),
            lambda x, i, u: torch.index_put(x, (rows, columns), u),
        )
    twice = np.array([[1], [0], [1]], np.int32)
    yield both(
        "scatter_nd_add",
        "repeated",
        [normal(3, 2), twice, normal(3, 2)],
        lambda x, i, u: x.at[i[:, 0]].add(u),
        lambda x, i, u: torch.index_add(x, 0, i[:, 0].long(), u),
    )


def labels():
    for name, values, classes in [
        ("labels", [3, 0, 1], 4),
        ("matrix", [[0, 1], [2, 0]], 3),
        ("one_class", [0, 0], 1),
        ("none", np.zeros(0), 3),
    ]:
        x = np.array(values, np.int32)
        yield both(
            "one_hot",
            name,
            [x],
            lambda i: jax.nn.one_hot(i, classes, dtype=np.float64),
            lambda i: torch.nn.functional.one_hot(i.long(), classes).double(),
            num_classes=classes,
        )
    out = np.array([-1, 4, 2], np.int32)  # rows of zeros; PyTorch refuses them
    yield both(
        "one_hot", "out_of_range", [out], lambda i: jax.nn.one_hot(i, 4, dtype=np.float64), num_classes=4
    )
