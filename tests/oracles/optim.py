"""tests/data/optim.json: seven steps of optax's optimizers, and values of its schedules.

Two parameters, "w" (2, 3) and "b" (3,); the gradients of each step are given, so that the updates
depend on nothing but the optimizer. Every case has one entry per step: the updates that tx.update
returned and the parameters after apply_updates, flattened in row-major order. The same numbers (those
of a float32) enter the float64 and the float32 runs. MultiSteps accumulates in float32 by default;
the float64 run asks for float64.
"""

import common

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

STEPS = 7
random = np.random.default_rng(7)
SHAPES = {"b": (3,), "w": (2, 3)}


def draw(scale):
    return {
        name: (scale * random.standard_normal(shape)).astype(np.float32) for name, shape in SHAPES.items()
    }


PARAMETERS = draw(1.0)
# Of very different sizes, so that clipping acts at some steps only; b's second gradient is always 0.
GRADIENTS = [draw(scale) for scale in (0.1, 2.0, 0.3, 1e-3, 5.0, 0.05, 1.0)]
for gradient in GRADIENTS:
    gradient["b"][1] = 0.0


def optimizers(dtype):
    """(name, settings, transformation)"""
    cosine = optax.cosine_decay_schedule(0.1, 5, 0.1)
    plain = {
        "sgd": [
            {"learning_rate": 0.1},
            {"learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        ],
        "adam": [
            {"learning_rate": 0.01},
            {"learning_rate": 0.01, "b1": 0.8, "b2": 0.99, "eps": 1e-6, "eps_root": 1e-7},
            {"learning_rate": 0.01, "nesterov": True},
        ],
        "adamw": [{"learning_rate": 0.005, "b1": 0.9}, {"learning_rate": 0.01, "weight_decay": 0.1}],
        "adamax": [{"learning_rate": 0.01}],
        "adagrad": [{"learning_rate": 0.1}],
        "lion": [{"learning_rate": 0.01}],
        "lamb": [{"learning_rate": 0.01}],
        "rmsprop": [{"learning_rate": 0.01}, {"learning_rate": 0.01, "momentum": 0.9, "centered": True}],
    }
    for name, settings in plain.items():
        for setting in settings:
            yield name, setting, getattr(optax, name)(**setting)
    mask = {"b": False, "w": True}
    yield "adamw_masked", {"learning_rate": 0.01, "weight_decay": 0.1, "mask": mask}, optax.adamw(
        0.01, weight_decay=0.1, mask=mask
    )
    yield "clip_adamw", {"max_norm": 1.0, "learning_rate": 0.005}, optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(0.005)
    )
    yield "clip_by_global_norm", {"max_norm": 1.0}, optax.clip_by_global_norm(1.0)
    yield "clip", {"max_delta": 0.5}, optax.clip(0.5)
    yield "sgd_cosine", {"init_value": 0.1, "decay_steps": 5, "alpha": 0.1}, optax.sgd(cosine)
    yield "adam_cosine", {"init_value": 0.1, "decay_steps": 5, "alpha": 0.1}, optax.adam(cosine)
    steps = partial(optax.MultiSteps, every_k_schedule=3, accumulator_dtype=dtype)
    yield "multi_steps_sgd", {"every_k": 3, "learning_rate": 0.1}, steps(
        optax.sgd(0.1)
    ).gradient_transformation()
    yield "multi_steps_adam", {"every_k": 3, "learning_rate": 0.01}, steps(
        optax.adam(0.01)
    ).gradient_transformation()


def numbers(tree):
    return {name: [float(v) for v in np.asarray(x).ravel()] for name, x in tree.items()}


def run(name, settings, tx, dtype):
    cast = partial(jax.tree.map, lambda x: jnp.asarray(x, dtype))
    parameters, steps = cast(PARAMETERS), []
    state = tx.init(parameters)
    for gradient in GRADIENTS:
        updates, state = tx.update(cast(gradient), state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        assert all(x.dtype == dtype for x in parameters.values())
        steps.append({"updates": numbers(updates), "parameters": numbers(parameters)})
    return {"name": name, "settings": settings, "steps": steps}


def schedules():
    """(name, settings, schedule)"""
    settings = {
        "constant_schedule": [{"value": 0.3}],
        "linear_schedule": [
            {"init_value": 1.0, "end_value": 0.1, "transition_steps": 10, "transition_begin": 3}
        ],
        "polynomial_schedule": [{"init_value": 1.0, "end_value": 0.1, "power": 2, "transition_steps": 10}],
        "cosine_decay_schedule": [
            {"init_value": 0.1, "decay_steps": 20},
            {"init_value": 0.1, "decay_steps": 20, "alpha": 0.05, "exponent": 1.5},
        ],
        "warmup_cosine_decay_schedule": [
            {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 5, "decay_steps": 20, "end_value": 0.001},
            {"init_value": 0.01, "peak_value": 0.1, "warmup_steps": 0, "decay_steps": 20},
        ],
        "exponential_decay": [
            {"init_value": 0.1, "transition_steps": 10, "decay_rate": 0.5},
            {
                "init_value": 0.1,
                "transition_steps": 4,
                "decay_rate": 0.5,
                "transition_begin": 3,
                "staircase": True,
                "end_value": 0.02,
            },
        ],
    }
    for name, several in settings.items():
        for setting in several:
            yield name, setting, getattr(optax, name)(**setting)
    yield "piecewise_constant_schedule", {
        "init_value": 1.0,
        "boundaries": [5, 10],
        "scales": [0.5, 0.1],
    }, optax.piecewise_constant_schedule(1.0, {5: 0.5, 10: 0.1})
    parts = [
        optax.linear_schedule(0.0, 1.0, 5),
        optax.constant_schedule(1.0),
        optax.exponential_decay(1.0, 4, 0.5),
    ]
    join = {
        "schedules": ["linear_schedule(0, 1, 5)", "constant_schedule(1)", "exponential_decay(1, 4, 0.5)"],
        "boundaries": [5, 9],
    }
    yield "join_schedules", join, optax.join_schedules(parts, [5, 9])


def schedule_cases():
    """Counts enter as float64: with int32 counts JAX divides in float32 even in its 64-bit mode."""
    counts = [0, 1, 2, 3, 4, 5, 6, 9, 10, 13, 19, 20, 21, 100]
    return [
        {
            "name": name,
            "settings": settings,
            "counts": counts,
            "values": [float(f(jnp.float64(c))) for c in counts],
        }
        for name, settings, f in schedules()
    ]


def main():
    document = {
        "source": f"optax {optax.__version__}, jax {jax.__version__} (CPU)",
        "shapes": {k: list(v) for k, v in SHAPES.items()},
        "parameters": numbers(PARAMETERS),
        "gradients": [numbers(g) for g in GRADIENTS],
    }
    document["float32"] = [run(*case, jnp.float32) for case in optimizers(jnp.float32)]
    with jax.enable_x64(True):
        document["float64"] = [run(*case, jnp.float64) for case in optimizers(jnp.float64)]
        document["schedules"] = schedule_cases()
    common.write("optim.json", document)


main()
