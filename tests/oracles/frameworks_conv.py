"""The cases of convolutions; see frameworks.py. Images are NHWC, kernels HWIO: PyTorch's are
turned within the functions, and so are its gradients."""

import numpy as np
import torch
import torch.nn.functional as F
from flax import nnx
from frameworks_case import both, normal
from jax import lax


def cases():
    yield from convolutions()
    yield from transposed()


def first(x):
    """NHWC -> NCHW."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def kernel_of(w):
    """HWIO -> OIHW."""
    return w.movedim((-1, -2), (0, 1))


LETTERS = {1: "W", 2: "HW", 3: "DHW"}
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def numbers(rank):
    letters = LETTERS[rank]
    return (f"N{letters}C", f"{letters}IO", f"N{letters}C")


def explicit(padding, size, taps, strides, dilation):
    """{before, after} of each axis, by the definitions of SAME and VALID."""
    if padding == "VALID":
        return [[0, 0]] * len(size)
    if padding != "SAME":
        return padding
    widths = []
    for n, k, s, d in zip(size, taps, strides, dilation):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        widths.append([total // 2, total - total // 2])
    return widths


def padded(x, widths, value=0.0):
    return F.pad(x, [n for pair in reversed(widths) for n in pair], value=value)


def convolution(name, image, kernel, strides=None, padding="SAME", dilation=None, groups=1):
    rank = len(image) - 2
    strides, dilation = strides or [1] * rank, dilation or [1] * rank

    def ours(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            strides,
            padding,
            rhs_dilation=dilation,
            feature_group_count=groups,
            dimension_numbers=numbers(rank),
        )

    def theirs(x, w):
        widths = explicit(padding, image[1:-1], kernel[:-2], strides, dilation)
        return last(
            CONV[rank](
                padded(first(x), widths), kernel_of(w).contiguous(), None, strides, 0, dilation, groups
            )
        )

    return both(
        "conv",
        name,
        [normal(*image), normal(*kernel)],
        ours,
        theirs,
        strides=strides,
        padding=padding,
        kernel_dilation=dilation,
        feature_group_count=groups,
    )


def continued(name, image, kernel, padding, dilation):
    """Flax's nnx.Conv with a padding that lax does not have: the image is continued first."""
    rank = len(image) - 2
    mode = {"CAUSAL": "constant", "CIRCULAR": "wrap", "REFLECT": "reflect"}[padding]
    spans = [(k - 1) * d for k, d in zip(kernel, dilation)]
    widths = [[s, 0] if padding == "CAUSAL" else [s // 2, s - s // 2] for s in spans]

    def ours(x, w):
        layer = nnx.Conv(
            *kernel[-2:],
            kernel[:-2],
            padding=padding,
            kernel_dilation=dilation,
            use_bias=False,
            rngs=nnx.Rngs(0),
        )
        layer.kernel = nnx.Param(w)
        return layer(x)

    def theirs(x, w):
        x = first(x)
        for axis, width in enumerate(widths):
            n = x.shape[axis + 2]
            at = np.pad(
                np.arange(n), width, mode=mode, **({"constant_values": n} if mode == "constant" else {})
            )
            x = padded(
                x, [[0, 0]] * (axis + 2) + [[0, 1]] + [[0, 0]] * (rank - axis - 1)
            )  # element n is zero
            x = x.index_select(axis + 2, torch.tensor(at))
        return last(CONV[rank](x, kernel_of(w).contiguous(), None, 1, 0, dilation))

    return both(
        "conv",
        name,
        [normal(*image), normal(*kernel)],
        ours,
        theirs,
        strides=[1] * rank,
        padding=padding,
        kernel_dilation=dilation,
        feature_group_count=1,
    )


def convolutions():
    for padding in ("SAME", "VALID"):
        label = padding.lower()
        yield convolution(f"1d_{label}", (2, 7, 3), (3, 3, 2), padding=padding)
        yield convolution(f"1d_{label}_stride", (1, 9, 2), (4, 2, 3), [2], padding)
        yield convolution(f"1d_{label}_dilated", (1, 9, 2), (3, 2, 2), [1], padding, [3])
        yield convolution(f"1d_{label}_depthwise", (2, 6, 3), (3, 1, 6), [1], padding, groups=3)
        yield convolution(f"2d_{label}", (2, 5, 4, 2), (3, 3, 2, 2), padding=padding)
        yield convolution(f"2d_{label}_stride", (1, 6, 5, 2), (3, 2, 2, 3), [2, 1], padding)
        yield convolution(f"2d_{label}_stride_even_kernel", (1, 7, 6, 1), (2, 4, 1, 2), [3, 2], padding)
        yield convolution(f"2d_{label}_dilated", (1, 7, 8, 1), (3, 2, 1, 2), [1, 1], padding, [2, 3])
        yield convolution(f"2d_{label}_dilated_stride", (1, 8, 7, 1), (2, 2, 1, 2), [2, 2], padding, [3, 2])
        yield convolution(f"2d_{label}_groups", (1, 4, 4, 4), (3, 3, 2, 4), None, padding, groups=2)
        yield convolution(
            f"2d_{label}_depthwise_stride", (1, 5, 5, 2), (3, 3, 1, 4), [2, 2], padding, groups=2
        )
        yield convolution(f"3d_{label}", (1, 3, 4, 3, 2), (2, 3, 2, 2, 2), padding=padding)
        yield convolution(f"3d_{label}_stride", (1, 5, 4, 5, 1), (2, 2, 3, 1, 2), [2, 1, 2], padding)
        yield convolution(
            f"3d_{label}_dilated_groups", (1, 4, 3, 5, 2), (2, 1, 2, 1, 2), None, padding, [2, 1, 3], 2
        )
    yield convolution("1d_explicit", (2, 5, 2), (3, 2, 2), [1], [[2, 1]])
    yield convolution("2d_explicit_stride", (1, 5, 6, 2), (2, 3, 2, 2), [2, 2], [[1, 2], [0, 1]])
    yield convolution("3d_explicit", (1, 2, 3, 2, 1), (2, 2, 2, 1, 2), None, [[1, 0], [0, 2], [1, 1]])
    yield continued("1d_causal", (2, 6, 2), (3, 2, 2), "CAUSAL", [2])
    yield continued("1d_circular", (1, 5, 2), (3, 2, 1), "CIRCULAR", [1])
    yield continued("2d_circular", (1, 4, 5, 2), (3, 2, 2, 2), "CIRCULAR", [1, 1])
    yield continued("2d_reflect", (1, 4, 5, 2), (3, 4, 2, 1), "REFLECT", [1, 1])
    yield convolution("1d_one_tap", (2, 4, 3), (1, 3, 2))
    yield convolution("2d_one_by_one", (2, 3, 3, 3), (1, 1, 3, 2))
    yield convolution("2d_one_pixel", (3, 1, 1, 2), (3, 3, 2, 2))
    yield convolution("2d_kernel_of_the_image", (2, 4, 3, 2), (4, 3, 2, 2), padding="VALID")
    yield convolution("2d_stride_beyond_kernel", (1, 7, 7, 1), (2, 2, 1, 1), [3, 3], "VALID")
    yield convolution("2d_large", (2, 13, 11, 3), (5, 3, 3, 5), [2, 1])
    yield convolution("1d_large", (2, 67, 4), (7, 4, 5), [3])


def transposed():
    """lax.conv_transpose; PyTorch's has the flipped kernel with inputs and outputs changed, and cuts."""
    transposes = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
    for name, image, kernel, strides, padding, dilation in [
        ("1d_same", (2, 5, 2), (3, 2, 3), [2], "SAME", [1]),
        ("1d_valid", (1, 4, 2), (3, 2, 2), [3], "VALID", [1]),
        ("1d_dilated", (1, 4, 2), (2, 2, 2), [2], "SAME", [3]),
        ("1d_stride_beyond_kernel", (1, 3, 1), (2, 1, 2), [4], "VALID", [1]),
        ("2d_same", (1, 3, 4, 2), (3, 3, 2, 2), [2, 2], "SAME", [1, 1]),
        ("2d_same_even_kernel", (1, 3, 2, 2), (4, 2, 2, 1), [2, 1], "SAME", [1, 1]),
        ("2d_valid", (1, 3, 3, 1), (2, 3, 1, 2), [2, 3], "VALID", [1, 1]),
        ("2d_no_stride", (1, 3, 4, 2), (3, 2, 2, 2), [1, 1], "SAME", [1, 1]),
        ("2d_dilated", (1, 3, 3, 1), (2, 2, 1, 2), [2, 1], "VALID", [2, 3]),
        ("3d_same", (1, 2, 3, 2, 1), (3, 2, 3, 1, 2), [2, 1, 2], "SAME", [1, 1, 1]),
        ("3d_valid", (1, 2, 2, 2, 1), (2, 2, 2, 1, 1), [2, 2, 2], "VALID", [1, 1, 1]),
    ]:
        rank = len(image) - 2

        def theirs(x, w):
            """The whole product, of which SAME and VALID keep a part."""
            w = w.flip(tuple(range(rank))).movedim((-2, -1), (0, 1)).contiguous()
            y = transposes[rank](first(x), w, None, strides, 0, 0, 1, dilation)
            for axis, (n, k, s, d) in enumerate(zip(image[1:], kernel, strides, dilation)):
                span = (k - 1) * d + 1
                if padding == "SAME":  # n s positions of (n - 1) s + span
                    length = n * s
                    before = -(-(span + s - 2) // 2) if s <= span - 1 else span - 1
                    cut = span - 1 - before
                else:
                    length, cut = n * s + max(span - s, 0), 0
                y = (
                    y
                    if cut >= 0
                    else padded(y, [[0, 0]] * (axis + 2) + [[-cut, 0]] + [[0, 0]] * (rank - axis - 1))
                )
                more = length + max(cut, 0) - y.shape[axis + 2]
                if more > 0:
                    y = padded(y, [[0, 0]] * (axis + 2) + [[0, more]] + [[0, 0]] * (rank - axis - 1))
                y = y.narrow(axis + 2, max(cut, 0), length)
            return last(y)

        yield both(
            "conv_transpose",
            name,
            [normal(*image), normal(*kernel)],
            lambda x, w: lax.conv_transpose(x, w, strides, padding, dilation, numbers(rank)),
            theirs,
            strides=strides,
            padding=padding,
            kernel_dilation=dilation,
            transpose_kernel=False,
        )
    for name, image, kernel in [
        ("1d_as_a_gradient", (1, 4, 3), (3, 2, 3)),
        ("2d_as_a_gradient", (1, 3, 2, 2), (2, 3, 3, 2)),
    ]:
        rank = len(image) - 2
        yield both(
            "conv_transpose",
            name,
            [normal(*image), normal(*kernel)],
            lambda x, w: lax.conv_transpose(
                x, w, [2] * rank, "VALID", None, numbers(rank), transpose_kernel=True
            ),
            lambda x, w: last(transposes[rank](first(x), kernel_of(w).contiguous(), None, 2)),
            strides=[2] * rank,
            padding="VALID",
            kernel_dilation=[1] * rank,
            transpose_kernel=True,
        )
