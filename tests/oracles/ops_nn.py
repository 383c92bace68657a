"""The cases of the ops of neural networks: Flax's pooling and batch norm, optax's losses; see ops.py."""

import jax
import numpy as np
import optax
from flax import nnx
from jax import lax

from ops_case import case, normal, positive, random

# --- conv2d and pool2d -----------------------------------------------------------------------------


def conv(name, image, kernel, strides=(1, 1), padding="SAME", dilation=(1, 1), groups=1):
    def function(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            strides,
            padding,
            rhs_dilation=dilation,
            feature_group_count=groups,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    return case(
        "conv2d",
        name,
        function,
        [normal(*image), normal(*kernel)],
        strides=list(strides),
        padding=padding,
        kernel_dilation=list(dilation),
        feature_group_count=groups,
    )


def conv2d():
    explicit = [[1, 2], [0, 1]]
    yield conv("same", (2, 5, 4, 2), (3, 3, 2, 2))
    yield conv("valid", (1, 5, 6, 2), (3, 2, 2, 3), padding="VALID")
    yield conv("explicit", (1, 4, 3, 2), (3, 2, 2, 2), padding=explicit)
    yield conv("explicit_stride", (1, 5, 6, 2), (2, 3, 2, 2), (2, 2), explicit)
    for padding in ("SAME", "VALID"):
        label = padding.lower()
        yield conv(f"{label}_stride_1_2", (1, 5, 6, 2), (3, 3, 2, 2), (1, 2), padding)
        yield conv(f"{label}_stride_2_2", (1, 6, 5, 2), (3, 3, 2, 2), (2, 2), padding)
        yield conv(f"{label}_stride_3_2_even_kernel", (1, 7, 6, 1), (2, 4, 1, 2), (3, 2), padding)
        yield conv(f"{label}_dilated", (1, 7, 8, 1), (3, 2, 1, 2), (1, 1), padding, (2, 3))
        yield conv(f"{label}_dilated_stride", (1, 8, 7, 1), (2, 2, 1, 2), (2, 2), padding, (3, 2))
        yield conv(f"{label}_even_kernel", (1, 5, 4, 2), (2, 4, 2, 1), (1, 1), padding)
        yield conv(f"{label}_groups", (1, 4, 4, 4), (3, 3, 2, 4), (1, 1), padding, groups=2)
        yield conv(f"{label}_depthwise", (1, 4, 5, 3), (3, 3, 1, 3), (1, 1), padding, groups=3)
        yield conv(
            f"{label}_depthwise_multiplier_stride", (1, 5, 5, 2), (3, 3, 1, 4), (2, 2), padding, groups=2
        )
        yield conv(f"{label}_one_by_one", (2, 3, 3, 3), (1, 1, 3, 2), (1, 1), padding)
        yield conv(f"{label}_one_by_one_stride", (1, 5, 4, 2), (1, 1, 2, 3), (2, 2), padding)
    yield conv("one_pixel", (3, 1, 1, 2), (3, 3, 2, 2))
    yield conv("kernel_of_the_image", (2, 4, 3, 2), (4, 3, 2, 2), padding="VALID")
    yield conv("stride_beyond_kernel", (1, 7, 7, 1), (2, 2, 1, 1), (3, 3), "VALID")
    yield conv("wide_padding", (1, 2, 2, 1), (3, 3, 1, 1), (1, 1), [[3, 3], [4, 2]])


def pool(op, name, x, window, strides=None, padding="VALID", **more):
    function = getattr(nnx, op)
    pads_ = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    return case(
        op,
        name,
        lambda v: function(v, window, strides, pads_, **more),
        [x],
        window_shape=list(window),
        strides=list(strides) if strides else None,
        padding=padding,
        **more,
    )


POOLS = [
    ("default_strides", (1, 4, 4, 2), (2, 2), None, "VALID"),
    ("tutorial", (2, 4, 4, 3), (2, 2), (2, 2), "VALID"),
    ("odd_size", (1, 5, 7, 1), (2, 2), (2, 2), "VALID"),
    ("same", (1, 5, 4, 2), (2, 2), (2, 2), "SAME"),
    ("same_three", (1, 4, 5, 2), (3, 3), (1, 1), "SAME"),
    ("overlapping", (1, 6, 5, 1), (3, 2), (2, 1), "VALID"),
    ("explicit", (1, 4, 4, 1), (2, 3), (2, 2), [[1, 0], [1, 1]]),
    ("whole_image", (2, 3, 3, 2), (3, 3), (1, 1), "VALID"),
    ("one_by_one", (1, 3, 2, 2), (1, 1), (1, 1), "VALID"),
    ("gaps", (1, 6, 6, 1), (2, 2), (3, 3), "VALID"),
]


def pool2d():
    for name, shape_, window, strides, padding in POOLS:
        yield pool("max_pool", name, normal(*shape_), window, strides, padding)
        yield pool("min_pool", name, normal(*shape_), window, strides, padding)
        for count in (True, False):
            label = f"{name}{'' if count else '_exclude_pad'}"
            yield pool("avg_pool", label, normal(*shape_), window, strides, padding, count_include_pad=count)
    tied = random.integers(0, 3, (1, 5, 5, 2)).astype(np.float64)
    for op in ("max_pool", "min_pool"):
        yield pool(op, "ties", tied, (2, 2), (2, 2))
        yield pool(op, "ties_overlapping", tied, (3, 3), (1, 1), "SAME")
        yield pool(op, "constant", np.ones((1, 4, 4, 1)), (2, 2), (2, 2))


# --- softmax, norm, loss ---------------------------------------------------------------------------


def softmax():
    for op, f in [("softmax", jax.nn.softmax), ("log_softmax", jax.nn.log_softmax)]:
        for name, shape_, axis in [
            ("last", (3, 5), -1),
            ("first", (3, 5), 0),
            ("middle", (2, 4, 3), 1),
            ("one_class", (3, 1), -1),
            ("vector", (7,), 0),
        ]:
            yield case(op, name, lambda x: f(x, axis=axis), [normal(*shape_)], axis=axis)
        yield case(
            op,
            "large",
            lambda x: f(x, axis=-1),
            [np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, -1001.0]])],
            axis=-1,
        )


def norm_case(name, shape_, training, axis=-1, momentum=0.99, epsilon=1e-5):
    """Inputs x, scale, bias, running mean and var; outputs y and, in training, the new mean and var."""
    features = shape_[axis]

    def function(x, scale, bias, mean, var):
        layer = nnx.BatchNorm(features, axis=axis, momentum=momentum, epsilon=epsilon, rngs=nnx.Rngs(0))
        layer.scale, layer.bias = nnx.Param(scale), nnx.Param(bias)
        layer.mean, layer.var = nnx.BatchStat(mean), nnx.BatchStat(var)
        y = layer(x, use_running_average=not training)
        return (y, layer.mean[...], layer.var[...]) if training else y

    inputs = [
        normal(*shape_) * 2 + 1,
        positive(features),
        normal(features),
        normal(features),
        positive(features),
    ]
    return case(
        "batch_norm", name, function, inputs, training=training, axis=axis, momentum=momentum, epsilon=epsilon
    )


def norm():
    for training in (True, False):
        label = "training" if training else "evaluation"
        yield norm_case(f"{label}_images", (2, 3, 2, 3), training)
        yield norm_case(f"{label}_rows", (5, 4), training)
        yield norm_case(f"{label}_momentum", (3, 2, 2), training, momentum=0.9, epsilon=1e-3)
        yield norm_case(f"{label}_axis", (3, 2, 4), training, axis=1)
        yield norm_case(f"{label}_one_row", (1, 3), training)


def loss():
    logits, one_hot = normal(4, 3) * 3, np.eye(3)[[2, 0, 0, 1]]
    soft = random.dirichlet(np.ones(3), 4)
    yield case("softmax_cross_entropy", "one_hot", optax.softmax_cross_entropy, [logits, one_hot])
    yield case("softmax_cross_entropy", "soft_labels", optax.softmax_cross_entropy, [logits, soft])
    yield case(
        "softmax_cross_entropy",
        "axis_0",
        lambda z, y: optax.softmax_cross_entropy(z, y, axis=0),
        [logits.T, soft.T],
        axis=0,
    )
    by_label = optax.softmax_cross_entropy_with_integer_labels
    name = "softmax_cross_entropy_with_integer_labels"
    yield case(name, "rows", by_label, [logits, np.array([2, 0, 0, 1], np.int32)])
    yield case(name, "one", by_label, [normal(3), np.array(1, np.int32)])
    yield case(name, "images", by_label, [normal(2, 2, 3), np.array([[0, 2], [1, 1]], np.int32)])
    yield case(
        name,
        "large",
        by_label,
        [np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 1e-3]]), np.array([1, 1], np.int32)],
    )
    yield case(
        "sigmoid_binary_cross_entropy",
        "binary",
        optax.sigmoid_binary_cross_entropy,
        [np.array([-40.0, -3.0, -0.5, 0.0, 0.7, 30.0]), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])],
    )
    yield case(
        "sigmoid_binary_cross_entropy",
        "soft",
        optax.sigmoid_binary_cross_entropy,
        [normal(2, 3), random.random((2, 3))],
    )
    yield case("l2_loss", "targets", optax.l2_loss, [normal(3, 2), normal(3, 2)])
    yield case("squared_error", "targets", optax.squared_error, [normal(3, 2), normal(3, 2)])
    for delta in (1.0, 0.5):
        yield case(
            "huber_loss",
            f"delta_{delta}",
            lambda p, t: optax.huber_loss(p, t, delta=delta),
            [normal(7) * 2, normal(7)],
            delta=delta,
        )
