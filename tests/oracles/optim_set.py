"""tests/data/optim_set.json: twenty steps of the rest of optax's optimizers and transformations, in float64,
and of PyTorch's RMSprop and Rprop, where it differs.

Four parameters, one of each rank that matters: a vector, a tall and a wide matrix, and a cube. The gradients
of each step are given; with "curvature" the gradient is curvature * parameters instead, with "nan_steps"
the first element of "bias" is NaN at these steps, and "values" go to the update as its value. With "loss" the
gradient is that of the sum of curvature * (parameters^2 - 1)^2 / 4, and the update may ask for it elsewhere.
Some steps' updates and the last parameters are kept: as every step builds on those before, they stand for all.
"""

import common

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from optax import contrib

STEPS = 20
KEPT = [0, 1, 2, 6, 19]
SHAPES = {"bias": (2,), "cube": (1, 2, 2), "tall": (3, 2), "wide": (2, 4)}
random = np.random.default_rng(11)


def draw(scale):
    return {
        name: np.round(scale * random.standard_normal(shape), 6) for name, shape in SHAPES.items()
    }


PARAMETERS = draw(1.0)
GRADIENTS = [draw(scale) for scale in [0.1, 2.0, 0.3, 1e-2, 5.0] * (STEPS // 5)]
for gradient in GRADIENTS:
    gradient["bias"][1] = 0.0
CURVATURE = {name: np.round(np.exp(random.standard_normal(s)), 6) for name, s in SHAPES.items()}
VALUES = [3.0, 2.0, 2.5, 1.9999, 2.0, 1.0, 1.5, 1.0, 1.0, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6, 0.7, 0.8, 0.9, 0.1, 0.1]
MATRICES = {name: len(shape) > 1 for name, shape in SHAPES.items()}
LABELS = {"bias": "slow", "cube": "slow", "tall": "fast", "wide": "fast"}


def wide_decay(i, exponent=0.8):
    """optax's own computes in float32."""
    return 1.0 - jnp.asarray(i + 1, jnp.float64) ** (-exponent)


def adafactor(learning_rate=None, momentum=None, weight_decay_rate=None, **factored):
    """optax.adafactor, with the decay in float64."""
    parts = [optax.scale_by_factored_rms(decay_rate_fn=wide_decay, **factored), optax.clip_by_block_rms(1.0)]
    if learning_rate is not None:
        parts.append(optax.scale_by_learning_rate(learning_rate, flip_sign=False))
    parts.append(optax.scale_by_param_block_rms())
    if momentum is not None:
        parts.append(optax.ema(momentum, debias=False, accumulator_dtype=jnp.float64))
    if weight_decay_rate is not None:
        parts.append(optax.add_decayed_weights(weight_decay_rate))
    return optax.chain(*parts, optax.scale(-1))


class Torch:
    """One of torch.optim as a plain transformation."""

    def __init__(self, optimizer, **settings):
        self.make, self.settings = optimizer, settings

    def init(self, parameters):
        self.parameters = {k: torch.tensor(np.asarray(v), requires_grad=True) for k, v in parameters.items()}
        self.optimizer = self.make(list(self.parameters.values()), **self.settings)

    def update(self, gradient, state, parameters):
        before = {k: p.detach().clone() for k, p in self.parameters.items()}
        for name, p in self.parameters.items():
            p.grad = torch.tensor(np.asarray(gradient[name]))
        self.optimizer.step()
        return {k: jnp.asarray((p.detach() - before[k]).numpy()) for k, p in self.parameters.items()}, state


class Lookahead:
    """The fast parameters alone, as a plain transformation."""

    def __init__(self, **settings):
        self.tx = optax.lookahead(optax.adam(0.1), **settings)

    def init(self, parameters):
        self.slow = parameters
        return self.tx.init(optax.LookaheadParams(parameters, parameters))

    def update(self, gradient, state, parameters):
        both = optax.LookaheadParams(parameters, self.slow)
        updates, state = self.tx.update(gradient, state, both)
        self.slow = optax.apply_updates(self.slow, updates.slow)
        return updates.fast, state


def plain():
    """name: settings for optax's function of this name"""
    rate = {"learning_rate": 0.05}
    return {
        "nadam": [rate],
        "nadamw": [{**rate, "weight_decay": 0.1}],
        "radam": [rate, {**rate, "b2": 0.9, "threshold": 4.5, "nesterov": True}],
        "amsgrad": [rate, {**rate, "b2": 0.5, "eps_root": 1e-4}],
        "adamax": [rate],
        "adagrad": [rate, {**rate, "initial_accumulator_value": 0.0, "eps": 1e-4}],
        "adadelta": [rate, {**rate, "rho": 0.5, "weight_decay": 0.1}],
        "rmsprop": [
            rate,
            {**rate, "decay": 0.5, "eps_in_sqrt": False, "initial_scale": 1.0},
            {**rate, "momentum": 0.9, "nesterov": True, "bias_correction": True},
            {**rate, "centered": True, "momentum": 0.9},
            {**rate, "centered": True, "bias_correction": True, "eps": 0.01},
        ],
        "lion": [rate, {**rate, "weight_decay": 0.1}],
        "lamb": [rate, {**rate, "weight_decay": 0.1}],
        "lars": [rate, {**rate, "weight_decay": 0.1, "nesterov": True, "eps": 0.01, "trust_coefficient": 0.1}],
        "clip": [{"max_delta": 0.5}],
        "clip_by_block_rms": [{"threshold": 0.5}],
        "ema": [{"decay": 0.9}, {"decay": 0.9, "debias": False}],
        "apply_every": [{"k": 3}],
        "scale_by_sign": [{}],
        "scale_by_trust_ratio": [{"min_norm": 2.0}],
        "scale_by_param_block_norm": [{"min_scale": 1.5}],
        "scale_by_param_block_rms": [{}],
        "centralize": [{}],
        "normalize_by_update_norm": [{"scale_factor": 2.0}],
    }


def optimizers():
    """(name, settings, transformation)"""
    for name, settings in plain().items():
        for setting in settings:
            yield name, setting, getattr(optax, name)(**setting)
    for setting in [{}, {"alpha": 0.9, "momentum": 0.9, "weight_decay": 0.1}, {"centered": True}]:
        setting = {"lr": 0.05, **setting}
        yield "rmsprop_torch", setting, Torch(torch.optim.RMSprop, **setting)
    for setting in [
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "min_dim_size_to_factor": 2},
        {"min_dim_size_to_factor": 2, "momentum": 0.9, "weight_decay_rate": 0.01, "decay_rate": 0.5},
    ]:
        yield "adafactor", setting, adafactor(**setting)
    for setting in [
        {"learning_rate": 0.02},
        {"learning_rate": 0.02, "nesterov": False, "weight_decay": 0.1, "adam_learning_rate": 0.1},
        {"learning_rate": 0.02, "consistent_rms": 0.2, "ns_steps": 3, "adam_weight_decay": 0.1},
    ]:
        yield "muon", setting, contrib.muon(**setting)
    for setting in [
        {"learning_rate": 0.5, "memory_size": 3, "curvature": True},
        {"learning_rate": 0.1, "scale_init_precond": False, "curvature": True},
    ]:
        settings = {k: v for k, v in setting.items() if k != "curvature"}
        yield "lbfgs", setting, optax.lbfgs(linesearch=None, **settings)
    yield "adamw_masked", {"learning_rate": 0.05, "weight_decay": 0.1}, optax.adamw(
        0.05, weight_decay=0.1, mask=MATRICES
    )
    yield "lars_masked", {"learning_rate": 0.05, "weight_decay": 0.1}, optax.lars(
        0.05, weight_decay=0.1, weight_decay_mask=MATRICES, trust_ratio_mask=MATRICES
    )
    yield "multi_transform", {}, optax.multi_transform(
        {"slow": optax.sgd(0.01, momentum=0.9), "fast": optax.adam(0.1)}, LABELS
    )
    yield "apply_if_finite", {"max_consecutive_errors": 2, "nan_steps": [2, 4, 5]}, optax.apply_if_finite(
        optax.adam(0.05), 2
    )
    for setting in [
        {"sync_period": 3, "slow_step_size": 0.4},
        {"sync_period": 4, "slow_step_size": 0.5, "reset_state": True},
    ]:
        yield "lookahead", setting, Lookahead(**setting)
    for setting in [{"sync_period": 2}, {"sync_period": 3, "reset_state": False}]:
        yield "sam", {**setting, "curvature": True}, contrib.sam(
            optax.adam(0.05), optax.chain(contrib.normalize(), optax.sgd(0.1, momentum=0.9)), **setting
        )
    for setting in [
        {"factor": 0.5, "patience": 2},
        {"factor": 0.5, "patience": 1, "cooldown": 2, "min_scale": 0.2, "rtol": 0.0, "atol": 0.3},
        {"factor": 0.5, "patience": 2, "cooldown": 3},
        {"factor": 0.5, "patience": 1, "accumulation_size": 3},
    ]:
        yield "reduce_on_plateau", {**setting, "values": True}, optax.chain(
            optax.sgd(0.1), contrib.reduce_on_plateau(**setting)
        )


def more():
    """the rarer ones"""
    rate = {"learning_rate": 0.05}
    named = {
        "adamaxw": [{**rate, "weight_decay": 0.1}],
        "adabelief": [rate, {**rate, "b2": 0.9, "eps": 1e-8, "nesterov": True}],
        "adan": [rate, {**rate, "b1": 0.9, "weight_decay": 0.1}],
        "yogi": [rate, {**rate, "b2": 0.9}],
        "sign_sgd": [rate],
        "signum": [{**rate, "beta": 0.5}],
        "noisy_sgd": [{**rate, "eta": 0.1, "gamma": 0.5, "key": 7}],
        "polyak_sgd": [{"values": True}, {"values": True, "scaling": 0.5, "f_min": 0.95, "eps": 0.1, "variant": "sps+"}],
        "optimistic_gradient_descent": [rate, {**rate, "alpha": 0.5, "beta": 2.0}],
        "optimistic_adam_v2": [rate, {**rate, "alpha": 0.5, "beta": 2.0, "nesterov": False}],
        "novograd": [rate, {**rate, "b2": 0.5, "weight_decay": 0.1}],
        "sm3": [rate, {**rate, "momentum": 0.5}],
        "fromage": [rate],
        "adaptive_grad_clip": [{"clipping": 0.5}],
        "zero_nans": [{"nan_steps": [2, 4, 5]}],
    }
    for name, several in named.items():
        for setting in several:
            given = {k: v for k, v in setting.items() if k not in ["curvature", "values", "nan_steps"]}
            yield name, setting, getattr(optax, name)(**given)
    # optax's applies each step one call late
    for setting in [{}, {"eta_plus": 1.5, "max_step_size": 0.2}]:
        etas, sizes = (0.5, setting.get("eta_plus", 1.2)), (1e-6, setting.get("max_step_size", 50))
        yield "rprop", {**rate, **setting}, Torch(torch.optim.Rprop, lr=0.05, etas=etas, step_sizes=sizes)
    yield "keep_params_nonnegative", {}, optax.chain(optax.sgd(0.1), optax.keep_params_nonnegative())
    yield "freeze", {}, optax.chain(optax.adam(0.1), optax.transforms.freeze(MATRICES))
    yield "selective_transform", {}, optax.transforms.selective_transform(optax.adam(0.1), freeze_mask=MATRICES)
    for setting in [{}, {"sync_period": 3, "reset_state": False}]:
        yield "sam_opaque", {**setting, "loss": True}, contrib.sam(
            optax.adam(0.05),
            optax.chain(contrib.normalize(), optax.sgd(0.1, momentum=0.9)),
            opaque_mode=True,
            **setting,
        )


def searches():
    yield "lbfgs_zoom", {"memory_size": 3, "loss": True}, optax.lbfgs(memory_size=3)
    for setting in [
        {"initial_guess_strategy": "one"},
        {"curv_rtol": 0.01},
        {"curv_rtol": 0.01, "approx_dec_rtol": None, "max_linesearch_steps": 5},
        {"max_learning_rate": 0.05, "increase_factor": 1.5},
        {"slope_rtol": 0.3, "tol": 0.01, "stepsize_precision": 0.1},
    ]:
        setting = {"max_linesearch_steps": 20, **setting}
        yield "zoom", {**setting, "loss": True}, optax.chain(
            optax.sgd(1.0), optax.scale_by_zoom_linesearch(**setting)
        )
    for setting in [{}, {"max_backtracking_steps": 1, "decrease_factor": 0.1}, {"slope_rtol": 0.4, "decrease_factor": 0.5, "rtol": 0.01}]:
        setting = {"max_backtracking_steps": 20, **setting}
        yield "backtracking", {**setting, "loss": True}, optax.chain(
            optax.sgd(1.0), optax.scale_by_backtracking_linesearch(**setting)
        )


def loss_of(parameters):
    return sum(jnp.sum(jnp.asarray(c) * (parameters[k] ** 2 - 1) ** 2 / 4) for k, c in CURVATURE.items())


def numbers(tree):
    return {name: [float(f"{v:.13g}") for v in np.asarray(x).ravel()] for name, x in tree.items()}


def run(name, settings, tx):
    cast = partial(jax.tree.map, jnp.asarray)
    parameters, kept = cast(PARAMETERS), []
    state = tx.init(parameters)
    for step in range(STEPS):
        gradient = cast(GRADIENTS[step])
        if "curvature" in settings:
            gradient = jax.tree.map(lambda c, p: c * p, cast(CURVATURE), parameters)
        if step in settings.get("nan_steps", []):
            gradient["bias"] = gradient["bias"].at[0].set(jnp.nan)
        extra = {"value": VALUES[step]} if "values" in settings else {}
        if "loss" in settings:
            value, gradient = jax.value_and_grad(loss_of)(parameters)
            extra = {"value": value, "grad": gradient, "value_fn": loss_of}
            if name == "sam_opaque":
                extra = {"grad_fn": lambda p, i: jax.grad(loss_of)(p)}
        updates, state = tx.update(gradient, state, parameters, **extra)
        parameters = optax.apply_updates(parameters, updates)
        assert all(x.dtype == jnp.float64 for x in parameters.values()), name
        if step in KEPT:
            kept.append(numbers(updates))
    return {"name": name, "settings": settings, "updates": kept, "parameters": numbers(parameters)}


def schedules():
    """(name, settings, schedule)"""
    cycles = [
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 7, "end_value": 0.01},
        {"init_value": 0.01, "peak_value": 0.05, "warmup_steps": 3, "decay_steps": 9, "exponent": 2.0},
    ]
    plain = {
        "polynomial_schedule": [
            {"init_value": 1.0, "end_value": 0.1, "power": 2.5, "transition_steps": 10, "transition_begin": 2}
        ],
        "linear_onecycle_schedule": [
            {"transition_steps": 20, "peak_value": 0.1},
            {"transition_steps": 19, "peak_value": 0.1, "pct_start": 0.0, "div_factor": 5.0},
        ],
        "cosine_onecycle_schedule": [
            {"transition_steps": 20, "peak_value": 0.1},
            {"transition_steps": 11, "peak_value": 2.0, "pct_start": 0.5, "final_div_factor": 10.0},
        ],
        "warmup_constant_schedule": [{"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 6}],
        "warmup_exponential_decay_schedule": [
            {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 5, "transition_steps": 4, "decay_rate": 0.5}
        ],
        "sgdr_schedule": [{"cosine_kwargs": cycles}],
    }
    for name, several in plain.items():
        for setting in several:
            yield name, setting, getattr(optax, name)(**setting)
    scales = {4: 0.5, 9: 2.0, 15: 0.1}
    for kind in ["linear", "cosine"]:
        yield "piecewise_interpolate_schedule", {"type": kind}, optax.schedules.piecewise_interpolate_schedule(
            kind, 1.0, scales
        )
    yield "piecewise_constant_schedule", {}, optax.piecewise_constant_schedule(1.0, scales)


def main():
    with jax.enable_x64(True):
        counts = list(range(0, 22)) + [100]
        document = {
            "source": f"optax {optax.__version__}, jax {jax.__version__}, torch {torch.__version__} (CPU)",
            "shapes": {k: list(v) for k, v in SHAPES.items()},
            "parameters": numbers(PARAMETERS),
            "gradients": [numbers(g) for g in GRADIENTS],
            "curvature": numbers(CURVATURE),
            "values": VALUES,
            "kept": KEPT,
            "cases": [run(*case) for part in [optimizers, more, searches] for case in part()],
            "counts": counts,
            "schedules": [
                {"name": n, "settings": s, "values": [float(f(jnp.float64(c))) for c in counts]}
                for n, s, f in schedules()
            ],
        }
    common.write("optim_set.json", document)


main()
