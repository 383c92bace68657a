"""The tutorial's training step in PyTorch (eager, and with torch.compile where it works), timed as
benchmarks/train_step.cpp times ours; prints one JSON line each.

    python benchmarks/peers/train_step_torch.py --batch 32 --steps 100 --threads 2     (needs torch)
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn


def model():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, 10))


def time_steps(name, args, net, channels_last):
    image, label = torch.rand(args.batch, 1, 28, 28), torch.randint(10, (args.batch,))
    if channels_last:
        image, net = image.to(memory_format=torch.channels_last), net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.005, betas=(0.9, 0.999), weight_decay=1e-4, fused=True)
    seconds = []
    for i in range(args.steps + 10):
        start = time.perf_counter()
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(image), label).backward()
        optimizer.step()
        if i >= 10:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"peer": f"torch {torch.__version__} {name}", "what": "train", "model": "flax_nnx",
                      "batch": args.batch, "threads": args.threads, "ms_per_step": statistics.median(seconds) * 1e3}))


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--batch", type=int, default=32)
    flags.add_argument("--steps", type=int, default=100)
    flags.add_argument("--threads", type=int, default=2)
    args = flags.parse_args()
    torch.set_num_threads(args.threads)
    time_steps("eager", args, model(), False)
    time_steps("eager channels_last", args, model(), True)
    try:
        time_steps("compile", args, torch.compile(model()), False)
    except Exception as error:  # no compiler that it likes
        print(json.dumps({"peer": "torch compile", "error": str(error)[:100]}))


main()
