"""Tables of benchmarks/models.sh's JSON lines: each model op by op, under jit and by its peer, and jit's passes.

    python3 benchmarks/peers/models_table.py < lines.jsonl
"""

import json
import sys


def milliseconds(x):
    return f"{x:.3g}" if x >= 0.1 else f"{x * 1000:.3g} µs"


def models(lines):
    peers = list(dict.fromkeys(line["peer"] for line in lines))
    print("| model | batch | threads | " + " | ".join(peers) + " | eager / jit |", end="")
    print(" jit / peer |" if len(peers) > 2 else "")
    print("|---|---:|---:|" + "---:|" * (len(peers) + 1) + ("---:|" if len(peers) > 2 else ""))
    for model in dict.fromkeys(line["model"] for line in lines):
        row = {line["peer"]: line for line in lines if line["model"] == model}
        any_line = next(iter(row.values()))
        times = [row[p]["ms_per_step"] for p in peers]
        ratios = [times[0] / times[1]] + [times[1] / t for t in times[2:]]
        cells = [milliseconds(t) for t in times] + [f"{r:.2f}" for r in ratios]
        print(f"| {model} | {any_line['batch']} | {any_line['threads']} | " + " | ".join(cells) + " |")


def passes(lines):
    print("| after | launches | MFLOP | MB moved | peak MB | arena / peak | ms a step |\n|---|" + "---:|" * 6)
    for line in lines:
        peak = line["peak_bytes"]
        print(
            f"| {line['after']} | {line['launches']} | {line['flops'] / 1e6:.1f} | {line['bytes'] / 1e6:.2f} | "
            f"{peak / 1e6:.2f} | {line['arena_bytes'] / peak:.3f} | {milliseconds(line['ms_per_step'])} |"
        )


def main():
    lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    print("Milliseconds a step (medians):\n")
    models([line for line in lines if "peer" in line])
    after = [line for line in lines if "after" in line]
    if after:
        print(f"\nThe passes of jit, one after the other, on {after[0]['model']}:\n")
        passes(after)


main()
