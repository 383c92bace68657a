"""The tutorial's training step in JAX: as Flax writes it (nnx.jit), as one jax.jit of pure functions, and as a
lax.scan over an epoch. Timed as benchmarks/train_step.cpp times ours; prints one JSON line each.

    python benchmarks/peers/train_step_jax.py --device cuda --batch 128 --steps 100     (needs jax, flax, optax)

On a CPU XLA takes its threads from the processors it may run on: `taskset -c 0` gives it one.
"""

import os
import time

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from timing import flags, report, report_failure, time_steps

PRECISIONS = {"strict": "highest", "tf32": "tensorfloat32", "bf16": "bfloat16"}


class CNN(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
        self.linear1 = nnx.Linear(3136, 256, rngs=rngs)
        self.linear2 = nnx.Linear(256, 10, rngs=rngs)

    def __call__(self, x):
        x = nnx.avg_pool(nnx.relu(self.conv1(x)), (2, 2), (2, 2))
        x = nnx.avg_pool(nnx.relu(self.conv2(x)), (2, 2), (2, 2))
        x = nnx.relu(self.linear1(x.reshape(x.shape[0], -1)))
        return self.linear2(x)


def loss_of(model, image, label):
    return optax.softmax_cross_entropy_with_integer_labels(model(image), label).mean()


def optimizer():
    return optax.adamw(0.005, 0.9)


def as_in_the_tutorial(image, label):
    model = CNN(nnx.Rngs(0))
    state = nnx.Optimizer(model, optimizer(), wrt=nnx.Param)

    @nnx.jit
    def train_step(model, state, image, label):
        loss, grads = nnx.value_and_grad(loss_of)(model, image, label)
        state.update(model, grads)
        return loss

    return lambda: train_step(model, state, image, label)


def pure_step():
    """No module is walked in the timed loop."""
    graphdef, params = nnx.split(CNN(nnx.Rngs(0)))
    tx = optimizer()

    def step(carry, batch):
        params, opt_state = carry
        loss, grads = jax.value_and_grad(lambda p: loss_of(nnx.merge(graphdef, p), *batch))(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return (optax.apply_updates(params, updates), opt_state), loss

    return step, (params, tx.init(params))


def functional(image, label):
    step, carry = pure_step()
    jitted = jax.jit(step, donate_argnums=0)

    def run():
        nonlocal carry
        carry, loss = jitted(carry, (image, label))
        return loss

    return run


def time_scan(peer, args, image, label, threads):
    """One call for an epoch: a step has no time of its own, but that of the epoch, divided."""
    step, carry = pure_step()
    epoch = jax.jit(lambda carry, batches: jax.lax.scan(step, carry, batches), donate_argnums=0)
    batches = jax.tree.map(lambda x: jnp.repeat(x[None], args.steps, 0), (image, label))
    seconds = []
    for i in range(4):
        start = time.perf_counter()
        carry, losses = jax.block_until_ready(epoch(carry, batches))
        if i:  # the first compiles
            seconds.append((time.perf_counter() - start) / args.steps)
    report(peer, args, seconds, min(seconds), losses[-1], threads)


def main():
    args = flags(list(PRECISIONS))
    jax.config.update("jax_platforms", args.device)
    jax.config.update("jax_default_matmul_precision", PRECISIONS[args.precision])
    threads, jax_name = len(os.sched_getaffinity(0)), f"jax {jax.__version__}"
    image = jax.random.uniform(jax.random.key(0), (args.batch, 28, 28, 1))
    label = jax.random.randint(jax.random.key(1), (args.batch,), 0, 10)
    for name, make in {"nnx.jit": as_in_the_tutorial, "jax.jit": functional}.items():
        try:
            time_steps(f"{jax_name} {name}", args, make(image, label), jax.block_until_ready, threads)
        except Exception as error:
            report_failure(f"{jax_name} {name}", args, error)
    if args.device == "cuda":  # on a CPU XLA runs what is in a loop ten times slower
        time_scan(f"{jax_name} lax.scan", args, image, label, threads)


main()
