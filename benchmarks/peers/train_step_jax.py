"""The tutorial's training step under jax.jit, timed as benchmarks/train_step.cpp times ours; prints one JSON line.

    python benchmarks/peers/train_step_jax.py --batch 32 --steps 100     (needs jax, flax, optax)

XLA takes its threads from the processors it may run on: `taskset -c 0` gives it one.
"""

import argparse
import json
import os
import statistics
import time

import jax
import jax.numpy as jnp
import optax
from flax import nnx


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


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--batch", type=int, default=32)
    flags.add_argument("--steps", type=int, default=100)
    args = flags.parse_args()

    # The functional form: no module is walked in the timed loop, and the old state is donated.
    graphdef, params = nnx.split(CNN(nnx.Rngs(0)))
    tx = optax.adamw(0.005, 0.9)
    opt_state = tx.init(params)

    def loss_fn(params, image, label):
        logits = nnx.merge(graphdef, params)(image)
        return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean()

    @jax.jit
    def step(params, opt_state, image, label):
        loss, grads = jax.value_and_grad(loss_fn)(params, image, label)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    image = jax.random.uniform(jax.random.key(0), (args.batch, 28, 28, 1))
    label = jax.random.randint(jax.random.key(1), (args.batch,), 0, 10)
    seconds = []
    for i in range(args.steps + 10):
        start = time.perf_counter()
        params, opt_state, loss = step(params, opt_state, image, label)
        loss.block_until_ready()
        jax.block_until_ready(params)
        if i >= 10:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"peer": f"jax {jax.__version__}", "what": "train", "model": "flax_nnx", "batch": args.batch,
                      "threads": len(os.sched_getaffinity(0)), "ms_per_step": statistics.median(seconds) * 1e3}))


main()
