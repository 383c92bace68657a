"""tests/data/random.json: what jax.random draws, to the bit.

Floating-point numbers are written as the integers of their bits (float64: hexadecimal strings).
Every array is {"shape", "head", "stride", "sample"}: head has the first 32 elements in row-major
order, sample every stride-th element (x[::stride]); arrays of up to 32 elements have no sample.
The section "x64" was drawn with 64-bit types enabled, which changes the default dtypes, the key of
a seed outside [0, 2^32), and nothing else.
"""

import common

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np

SHAPES = [(), (1,), (7,), (3, 5), (1000,), (100003,)]
SMALL = SHAPES[:-1]
UINT = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def key_data(key):
    return np.asarray(jax.random.key_data(key)).tolist()


def bits_of(x):
    """The elements of x as integers: bit patterns for floats, hexadecimal strings for 64-bit ones."""
    x = np.asarray(x)
    if np.issubdtype(x.dtype, np.integer) or x.dtype == bool:
        return [int(v) for v in x.ravel()]
    raw = x.ravel().view(UINT[x.dtype.itemsize])
    return [f"{v:016x}" if x.dtype.itemsize == 8 else int(v) for v in raw]


def array(x):
    x = np.asarray(x)
    flat = x.ravel()
    stride = 1 if flat.size <= 32 else 31 if flat.size <= 1000 else 2003
    sample = flat[::stride] if stride > 1 else flat[:0]
    return {
        "dtype": str(x.dtype),
        "shape": list(x.shape),
        "head": bits_of(flat[:32]),
        "stride": stride,
        "sample": bits_of(sample),
    }


def draw(function, key, shapes, dtype, **arguments):
    """One case per shape; arguments go to jax.random.<function> and into the file."""
    name = function.__name__
    return [
        {
            "function": name,
            "key": key_data(key),
            "arguments": arguments,
            **array(function(key, shape=shape, dtype=dtype, **arguments)),
        }
        for shape in shapes
    ]


def threefry():
    """The hash itself; the first three are Random123's published vectors."""
    vectors = [
        ([0, 0], [0, 0]),
        ([0xFFFFFFFF] * 2, [0xFFFFFFFF] * 2),
        ([0x13198A2E, 0x03707344], [0x243F6A88, 0x85A308D3]),
        ([0, 42], [1, 7]),
    ]
    published = [[0x6B200159, 0x99BA4EFE], [0x1CB996FC, 0xBB002BE7], [0xC4923A9C, 0x483DF7A0]]
    cases = []
    for i, (key, count) in enumerate(vectors):
        out = jax.extend.random.threefry_2x32(np.uint32(key), np.uint32(count)).tolist()
        assert i >= 3 or out == published[i], out
        cases.append({"key": key, "count": count, "out": out})
    return cases


def keys():
    seeds = [0, 1, 42, -1, 2**31, 2**32 - 1, 2**32, 2**40, 2**40 + 7, -(2**40) - 7]
    return [{"seed": seed, "data": key_data(jax.random.key(seed))} for seed in seeds]


def splits(key):
    return [
        {"key": key_data(key), "shape": list(shape), "data": key_data(jax.random.split(key, shape))}
        for shape in [(2,), (5,), (2, 3), (33,)]
    ]


def folds(key):
    data = [0, 1, 2, 1000, 2**31, 2**32 - 1]
    return [
        {"key": key_data(key), "data": d, "out": key_data(jax.random.fold_in(key, np.uint32(d)))}
        for d in data
    ]


def all_bits(key, types):
    return [case for t in types for case in draw(jax.random.bits, key, SHAPES, t)]


def uniforms(key, dtype, shapes=SHAPES):
    ranges = [
        {},
        {"minval": -3.0, "maxval": 5.0},
        {"minval": 0.1, "maxval": 0.7},
        {"minval": -1.0, "maxval": 1.0},
    ]
    return [case for r in ranges for case in draw(jax.random.uniform, key, shapes, dtype, **r)]


def normals(key, dtype, shapes=SHAPES):
    truncated = [{"lower": -2.0, "upper": 2.0}, {"lower": 0.5, "upper": 3.0}]
    return draw(jax.random.normal, key, shapes, dtype) + [
        case for t in truncated for case in draw(jax.random.truncated_normal, key, shapes, dtype, **t)
    ]


def randints(key):
    ranges = {
        "int32": [
            (0, 10),
            (-5, 6),
            (0, 1),
            (3, 3),
            (7, 2),
            (-(2**31), 2**31 - 1),
            (0, 2**30 + 1),
            (-100000, 2**31 - 1),
        ],
        "uint8": [(0, 256), (0, 10), (250, 300)],
        "int16": [(-300, 300)],
        "uint32": [(0, 100), (5, 2**31 - 1)],
    }
    return [
        case
        for t, pairs in ranges.items()
        for low, high in pairs
        for case in draw(jax.random.randint, key, SMALL, np.dtype(t), minval=low, maxval=high)
    ]


def permutations(key):
    """Of n, and of the rows or columns of an array; 1626 is the first n that is sorted twice."""
    cases = [{"n": n, **array(jax.random.permutation(key, n))} for n in (0, 1, 2, 7, 100, 1625, 1626, 5000)]
    x = np.arange(21, dtype=np.int32).reshape(7, 3)
    cases += [
        {
            "input": x.tolist(),
            "axis": axis,
            "independent": independent,
            **array(jax.random.permutation(key, x, axis=axis, independent=independent)),
        }
        for axis in (0, 1)
        for independent in (False, True)
    ]
    return [{"key": key_data(key), **case} for case in cases]


def bernoullis(key):
    return [
        {"key": key_data(key), "p": p, **array(jax.random.bernoulli(key, np.float32(p), shape))}
        for p in (0.5, 0.975, 0.1, 0.0, 1.0)
        for shape in SHAPES
    ]


def initializers(key):
    """jax.nn.initializers, float32."""
    names = ["lecun_normal", "lecun_uniform", "he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]
    shapes = [(5, 7), (3, 3, 2, 4), (3, 3, 32, 64)]
    return [
        {
            "function": name,
            "key": key_data(key),
            **array(getattr(jax.nn.initializers, name)()(key, shape, np.float32)),
        }
        for name in names
        for shape in shapes
    ]


def fma_note():
    """Does XLA contract f * (maxval - minval) + minval? Compared on a million draws of uniform(0.1, 0.7)."""
    key, low, high = jax.random.key(3), np.float32(0.1), np.float32(0.7)
    f = np.asarray(jax.random.uniform(key, (1000000,)))
    x = np.asarray(jax.random.uniform(key, (1000000,), minval=low, maxval=high))
    span = high - low
    fused = (f.astype(np.float64) * np.float64(span) + np.float64(low)).astype(np.float32)
    plain = f * span + low
    return {
        "elements": x.size,
        "differ_from_fused": int((x != np.maximum(low, fused)).sum()),
        "differ_from_multiply_then_add": int((x != np.maximum(low, plain)).sum()),
    }


def main():
    key, other = jax.random.key(42), jax.random.fold_in(jax.random.key(0), 5)
    document = {
        "source": f"jax {jax.__version__} (CPU), partitionable threefry: {jax.config.jax_threefry_partitionable}",
        "format": "floats as the integers of their bits; head = first 32 elements, sample = x[::stride]",
        "fma_note": fma_note(),
        "key": keys(),
        "threefry2x32": threefry(),
        "split": splits(key) + splits(other),
        "fold_in": folds(key) + folds(other),
        "bits": all_bits(key, [np.uint8, np.uint16, np.uint32]),
        "uniform": uniforms(key, np.float32) + uniforms(other, np.float32, SMALL),
        "uniform_half": uniforms(key, jnp.float16, SMALL) + uniforms(key, jnp.bfloat16, SMALL),
        "normal": normals(key, np.float32) + normals(other, np.float32, SMALL),
        "randint": randints(key),
        "permutation": permutations(key) + permutations(other),
        "bernoulli": bernoullis(key),
        "initializers": initializers(key),
    }
    with jax.enable_x64(True):
        document["x64"] = {
            "key": keys(),
            "bits": all_bits(key, [np.uint64]),
            "uniform": uniforms(key, np.float64, SMALL),
            "normal": normals(key, np.float64, SMALL),
            "randint": [
                case
                for low, high in [(0, 10), (-(2**62), 2**62 + 5)]
                for case in draw(jax.random.randint, key, SMALL, np.dtype("int64"), minval=low, maxval=high)
            ],
        }
    common.write("random.json", document)


main()
