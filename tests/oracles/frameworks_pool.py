"""The cases of pools, patches and resizing; see frameworks.py. Images are NHWC."""

import itertools

import jax
import numpy as np
import torch
import torch.nn.functional as F
from flax import nnx
from frameworks_case import both, distinct, normal
from frameworks_conv import explicit, first, last, numbers, padded
from jax import lax


def cases():
    yield from pools()
    yield from pools_of_a_size()
    yield from patches()
    yield from resizing()


MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def pool(op, name, shape, window, strides, padding="VALID", **more):
    rank = len(window)

    def theirs(x):
        widths = explicit(padding, shape[1:-1], window, strides, [1] * rank)
        if op == "avg_pool":
            y = AVG_POOL[rank](padded(first(x), widths), window, strides)
            if not more.get("count_include_pad", True):
                y = y / AVG_POOL[rank](padded(torch.ones_like(first(x)), widths), window, strides)
            return last(y)
        sign = 1 if op == "max_pool" else -1
        return last(sign * MAX_POOL[rank](padded(sign * first(x), widths, -torch.inf), window, strides))

    ours = getattr(nnx, op)
    kind = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    return both(
        op,
        name,
        [distinct(*shape)],
        lambda x: ours(x, tuple(window), tuple(strides), kind, **more),
        theirs,
        window_shape=window,
        strides=strides,
        padding=padding,
        **more,
    )


def pools():
    for op in ("max_pool", "min_pool", "avg_pool"):
        for padding in ("SAME", "VALID"):
            label = padding.lower()
            yield pool(op, f"1d_{label}", (2, 7, 2), [2], [2], padding)
            yield pool(op, f"1d_{label}_overlapping", (1, 9, 1), [3], [2], padding)
            yield pool(op, f"2d_{label}", (1, 5, 6, 2), [2, 2], [2, 2], padding)
            yield pool(op, f"2d_{label}_overlapping", (1, 5, 4, 2), [3, 2], [2, 1], padding)
            yield pool(op, f"3d_{label}", (1, 3, 4, 5, 1), [2, 2, 2], [2, 2, 2], padding)
        yield pool(op, "2d_explicit", (1, 4, 5, 1), [2, 3], [2, 1], [[1, 0], [1, 2]])
        yield pool(op, "2d_one", (1, 1, 1, 3), [1, 1], [1, 1])
        yield pool(op, "2d_large", (2, 11, 13, 3), [3, 2], [2, 2])
    yield pool("avg_pool", "1d_without_padding", (1, 5, 2), [3], [1], "SAME", count_include_pad=False)
    yield pool(
        "avg_pool", "2d_without_padding", (1, 4, 5, 1), [3, 2], [2, 1], "SAME", count_include_pad=False
    )
    tied = np.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0]).reshape(1, 6, 1)
    for op in ("max_pool", "min_pool"):
        f = getattr(nnx, op)
        yield both(
            op, "1d_ties", [tied], lambda x: f(x, (2,), (2,)), window_shape=[2], strides=[2], padding="VALID"
        )


def pools_of_a_size():
    """Flax has none: PyTorch's."""
    average = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
    largest = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
    for name, shape, size in [
        ("1d", (2, 7, 2), [3]),
        ("1d_more", (1, 3, 2), [5]),
        ("2d", (1, 5, 7, 2), [2, 3]),
        ("2d_divides", (1, 4, 6, 1), [2, 3]),
        ("2d_one", (2, 3, 3, 2), [1, 1]),
        ("3d", (1, 3, 4, 5, 1), [2, 3, 2]),
    ]:
        rank = len(size)
        for op, f in [("adaptive_avg_pool", average), ("adaptive_max_pool", largest)]:
            yield both(op, name, [distinct(*shape)], None, lambda x: last(f[rank](first(x), size)), size=size)
    for name, shape in [("1d", (2, 5, 3)), ("2d", (2, 3, 4, 2)), ("3d", (1, 2, 3, 2, 2))]:
        axes = tuple(range(1, len(shape) - 1))
        yield both(
            "global_avg_pool",
            name,
            [distinct(*shape)],
            lambda x: x.mean(axes),
            lambda x: x.mean(axes),
            keepdims=False,
        )
        yield both(
            "global_max_pool",
            name,
            [distinct(*shape)],
            lambda x: x.max(axes, keepdims=True),
            lambda x: torch.amax(x, axes, True),
            keepdims=True,
        )


def patches():
    """lax.conv_general_dilated_patches: the channels are the slowest in the last axis, as PyTorch's unfold has them."""
    for name, shape, window, strides, padding, dilation in [
        ("1d", (2, 6, 2), [3], [1], "VALID", [1]),
        ("2d", (1, 4, 5, 2), [2, 3], [1, 2], "VALID", [1, 1]),
        ("2d_same", (1, 4, 4, 1), [3, 3], [2, 2], "SAME", [1, 1]),
        ("2d_dilated", (1, 5, 5, 1), [2, 2], [1, 1], "VALID", [2, 3]),
        ("3d", (1, 3, 3, 2, 2), [2, 2, 1], [1, 1, 1], "VALID", [1, 1, 1]),
    ]:
        rank = len(window)

        def theirs(x):
            x = padded(first(x), explicit(padding, shape[1:-1], window, strides, dilation))
            counts = [
                (n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(x.shape[2:], window, dilation, strides)
            ]
            parts = []
            for tap in itertools.product(*map(range, window)):
                index = tuple(
                    slice(t * d, t * d + (c - 1) * s + 1, s)
                    for t, d, c, s in zip(tap, dilation, counts, strides)
                )
                parts.append(x[(..., *index)])
            return last(torch.stack(parts, 2).flatten(1, 2))

        yield both(
            "patches",
            name,
            [normal(*shape)],
            lambda x: lax.conv_general_dilated_patches(
                x, window, strides, padding, None, dilation, numbers(rank)
            ),
            theirs,
            window_shape=window,
            strides=strides,
            padding=padding,
            kernel_dilation=dilation,
        )


def resizing():
    for name, shape, new, method, antialias in [
        ("1d_up", (2, 3, 2), (2, 7, 2), "linear", False),
        ("up", (1, 3, 4, 2), (1, 6, 8, 2), "bilinear", False),
        ("up_uneven", (1, 3, 4, 1), (1, 5, 7, 1), "bilinear", False),
        ("down", (1, 6, 7, 1), (1, 3, 2, 1), "bilinear", False),
        ("down_smooth", (1, 6, 7, 1), (1, 3, 2, 1), "bilinear", True),
        ("up_and_down", (1, 5, 3, 2), (1, 2, 6, 2), "bilinear", True),
        ("same", (1, 3, 3, 1), (1, 3, 3, 1), "bilinear", True),
        ("to_one", (1, 4, 5, 1), (1, 1, 1, 1), "bilinear", False),
        ("nearest_up", (1, 3, 4, 2), (1, 5, 7, 2), "nearest", True),
        ("nearest_down", (1, 6, 7, 1), (1, 4, 3, 1), "nearest", True),
        ("nearest_1d", (2, 5, 1), (2, 8, 1), "nearest", True),
        ("cubic_up", (1, 4, 5, 1), (1, 7, 9, 1), "bicubic", False),
        ("cubic_down", (1, 6, 7, 1), (1, 3, 4, 1), "bicubic", True),
        ("3d_up", (1, 2, 2, 3, 1), (1, 3, 4, 4, 1), "trilinear", False),
    ]:

        def theirs(x):
            if method == "nearest":  # the pixel whose square a centre falls into
                return last(F.interpolate(first(x), new[1:-1], mode="nearest-exact"))
            smooth = antialias and method == "bilinear"
            return last(
                F.interpolate(first(x), new[1:-1], mode=method, align_corners=False, antialias=smooth)
            )

        yield both(
            "resize",
            name,
            [normal(*shape)],
            lambda x: jax.image.resize(x, new, method, antialias),
            None if method == "bicubic" else theirs,  # another cubic: a = -0.75, JAX has -0.5
            shape=list(new),
            method=method,
            antialias=antialias,
        )
