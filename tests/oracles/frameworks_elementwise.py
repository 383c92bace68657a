"""The elementwise cases; see frameworks.py."""

import jax
import jax.numpy as jnp
import numpy as np
import torch
from frameworks_case import both, distinct, integers, mask, normal, positive, uniform
from jax import lax

MIDDLE = np.array(
    [-2.75, -2.0, -1.5, -1.0, -0.625, -0.3125, -0.0625, 0.03125, 0.25, 0.5, 0.875, 1.25, 2.0, 3.125]
)
FAR = np.array([-20.5, -11.0, -7.25, 6.5, 9.0, 18.25])
TINY = np.array([-(2.0**-20), -(2.0**-9), 2.0**-30, 2.0**-12])
ABOVE = np.array([0.0078125, 0.125, 0.5, 1.0, 1.75, 3.0, 10.5])
UNIT = np.array([-0.96875, -0.5, -0.125, 0.0, 0.015625, 0.375, 0.75, 0.9375])


def cases():
    yield from unary()
    yield from steps()
    yield from kinks()
    yield from specials()
    yield from binary()
    yield from whole_numbers()
    yield from choices()


def unary():
    everywhere = {
        "negative": (jnp.negative, torch.negative),
        "abs": (jnp.abs, torch.abs),
        "square": (jnp.square, torch.square),
        "cbrt": (jnp.cbrt, lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3)),
        "exp": (jnp.exp, torch.exp),
        "exp2": (jnp.exp2, torch.exp2),
        "expm1": (jnp.expm1, torch.expm1),
        "sin": (jnp.sin, torch.sin),
        "cos": (jnp.cos, torch.cos),
        "tan": (jnp.tan, torch.tan),
        "atan": (jnp.arctan, torch.atan),
        "sinh": (jnp.sinh, torch.sinh),
        "cosh": (jnp.cosh, torch.cosh),
        "tanh": (jnp.tanh, torch.tanh),
        "asinh": (jnp.arcsinh, torch.asinh),
        "erf": (lax.erf, torch.erf),
        "erfc": (lax.erfc, torch.erfc),
        "sigmoid": (jax.nn.sigmoid, torch.sigmoid),
        "softplus": (jax.nn.softplus, softplus),
    }
    bounded = {"atan", "tanh", "asinh", "erf", "sigmoid", "softplus", "negative", "abs", "sin", "cos", "erfc"}
    for op, (f, g) in everywhere.items():
        yield both(op, "middle", [MIDDLE], f, g)
        yield both(op, "tiny", [TINY], f, None if op == "cbrt" else g)  # a power loses digits there
        if op in bounded:
            # 1 - y^2 keeps few digits of tanh's gradient there, in PyTorch as here.
            yield both(op, "far", [FAR], f, g, differentiate=op != "tanh")
    domains = {
        "reciprocal": (jnp.reciprocal, torch.reciprocal, {"above": ABOVE, "below": [-4.0, -0.3125]}),
        "sqrt": (jnp.sqrt, torch.sqrt, {"above": ABOVE}),
        "rsqrt": (lax.rsqrt, torch.rsqrt, {"above": ABOVE}),
        "log": (jnp.log, torch.log, {"above": ABOVE, "near_one": [0.984375, 1.0, 1.0078125]}),
        "log2": (jnp.log2, torch.log2, {"above": ABOVE, "powers": [0.125, 1.0, 2.0, 64.0]}),
        "log10": (jnp.log10, torch.log10, {"above": ABOVE, "powers": [1.0, 10.0, 1000.0]}),
        "log1p": (jnp.log1p, torch.log1p, {"above": ABOVE, "tiny": TINY, "below": [-0.96875, -0.5]}),
        "asin": (jnp.arcsin, torch.asin, {"unit": UNIT}),
        "acos": (jnp.arccos, torch.acos, {"unit": UNIT}),
        "atanh": (jnp.arctanh, torch.atanh, {"unit": UNIT, "tiny": TINY}),
        "acosh": (jnp.arccosh, torch.acosh, {"above": 1.125 + ABOVE}),
        "erf_inv": (lax.erf_inv, torch.erfinv, {"unit": UNIT}),
        "lgamma": (lax.lgamma, torch.lgamma, {"above": ABOVE, "below": [-3.25, -1.5, -0.75]}),
        "digamma": (lax.digamma, torch.digamma, {"above": ABOVE, "below": [-3.25, -1.375, -0.75]}),
    }
    for op, (f, g, inputs) in domains.items():
        for name, x in inputs.items():
            rough = op == "digamma" and name == "below"  # PyTorch's trigamma has ten digits there
            yield both(op, name, [np.array(x)], f, None if rough else g)
    for n in (0, 1, 3):
        yield both(
            "polygamma",
            f"order_{n}",
            [ABOVE],
            lambda x: jax.scipy.special.polygamma(n, x) if n else lax.digamma(x),
            lambda x: torch.special.polygamma(n, x),
            n=n,
        )
    for shape in [(), (1,), (0,), (2, 0, 3), (3, 1, 5), (7, 37)]:
        label = "x".join(map(str, shape)) or "scalar"
        yield both("tanh", label, [normal(*shape)], jnp.tanh, torch.tanh)
        yield both("square", label, [normal(*shape)], jnp.square, torch.square)


def softplus(x):
    return torch.nn.functional.softplus(x, threshold=1000)


def steps():
    """Their gradients are zero."""
    x = np.array([-2.5, -2.0, -1.5, -0.5, -0.25, 0.25, 0.5, 1.0, 1.5, 2.5, 3.75])
    for op, f, g in [
        ("sign", jnp.sign, torch.sign),
        ("floor", jnp.floor, torch.floor),
        ("ceil", jnp.ceil, torch.ceil),
        ("round", jnp.round, torch.round),
        ("trunc", jnp.trunc, torch.trunc),
    ]:
        yield both(op, "steps", [x], f, g)


def kinks():
    zero = np.array([-1.0, -0.0, 0.0, 1.0])
    yield both("abs", "kink", [zero], jnp.abs)  # 1 at 0; PyTorch gives 0
    yield both("sign", "kink", [zero], jnp.sign, torch.sign)
    x = np.array([-2.0, -1.0, -0.5, 0.0, 0.75, 1.5, 2.0])
    yield both(
        "clip",
        "inside",
        [x],
        lambda v: jnp.clip(v, -0.75, 1.25),
        lambda v: torch.clamp(v, -0.75, 1.25),
        low=-0.75,
        high=1.25,
    )
    # At a bound JAX gives a half, as maximum does; PyTorch 1.
    yield both("clip", "at_the_bounds", [x], lambda v: jnp.clip(v, -1.0, 1.5), low=-1.0, high=1.5)
    ties = [np.array([1.0, 2.0, 3.0, -1.0]), np.array([1.0, 3.0, 2.0, -1.0])]
    yield both("maximum", "ties", ties, jnp.maximum, torch.maximum)
    yield both("minimum", "ties", ties, jnp.minimum, torch.minimum)
    yield both("logaddexp", "ties", ties, jnp.logaddexp, torch.logaddexp)
    axes = [np.array([0.0, 0.0, 1.0, -1.0]), np.array([1.0, -2.0, 0.0, 0.0])]
    yield both("atan2", "axes", axes, jnp.arctan2, torch.atan2)
    yield both("hypot", "axes", axes, jnp.hypot, torch.hypot)


SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, -2.0])


def specials():
    for op, f, g in [
        ("isnan", jnp.isnan, torch.isnan),
        ("isinf", jnp.isinf, torch.isinf),
        ("isfinite", jnp.isfinite, torch.isfinite),
    ]:
        yield both(op, "special", [SPECIAL], f, g)
        yield both(op, "empty", [normal(0, 2)], f, g)
        yield both(op, "matrix", [normal(2, 3)], f, g)
    for op, f, g in [
        ("exp", jnp.exp, torch.exp),
        ("exp2", jnp.exp2, torch.exp2),
        ("log", jnp.log, torch.log),
        ("log2", jnp.log2, torch.log2),
        ("log10", jnp.log10, torch.log10),
        ("log1p", jnp.log1p, torch.log1p),
        ("sqrt", jnp.sqrt, torch.sqrt),
        ("tanh", jnp.tanh, torch.tanh),
        ("atan", jnp.arctan, torch.atan),
        ("sinh", jnp.sinh, torch.sinh),
        ("cosh", jnp.cosh, torch.cosh),
        ("asinh", jnp.arcsinh, torch.asinh),
        ("acosh", jnp.arccosh, torch.acosh),
        ("erfc", lax.erfc, torch.erfc),
        ("lgamma", lax.lgamma, torch.lgamma),
        ("floor", jnp.floor, torch.floor),
        ("trunc", jnp.trunc, torch.trunc),
    ]:
        yield both(op, "special", [SPECIAL], f, g, differentiate=False)
    pairs = [np.repeat(SPECIAL, len(SPECIAL)), np.tile(SPECIAL, len(SPECIAL))]
    for op, f, g in [
        ("maximum", jnp.maximum, torch.maximum),
        ("minimum", jnp.minimum, torch.minimum),
        ("logaddexp", jnp.logaddexp, torch.logaddexp),
        ("hypot", jnp.hypot, torch.hypot),
        ("atan2", jnp.arctan2, torch.atan2),
    ]:
        yield both(op, "special", pairs, f, g, differentiate=False)


SHAPES = {
    "same": ((3, 5), (3, 5)),
    "row": ((3, 5), (5,)),
    "outer": ((4, 1), (1, 3)),
    "scalar": ((), (2, 3)),
    "middle": ((2, 1, 3), (4, 1)),
    "empty": ((0, 3), (1, 3)),
}
LARGE = ((31, 9), (9,))


def binary():
    ops = {
        "add": (jnp.add, torch.add, normal, normal),
        "subtract": (jnp.subtract, torch.subtract, normal, normal),
        "multiply": (jnp.multiply, torch.multiply, normal, normal),
        "divide": (jnp.divide, torch.divide, normal, positive),
        "power": (jnp.power, torch.pow, positive, normal),
        "maximum": (jnp.maximum, torch.maximum, distinct, distinct),
        "minimum": (jnp.minimum, torch.minimum, distinct, distinct),
        "remainder": (jnp.remainder, torch.remainder, normal, positive),
        "fmod": (jnp.fmod, torch.fmod, normal, positive),
        "hypot": (jnp.hypot, torch.hypot, positive, positive),
        "atan2": (jnp.arctan2, torch.atan2, normal, positive),
        "logaddexp": (jnp.logaddexp, torch.logaddexp, normal, normal),
        "copysign": (jnp.copysign, torch.copysign, distinct, distinct),
        # PyTorch has no gradient of floor_divide; JAX has zeros.
        "floor_divide": (jnp.floor_divide, None, normal, positive),
    }
    for op, (f, g, a, b) in ops.items():
        for name, (left, right) in SHAPES.items():
            yield both(op, name, [a(*left), b(*right)], f, g)
    for op in ("add", "multiply"):
        f, g, a, b = ops[op]
        yield both(op, "large", [a(*LARGE[0]), b(*LARGE[1])], f, g)
    signs = [np.array([5.0, -5.0, 5.0, -5.0, 5.5, -0.25]), np.array([3.0, 3.0, -3.0, -3.0, 0.75, 1.0])]
    for op, f, g in [
        ("remainder", jnp.remainder, torch.remainder),
        ("fmod", jnp.fmod, torch.fmod),
        ("floor_divide", jnp.floor_divide, None),
    ]:
        yield both(op, "signs", signs, f, g)
    bases = [np.array([-2.0, -0.5, 3.0, 0.5]), np.array([3.0, 2.0, 0.0, -2.0])]
    yield both("power", "of_negative_bases", bases, jnp.power, torch.pow, differentiate=[0])
    far = [np.array([800.0, -800.0, 20.0, 0.0]), np.array([801.0, -799.0, -20.0, 0.5])]
    yield both("logaddexp", "far", far, jnp.logaddexp, torch.logaddexp)
    quadrants = [np.array([1.0, 1.0, -1.0, -1.0, 0.5]), np.array([2.0, -2.0, 2.0, -2.0, -0.25])]
    yield both("atan2", "quadrants", quadrants, jnp.arctan2, torch.atan2)


def whole_numbers():
    a, b = np.array([-7, -5, 5, 7, 0, 12], np.int32), np.array([3, -3, -3, 7, 4, 5], np.int32)
    for op, f, g in [
        ("add", jnp.add, torch.add),
        ("multiply", jnp.multiply, torch.multiply),
        ("maximum", jnp.maximum, torch.maximum),
        ("remainder", jnp.remainder, torch.remainder),
        ("fmod", jnp.fmod, torch.fmod),
        ("floor_divide", jnp.floor_divide, torch.floor_divide),
        ("bitwise_and", jnp.bitwise_and, torch.bitwise_and),
        ("bitwise_or", jnp.bitwise_or, torch.bitwise_or),
        ("bitwise_xor", jnp.bitwise_xor, torch.bitwise_xor),
    ]:
        yield both(op, "int32", [a, b], f, g)
    shifts = [np.array([-7, 5, 1, 12], np.int32), np.array([1, 3, 0, 2], np.int32)]
    yield both("left_shift", "int32", shifts, jnp.left_shift, torch.bitwise_left_shift)
    yield both("right_shift", "int32", shifts, jnp.right_shift, torch.bitwise_right_shift)
    yield both("bitwise_not", "int32", [a], jnp.bitwise_not, torch.bitwise_not)
    for op, f, g in [
        ("abs", jnp.abs, torch.abs),
        ("sign", jnp.sign, torch.sign),
        ("square", jnp.square, torch.square),
    ]:
        yield both(op, "int32", [a], f, g)
    yield both("bitwise_and", "bool", [mask(3, 4), mask(4)], jnp.bitwise_and, torch.bitwise_and)
    yield both(
        "bitwise_xor", "row", [integers(0, 99, 3, 4), integers(0, 99, 4)], jnp.bitwise_xor, torch.bitwise_xor
    )
    for op, f, g in [
        ("logical_and", jnp.logical_and, torch.logical_and),
        ("logical_or", jnp.logical_or, torch.logical_or),
        ("logical_xor", jnp.logical_xor, torch.logical_xor),
    ]:
        yield both(op, "bool", [mask(3, 4), mask(4)], f, g)
        yield both(op, "numbers", [np.array([0.0, 0.0, 2.0, np.nan]), np.array([0.0, 3.0, 0.0, 1.0])], f, g)
    yield both("logical_not", "bool", [mask(5)], jnp.logical_not, torch.logical_not)
    yield both("logical_not", "numbers", [SPECIAL], jnp.logical_not, torch.logical_not)


def choices():
    for op, f, g in [
        ("equal", jnp.equal, torch.eq),
        ("not_equal", jnp.not_equal, torch.ne),
        ("less", jnp.less, torch.lt),
        ("less_equal", jnp.less_equal, torch.le),
        ("greater", jnp.greater, torch.gt),
        ("greater_equal", jnp.greater_equal, torch.ge),
    ]:
        pairs = [np.repeat(SPECIAL, len(SPECIAL)), np.tile(SPECIAL, len(SPECIAL))]
        yield both(op, "special", pairs, f, g)
        yield both(op, "broadcast", [integers(0, 3, 4, 1), integers(0, 3, 5)], f, g)
    yield both("where", "same", [mask(3, 5), normal(3, 5), normal(3, 5)], jnp.where, torch.where)
    yield both("where", "broadcast", [mask(3, 1), normal(5), normal(3, 1)], jnp.where, torch.where)
    yield both("where", "scalars", [mask(2, 3), normal(), normal()], jnp.where, torch.where)
    yield both("where", "empty", [mask(0, 3), normal(3), normal()], jnp.where, torch.where)
    x = uniform(-9, 9, 3, 5)
    for name, ours, theirs in [("float32", jnp.float32, torch.float32), ("int32", jnp.int32, torch.int32)]:
        yield both("astype", name, [x], lambda v: v.astype(ours), lambda v: v.to(theirs), dtype=name)
    yield both(
        "astype",
        "float64",
        [integers(-9, 9, 4)],
        lambda v: v.astype(jnp.float64),
        lambda v: v.to(torch.float64),
        dtype="float64",
    )
    yield both(
        "astype", "bool", [SPECIAL], lambda v: v.astype(bool), lambda v: v.to(torch.bool), dtype="bool"
    )
