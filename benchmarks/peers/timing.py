"""What the peers share: flags, the clock, and the JSON line, whose fields are those of benchmarks/train_step.cpp."""

import argparse
import json
import statistics
import time


def flags(precisions):
    f = argparse.ArgumentParser()
    f.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    f.add_argument("--precision", choices=precisions, default="strict", help="of float32 products on a GPU")
    f.add_argument("--batch", type=int, default=32)
    f.add_argument("--steps", type=int, default=100)
    f.add_argument("--threads", type=int, default=0, help="of the CPU; 0: the library's choice")
    return f.parse_args()


def time_steps(peer, args, step, wait, threads):
    """step() gives one training step to the device and returns its loss; wait(loss) waits until all is done.

    ms_per_step is the median of steps that are each waited for, ms_pipelined the mean of as many that are not.
    """
    for _ in range(10 + args.steps // 10):
        wait(step())
    seconds = []
    for _ in range(args.steps):
        start = time.perf_counter()
        loss = step()
        wait(loss)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(args.steps):
        loss = step()
    wait(loss)
    report(peer, args, seconds, (time.perf_counter() - start) / args.steps, loss, threads)


def report(peer, args, seconds, pipelined, loss, threads):
    ms = statistics.median(seconds) * 1e3
    ordered = sorted(s * 1e3 for s in seconds)
    p10, p90 = ordered[int(0.1 * (len(ordered) - 1))], ordered[int(0.9 * (len(ordered) - 1))]
    line = {"peer": peer, "what": "train", "model": "flax_nnx", "batch": args.batch, "threads": threads,
            "steps": args.steps, "ms_per_step": ms, "ms_p10": p10, "ms_p90": p90,
            "ms_pipelined": pipelined * 1e3, "images_per_s": round(args.batch / ms * 1e3), "loss": float(loss),
            "device": args.device, "precision": args.precision}
    print(json.dumps(line), flush=True)


def report_failure(peer, args, error):
    line = {"peer": peer, "batch": args.batch, "precision": args.precision, "error": str(error).strip()[:200]}
    print(json.dumps(line), flush=True)
