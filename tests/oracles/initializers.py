"""tests/data/initializers.json: what jax.nn.initializers draw, to the bit.

A case is {"initializer", "arguments", "seed"} and an array as in random.json: {"dtype", "shape", "head",
"stride", "sample"}, floats as the integers of their bits (float64: hexadecimal strings), head the first 16
elements, sample x[::stride].
"""

import common

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
init = jax.nn.initializers
MODES = {"in": "fan_in", "out": "fan_out", "average": "fan_avg", "geometric": "fan_geo_avg"}
UINT = {2: np.uint16, 4: np.uint32, 8: np.uint64}
DENSE, CONV = (20, 30), (3, 3, 4, 8)


def bits(x):
    raw = x.view(UINT[x.dtype.itemsize])
    return [f"{v:016x}" if x.dtype.itemsize == 8 else int(v) for v in raw]


def case(name, shape, dtype="float32", seed=0, **arguments):
    given = dict(arguments)
    axes = given.pop("axes", None)
    if axes:
        given |= {f"{k}_axis": tuple(v) for k, v in axes.items()}
    if "fan" in given:
        given["mode"] = MODES[given.pop("fan")]
    make = getattr(init, name)
    f = make if name in ("zeros", "ones") else make(**given)
    x = np.asarray(f(jax.random.key(seed), shape, jnp.dtype(dtype))).ravel()
    stride = 1 if x.size <= 16 else 37
    return {
        "initializer": name,
        "arguments": arguments,
        "seed": seed,
        "dtype": dtype,
        "shape": list(shape),
        "head": bits(x[:16]),
        "stride": stride,
        "sample": bits(x[::stride] if stride > 1 else x[:0]),
    }


def cases():
    for name in ("zeros", "ones"):
        yield case(name, (2, 3))
    yield case("constant", (3,), value=0.1)
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        yield case("uniform", DENSE, dtype, 1, scale=0.3)
        yield case("normal", DENSE, dtype, 2, stddev=0.3)
        yield case("truncated_normal", DENSE, dtype, 3, stddev=0.3, lower=-1.0, upper=3.0)
    for family in ("lecun", "he", "kaiming", "glorot", "xavier"):
        for kind in ("uniform", "normal"):
            yield case(f"{family}_{kind}", CONV, seed=4)
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        for distribution in ("uniform", "normal", "truncated_normal"):
            for fan in MODES if dtype == "float32" else ["in", "average"]:
                yield scaled(CONV, dtype, scale=1.7, fan=fan, distribution=distribution)
    for axes in (
        {"in": [0, 1], "out": [2, 3], "batch": []},
        {"in": [-2], "out": [-1], "batch": [0]},
        {"in": [-1], "out": [0], "batch": [1, 2]},
    ):
        for fan in MODES:
            yield scaled((3, 5, 4, 8), scale=2.0, fan=fan, distribution="uniform", axes=axes)
    yield scaled((9,), scale=1.0, fan="in", distribution="uniform", axes={"in": [0], "out": [0], "batch": []})
    for shape, axis in [((6, 6), -1), ((3, 7), -1), ((7, 3), -1), ((4, 2, 5), 0), ((4, 2, 5), 1), ((1, 1), -1)]:
        for dtype in ("float32", "float64"):
            yield case("orthogonal", shape, dtype, 6, scale=1.5, column_axis=axis)
    for shape, axis in [((3, 4, 4), -1), ((4, 3, 2, 3), -1), ((3, 3, 2, 5), -2), ((2, 3, 4, 2, 2), -1)]:
        yield case("delta_orthogonal", shape, seed=7, scale=0.5, column_axis=axis)


def scaled(shape, dtype="float32", **arguments):
    return case("variance_scaling", shape, dtype, 5, **arguments)


common.write("initializers.json", {"source": f"jax {jax.__version__} (CPU)", "cases": list(cases())})
