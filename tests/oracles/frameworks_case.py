"""One case, computed by JAX and by PyTorch: the value, the gradients, and the second order.

    both("power", "row", [positive(3, 5), normal(5)], jnp.power, torch.pow)

Both frameworks must agree to 1e-11, else the script names the case and fails. Where their conventions
differ, JAX's is ours and stands alone (torch is left out and a comment says why); where JAX has no such
function, PyTorch stands alone. The numbers in the file are JAX's where it has the function.

Inputs are functions of a random generator that belongs to the case, so that a new case changes no other.
All are multiples of 1/128 or so: float32 holds them exactly, and a test in float32 sees the op's error alone.
"""

import dataclasses
import math
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)

LARGE = 120  # elements: larger inputs are formulas, of larger results a sample and the sum are kept
SAMPLES = 40
AGREEMENT = 1e-11


# --- inputs ----------------------------------------------------------------------------------------


@dataclasses.dataclass
class Formula:
    """Element k is ((k a + b) mod m - m div 2) / d: all distinct below m elements, where a and m have no divisor."""

    shape: tuple
    a: int
    b: int
    m: int = 4093
    d: int = 1024

    def array(self):
        k = np.arange(math.prod(self.shape), dtype=np.int64)
        return (((k * self.a + self.b) % self.m - self.m // 2) / self.d).reshape(self.shape)


def formula(*shape, **parts):
    return lambda r: Formula(shape, int(r.integers(100, 4000)), int(r.integers(100)), **parts)


def normal(*shape):
    if math.prod(shape) > LARGE:
        return formula(*shape)
    return lambda r: np.round(r.standard_normal(shape) * 128) / 128


def uniform(low, high, *shape):
    return lambda r: np.round(r.uniform(low, high, shape) * 128) / 128


def positive(*shape):
    return uniform(0.25, 3, *shape)


def distinct(*shape):
    """No two elements alike, where their order matters."""
    n = math.prod(shape)
    if n > LARGE:
        return formula(*shape)
    return lambda r: (r.permutation(n).reshape(shape) - n // 2 + 0.5) / 16


def integers(low, high, *shape, dtype=np.int32):
    return lambda r: r.integers(low, high, shape).astype(dtype)


def mask(*shape):
    return lambda r: r.random(shape) < 0.6


def values(x):
    return x.array() if isinstance(x, Formula) else np.asarray(x)


def floating(x):
    return np.issubdtype(values(x).dtype, np.floating)


# --- the frameworks --------------------------------------------------------------------------------


@dataclasses.dataclass
class Result:
    outputs: list
    gradients: list = None  # one for each wanted input
    second: list = None
    tangents: list = None  # one for each floating output


def listed(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def by_jax(f, inputs, wanted, weights):
    def outputs_of(x):
        full = [jnp.asarray(v) for v in inputs]
        for i, v in zip(wanted, x):
            full[i] = v
        return listed(f(*full))

    x = [jnp.asarray(inputs[i]) for i in wanted]
    outputs = outputs_of(x)
    floats = [k for k, y in enumerate(outputs) if floating(y)]
    if not (wanted and floats):
        return Result(outputs)
    directions, cotangents = weights([outputs[k] for k in floats])

    def first(x, dy):
        _, pullback = jax.vjp(lambda *x: [outputs_of(x)[k] for k in floats], *x)
        return pullback(dy)

    def along(x, dy):
        return sum(jnp.vdot(w, g) for w, g in zip(directions, first(x, dy)))

    dy = [jnp.asarray(v, outputs[k].dtype) for k, v in zip(floats, cotangents)]
    second, tangents = jax.jit(jax.grad(along, (0, 1)))(x, dy)
    return Result(outputs, jax.jit(first)(x, dy), second, tangents)


def by_torch(f, inputs, wanted, weights):
    full = [torch.tensor(v) for v in inputs]
    x = [full[i].requires_grad_() for i in wanted]
    outputs = listed(f(*full))
    plain = [y.numpy(force=True) for y in outputs]
    floats = [k for k, y in enumerate(outputs) if y.is_floating_point()]
    if not (wanted and floats):
        return Result(plain)
    directions, cotangents = weights([plain[k] for k in floats])
    dy = [torch.tensor(v, dtype=outputs[k].dtype, requires_grad=True) for k, v in zip(floats, cotangents)]
    more = {"allow_unused": True, "materialize_grads": True}
    gradients = torch.autograd.grad([outputs[k] for k in floats], x, dy, create_graph=True, **more)
    along = sum((torch.tensor(w) * g).sum() for w, g in zip(directions, gradients))
    second = torch.autograd.grad(along, x + dy, **more) if along.requires_grad else [0 * v for v in x + dy]
    numbers = [v.numpy(force=True) for v in second]
    return Result(plain, [g.numpy(force=True) for g in gradients], numbers[: len(x)], numbers[len(x) :])


# --- their agreement -------------------------------------------------------------------------------

worst = {}
failures = []


def error(a, b):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return np.inf
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    scale = max(np.max(np.abs(b), where=np.isfinite(b), initial=0), 1e-300)
    with np.errstate(invalid="ignore"):
        return float(np.max(np.abs(a - b)[~same]) / scale)


def compare(label, ours, theirs):
    for part in ("outputs", "gradients", "second", "tangents"):
        a, b = getattr(ours, part), getattr(theirs, part)
        if a is None or b is None:
            continue
        for i, (u, v) in enumerate(zip(a, b, strict=True)):
            e = error(u, v)
            if part == "second" and e > AGREEMENT:  # where the one is zero and the other nearly so
                e = min(e, float(np.max(np.abs(np.asarray(u) - np.asarray(v)))) * 1e3)
            worst[part] = max(worst.get(part, (0, "")), (e, label))
            if not e <= AGREEMENT:
                failures.append(f"{label}: {part}[{i}] differ by {e}\n jax {u}\n torch {v}")


# --- a case ----------------------------------------------------------------------------------------


def drawn(r, shape):
    shape = tuple(shape)
    return formula(*shape, d=2048)(r) if math.prod(shape) > LARGE else normal(*shape)(r)


def both(op, name, inputs, by_jax_f=None, by_torch_f=None, differentiate=True, order=2, **attributes):
    """A case of an op. `differentiate` may be the list of the inputs to differentiate by; with order=1 the
    second order and the tangents are left out."""
    r = np.random.default_rng(zlib.crc32(f"{op} {name}".encode()))
    given = [x(r) if callable(x) else np.asarray(x) for x in inputs]
    wanted = [i for i, x in enumerate(given) if floating(x)]
    if differentiate is not True:
        wanted = [i for i in wanted if differentiate and i in differentiate]
    directions = [drawn(r, values(given[i]).shape) for i in wanted]
    cotangents = []

    def weights(outputs):
        if not cotangents:
            cotangents.extend(drawn(r, y.shape) for y in outputs)
        return [values(w) for w in directions], [values(c) for c in cotangents]

    plain = [values(x) for x in given]
    results = {}
    for source, run, f in (("jax", by_jax, by_jax_f), ("torch", by_torch, by_torch_f)):
        if f is not None:
            results[source] = run(f, plain, wanted, weights)
    if len(results) == 2:
        compare(f"{op} {name}", results["jax"], results["torch"])
    return {
        "op": op,
        "name": name,
        "sources": list(results),
        "attributes": attributes,
    } | written(given, wanted, directions, cotangents, next(iter(results.values())), order)


def written(given, wanted, directions, cotangents, result, order):
    def spread(parts, whole=False):
        full = [None] * len(given)
        for i, x in zip(wanted, parts or []):
            full[i] = None if x is None else array(x, whole)
        return full

    document = {
        "inputs": [array(x, whole=True) for x in given],
        "output": [array(y) for y in result.outputs],
        "cotangent": [array(c, whole=True) for c in cotangents] or None,
        "gradients": spread(result.gradients),
    }
    if result.gradients is None or order == 1:
        return document
    return document | {
        "directions": spread(directions, whole=True),
        "second": spread([g if np.any(np.abs(np.asarray(g)) > 1e-13) else None for g in result.second]),
        "tangents": [array(t) for t in result.tangents],
    }


def array(x, whole=False):
    """Of a large result, a sample; `whole` arrays are what the op is given."""
    if isinstance(x, Formula):
        return {"shape": list(x.shape), "dtype": "float64", "formula": [x.a, x.b, x.m, x.d]}
    x = np.asarray(x)
    document = {"shape": list(x.shape), "dtype": str(x.dtype)}
    flat = x.ravel()
    if whole or flat.size <= LARGE:
        return document | {"data": [number(v) for v in flat]}
    step = flat.size // SAMPLES | 1
    return document | {"data": [number(v) for v in flat[::step]], "step": step, "sum": float(flat.sum())}


def number(x):
    if isinstance(x, np.bool_):
        return bool(x)
    if isinstance(x, np.integer):
        return int(x)
    return float(x) if np.isfinite(x) else str(float(x))
