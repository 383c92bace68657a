"""What Datarax's composite operators and batch mixes make of small batches, for tests/data_module.

The children of the composites are deterministic functions, which the test has too (CHILDREN below). The
mixes get their lambda, permutation and centre from here in place of random numbers. Needs datarax 0.1.1.
"""

import common

import unittest.mock

import jax
import jax.numpy as jnp
import numpy as np
from datarax.core.config import BatchMixOperatorConfig, MapOperatorConfig
from datarax.core.element_batch import Batch
from datarax.operators import BatchMixOperator, MapOperator
from datarax.operators.composite_operator import (
    CompositeOperatorConfig,
    CompositeOperatorModule,
    CompositionStrategy,
)
from flax import nnx

CHILDREN = [
    lambda x, key: 2 * x + 0.5,
    lambda x, key: jnp.mean(x) + 1.5 * (x - jnp.mean(x)),
    lambda x, key: -x,
]
CONDITIONS = [lambda d: jnp.sum(d["x"]) > 0, lambda d: d["y"][0] < 0, lambda d: d["x"][0] > 1]


def router(d):
    return jnp.floor(d["y"][1]).astype(jnp.int32)


def array(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "dtype": str(x.dtype), "data": x.astype(float).ravel().tolist()}


def arrays(data):
    return {f"{k}.{j}": array(v[j]) for k, v in data.items() if isinstance(v, dict) for j in v} | {
        k: array(v) for k, v in data.items() if not isinstance(v, dict)
    }


def batch(data):
    n = len(next(iter(data.values())))
    return Batch.from_parts(data={k: jnp.asarray(v) for k, v in data.items()}, states={}, metadata_list=[None] * n)


def applied(op, data):
    """The records one by one, stacked: what vmap does, also where the fields change."""
    rows = [op.apply({k: jnp.asarray(v[i]) for k, v in data.items()}, {}, {})[0] for i in range(len(data["x"]))]
    return jax.tree.map(lambda *x: jnp.stack(x), *rows)


def children(n=3):
    config = MapOperatorConfig(subtree=None, stochastic=False)
    return [MapOperator(config, fn=f, rngs=nnx.Rngs(0)) for f in CHILDREN[:n]]


def composite(data, strategy, **settings):
    config = CompositeOperatorConfig(
        strategy=CompositionStrategy[strategy.upper()], operators=children(), **settings
    )
    op = CompositeOperatorModule(config, rngs=nnx.Rngs(0))
    shown = {k: v for k, v in settings.items() if k not in ("conditions", "router")}
    return {"strategy": strategy, **shown, "output": arrays(applied(op, data))}


def composites(data):
    yield composite(data, "sequential")
    yield composite(data, "dynamic_sequential")
    yield composite(data, "conditional_sequential", conditions=CONDITIONS)
    for strategy, more in (("parallel", {}), ("conditional_parallel", {"conditions": CONDITIONS})):
        for merge in ("concat", "stack", "sum", "mean", "dict"):
            yield composite(data, strategy, merge_strategy=merge, **more)
        yield composite(data, strategy, merge_strategy="stack", merge_axis=-1, **more)
    yield composite(data, "weighted_parallel")
    yield composite(data, "weighted_parallel", weights=[0.5, -1.0, 2.0])
    yield composite(data, "weighted_parallel", weights=[0.5, -1.0, 2.0], learnable_weights=True)
    weights = {"w": np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3)}
    yield composite(data | weights, "weighted_parallel", weight_key="w")
    for reduction in ("mean", "sum", "max", "min"):
        yield composite(data, f"ensemble_{reduction}")
    yield composite(data, "branching", router=router)


def mix(data, mode, lam, permutation, centre):
    """BatchMixOperator with these in place of what it draws."""
    op = BatchMixOperator(
        BatchMixOperatorConfig(mode=mode, stochastic=True, stream_name="batch_mix"),
        rngs=nnx.Rngs(batch_mix=0),
    )
    places = iter(centre)
    with (
        unittest.mock.patch("jax.random.beta", lambda *a: jnp.float32(lam)),
        unittest.mock.patch("jax.random.permutation", lambda *a: jnp.asarray(permutation)),
        unittest.mock.patch("jax.random.randint", lambda *a: jnp.asarray(next(places))),
    ):
        out = op.apply_batch(batch(data)).data.get_value()
    return {"mode": mode, "lambda": lam, "permutation": permutation, "centre": centre, "output": arrays(out)}


def mixes(data):
    for lam in (0.0, 0.3, 0.84, 1.0):
        yield mix(data, "mixup", lam, [2, 0, 1], [0, 0])
        for centre in ([2, 1], [0, 0], [3, 4]):  # column, row
            yield mix(data, "cutmix", lam, [2, 0, 1], centre)


def main():
    x = np.array([[1, -2, 3.5, 0.25], [2, 2, -1, -7], [0, 0.5, 1.25, 4], [-3, 1, 1, 0], [6, 5, -4, 2]])
    y = np.array([[1, 0.5], [-1, 2.25], [-2, 1.75], [3, 9.5], [0.5, -3]])
    data = {"x": x.astype(np.float32), "y": y.astype(np.float32)}
    rng = np.random.default_rng(0)
    images = {
        "image": rng.random((3, 5, 4, 1), dtype=np.float32).round(3),
        "label": np.array([3, 7, 1], np.int32),
        "label_onehot": np.eye(3, dtype=np.float32),
    }
    common.write(
        "data_module/datarax_structure.json",
        {
            "data": arrays(data),
            "weights": array(np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3)),
            "composites": list(composites(data)),
            "images": arrays(images),
            "mixes": list(mixes(images)),
        },
    )


if __name__ == "__main__":
    main()
