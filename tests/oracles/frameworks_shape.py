"""The cases of ops that move elements, and of those that make tensors; see frameworks.py."""

import jax.numpy as jnp
import numpy as np
import torch
from frameworks_case import both, mask, normal


def cases():
    yield from reshaping()
    yield from joining()
    yield from repeating()
    yield from slicing()
    yield from padding()
    yield from making()


def reshaping():
    for name, shape, new in [
        ("flat", (2, 3, 4), [24]),
        ("deduced", (2, 3, 4), [2, -1]),
        ("more", (2, 3, 4), [4, 1, 3, 2]),
        ("scalar", (1, 1), []),
        ("empty", (0, 3), [3, 0]),
        ("large", (12, 21), [7, 36]),
    ]:
        yield both(
            "reshape", name, [normal(*shape)], lambda x: x.reshape(new), lambda x: x.reshape(new), shape=new
        )
    for name, axes in [
        ("reverse", [2, 1, 0]),
        ("swap_last", [0, 2, 1]),
        ("rotate", [2, 0, 1]),
        ("negative", [-1, 0, 1]),
    ]:
        x = [normal(2, 3, 4)]
        yield both(
            "transpose", name, x, lambda v: jnp.transpose(v, axes), lambda v: v.permute(axes), axes=axes
        )
    for name, a, b in [("ends", 0, -1), ("same", 1, 1), ("inner", 1, 2)]:
        x = [normal(2, 3, 4)]
        yield both(
            "swapaxes", name, x, lambda v: jnp.swapaxes(v, a, b), lambda v: v.swapaxes(a, b), axis1=a, axis2=b
        )
    for name, a, b in [
        ("one", [0], [2]),
        ("negative", [-1], [0]),
        ("two", [0, 1], [2, 0]),
        ("swap", [0, -1], [-1, 0]),
    ]:
        yield both(
            "moveaxis",
            name,
            [normal(2, 3, 4)],
            lambda v: jnp.moveaxis(v, a, b),
            lambda v: torch.movedim(v, a, b),
            source=a,
            destination=b,
        )
    for name, axes in [("all", None), ("first", [0]), ("last", [-1]), ("two", [0, 2])]:
        yield both(
            "squeeze",
            name,
            [normal(1, 3, 1)],
            lambda v: jnp.squeeze(v, axes and tuple(axes)),
            lambda v: v.squeeze() if axes is None else v.squeeze(tuple(axes)),
            axes=axes,
        )
    for name, axis in [("first", 0), ("last", -1), ("middle", 1)]:
        yield both(
            "expand_dims",
            name,
            [normal(2, 3)],
            lambda v: jnp.expand_dims(v, axis),
            lambda v: v.unsqueeze(axis),
            axis=axis,
        )
    for name, source, new in [
        ("rows", (3,), [2, 3]),
        ("column", (3, 1), [2, 3, 4]),
        ("scalar", (), [2, 2]),
        ("same", (2, 3), [2, 3]),
        ("to_nothing", (1, 3), [0, 3]),
    ]:
        x = [normal(*source)]
        yield both(
            "broadcast_to",
            name,
            x,
            lambda v: jnp.broadcast_to(v, new),
            lambda v: v.broadcast_to(new),
            shape=new,
        )


def joining():
    for name, axis, shapes in [
        ("rows", 0, [(2, 3), (1, 3), (4, 3)]),
        ("columns", -1, [(2, 3), (2, 1)]),
        ("single", 0, [(2, 2)]),
        ("with_empty", 0, [(2, 3), (0, 3)]),
        ("middle", 1, [(2, 1, 3), (2, 2, 3)]),
        ("large", 0, [(11, 13), (7, 13)]),
    ]:
        yield both(
            "concatenate",
            name,
            [normal(*s) for s in shapes],
            lambda *x: jnp.concatenate(x, axis),
            lambda *x: torch.cat(x, axis),
            axis=axis,
        )
    for name, axis, count in [("first", 0, 3), ("last", -1, 2), ("middle", 1, 2), ("single", 0, 1)]:
        yield both(
            "stack",
            name,
            [normal(2, 3)] * count,
            lambda *x: jnp.stack(x, axis),
            lambda *x: torch.stack(x, axis),
            axis=axis,
        )
    for name, shape, axis, sections in [("rows", (6, 2), 0, 3), ("last", (2, 4), -1, 2), ("one", (3,), 0, 1)]:
        yield both(
            "split",
            name,
            [normal(*shape)],
            lambda x: tuple(jnp.split(x, sections, axis)),
            lambda x: torch.tensor_split(x, sections, axis),
            sections=sections,
            axis=axis,
        )
    for name, shape, axis, at in [("uneven", (7, 2), 0, [2, 3]), ("empty_parts", (2, 4), -1, [0, 2, 2])]:
        yield both(
            "split",
            name,
            [normal(*shape)],
            lambda x: tuple(jnp.split(x, at, axis)),
            lambda x: torch.tensor_split(x, at, axis),
            sections=at,
            axis=axis,
        )
    for name, n, axis in [("uneven", 3, 0), ("more_parts", 6, 0), ("last", 2, -1)]:
        yield both(
            "array_split",
            name,
            [normal(5, 3)],
            lambda x: tuple(jnp.array_split(x, n, axis)),
            lambda x: torch.tensor_split(x, n, axis),
            sections=n,
            axis=axis,
        )
    for name, lengths in [("two", (3, 2)), ("three", (2, 1, 3)), ("one", (4,)), ("empty", (0, 2))]:
        for indexing in ("xy", "ij"):
            yield both(
                "meshgrid",
                f"{name}_{indexing}",
                [normal(n) for n in lengths],
                lambda *x: tuple(jnp.meshgrid(*x, indexing=indexing)),
                lambda *x: torch.meshgrid(*x, indexing=indexing),
                indexing=indexing,
            )


def repeating():
    for name, shape, counts in [
        ("same_rank", (2, 3), [2, 1]),
        ("more_counts", (3,), [2, 2]),
        ("fewer_counts", (2, 3), [2]),
        ("scalar", (), [3]),
        ("zero", (2, 3), [0, 1]),
        ("ones", (2, 3), [1, 1]),
    ]:
        yield both(
            "tile",
            name,
            [normal(*shape)],
            lambda x: jnp.tile(x, counts),
            lambda x: torch.tile(x, counts),
            reps=counts,
        )
    for name, shape, count, axis in [
        ("rows", (2, 3), 2, 0),
        ("last", (2, 3), 3, -1),
        ("flat", (2, 2), 2, None),
        ("once", (3,), 1, 0),
        ("never", (2, 3), 0, 0),
    ]:
        yield both(
            "repeat",
            name,
            [normal(*shape)],
            lambda x: jnp.repeat(x, count, axis),
            lambda x: torch.repeat_interleave(x, count, axis),
            repeats=count,
            axis=axis,
        )
    for name, counts, axis in [("rows", [2, 0, 1], 0), ("last", [1, 3], -1)]:
        yield both(
            "repeat_each",
            name,
            [normal(3, 2)],
            lambda x: jnp.repeat(x, np.array(counts), axis),
            lambda x: torch.repeat_interleave(x, torch.tensor(counts), axis),
            repeats=counts,
            axis=axis,
        )
    for name, axes in [("one", [0]), ("two", [0, -1]), ("all", [0, 1, 2])]:
        yield both(
            "flip",
            name,
            [normal(2, 3, 4)],
            lambda x: jnp.flip(x, axes),
            lambda x: torch.flip(x, axes),
            axes=axes,
        )
    for name, shift, axis in [
        ("rows", [1], [0]),
        ("back", [-2], [-1]),
        ("around", [9], [1]),
        ("two", [1, -1], [0, 1]),
        ("zero", [0], [0]),
        ("flat", [4], None),
    ]:
        ours = axis and tuple(axis)
        yield both(
            "roll",
            name,
            [normal(3, 5)],
            lambda x: jnp.roll(x, tuple(shift) if ours else shift[0], ours),
            lambda x: torch.roll(x, tuple(shift), ours),
            shift=shift,
            axis=axis,
        )


def picked(x, parts):
    """PyTorch's slices have no negative steps."""
    for axis, part in enumerate(parts):
        x = x.index_select(axis, torch.tensor(np.arange(x.shape[axis])[slice(*part)].copy()))
    return x


def slicing():
    """start, stop and step for every axis, with NumPy's meaning; a null is left out."""
    for name, parts in [
        ("corner", [(0, 1, 1), (1, 3, 1), (1, 4, 1)]),
        ("steps", [(0, 2, 1), (0, 3, 2), (1, 4, 2)]),
        ("negative_index", [(-1, None, None), (-2, None, None), (None, -1, None)]),
        ("backwards", [(None, None, -1), (2, 0, -1), (None, None, -2)]),
        ("empty", [(1, 1, 1), (0, 3, 1), (0, 4, 1)]),
        ("past_the_end", [(0, 9, 1), (0, 3, 1), (2, 9, 1)]),
        ("long_steps", [(0, 2, 5), (2, None, -7), (1, None, 3)]),
    ]:
        start, stop, step = (list(p) for p in zip(*parts))
        yield both(
            "slice",
            name,
            [normal(2, 3, 4)],
            lambda x: x[tuple(slice(*p) for p in parts)],
            lambda x: picked(x, parts),
            start=start,
            stop=stop,
            step=step,
        )


def padded(x, widths, mode):
    """Every mode but `constant` repeats elements: those that NumPy says."""
    for axis, width in enumerate(widths):
        x = x.index_select(axis, torch.tensor(np.pad(np.arange(x.shape[axis]), width, mode=mode)))
    return x


def padding():
    for name, shape, widths, value in [
        ("zeros", (2, 3, 4), [[1, 2], [0, 0], [0, 1]], 0.0),
        ("value", (2, 3, 4), [[0, 0], [2, 1], [1, 1]], -1.5),
        ("none", (2, 3), [[0, 0], [0, 0]], 0.0),
        ("of_nothing", (0, 2), [[1, 0], [0, 1]], 2.0),
    ]:
        flat = [n for pair in reversed(widths) for n in pair]
        yield both(
            "pad",
            name,
            [normal(*shape)],
            lambda x: jnp.pad(x, widths, constant_values=value),
            lambda x: torch.nn.functional.pad(x, flat, value=value),
            padding=widths,
            mode="constant",
            value=value,
        )
    for mode in ("edge", "reflect", "symmetric", "wrap"):
        for name, shape, widths in [
            ("vector", (5,), [[2, 3]]),
            ("images", (2, 3, 4), [[0, 0], [1, 2], [3, 0]]),
            ("far", (3, 2), [[5, 7], [1, 4]]),
            ("none", (2, 3), [[0, 0], [0, 0]]),
        ]:
            yield both(
                "pad",
                f"{mode}_{name}",
                [normal(*shape)],
                lambda x: jnp.pad(x, widths, mode=mode),
                lambda x: padded(x, widths, mode),
                padding=widths,
                mode=mode,
                value=0.0,
            )


def making():
    """No inputs, so no gradients; float64 but for whole numbers."""
    for name, a, b, step in [("whole", 0, 7, 1), ("steps", 1, 8, 3), ("back", 5, -2, -2), ("empty", 3, 3, 1)]:
        yield both(
            "arange",
            name,
            [],
            lambda: jnp.arange(a, b, step, dtype=np.int32),
            lambda: (
                torch.arange(a, b, step, dtype=torch.int32)
                if name != "empty"
                else torch.zeros(0, dtype=torch.int32)
            ),
            start=a,
            stop=b,
            step=step,
        )
    for name, a, b, step in [("fractions", 0.0, 2.0, 0.25), ("uneven", -1.0, 1.0, 0.375)]:
        yield both(
            "arange",
            name,
            [],
            lambda: jnp.arange(a, b, step),
            lambda: torch.arange(a, b, step),
            start=a,
            stop=b,
            step=step,
        )
    for name, a, b, n in [
        ("five", 0.0, 1.0, 5),
        ("odd", -2.0, 3.5, 7),
        ("down", 4.0, -1.0, 6),
        ("one", 2.5, 9.0, 1),
        ("none", 0.0, 1.0, 0),
    ]:
        yield both(
            "linspace",
            name,
            [],
            lambda: jnp.linspace(a, b, n),
            lambda: torch.linspace(a, b, n),
            start=a,
            stop=b,
            num=n,
            endpoint=True,
        )
    yield both(
        "linspace",
        "open",
        [],
        lambda: jnp.linspace(0.0, 2.0, 5, endpoint=False),
        lambda: torch.arange(5) * 0.4,
        start=0.0,
        stop=2.0,
        num=5,
        endpoint=False,
    )
    for name, n, m, k in [
        ("square", 3, 3, 0),
        ("wide", 2, 4, 1),
        ("tall", 4, 2, -1),
        ("beyond", 2, 2, 5),
        ("empty", 0, 3, 0),
    ]:
        diagonal = np.eye(n, m, k)
        yield both("eye", name, [], lambda: jnp.eye(n, m, k), lambda: torch.tensor(diagonal), n=n, m=m, k=k)
        yield both(
            "tri", name, [], lambda: jnp.tri(n, m, k), lambda: torch.tril(torch.ones(n, m), k), n=n, m=m, k=k
        )
    yield both("where", "of_a_mask", [mask(2, 3), normal(2, 3), normal(3)], jnp.where, torch.where)
