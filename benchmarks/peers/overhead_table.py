"""The table of benchmarks/overhead.sh: Google Benchmark's JSON, a line ---, and LibTorch's JSON lines.

    python3 benchmarks/peers/overhead_table.py < both
"""

import json
import sys

# What is measured, ours in nanoseconds, LibTorch's in microseconds: the sum of its parts.
ROWS = (
    ("add of one element", "core_add", ("add_plain",)),
    ("the same, recorded and freed", "core_add_recorded", ("add_requires_grad",)),
    ("1000 ops h * w + w, recorded and freed", "core_tangle_recorded", ("chain1000_build", "chain1000_free")),
    (
        "1000 ops h * w + w, forward and backward",
        "core_tangle_backward",
        ("chain1000_build", "chain1000_backward", "chain1000_free"),
    ),
)


def main():
    ours_text, _, peer_text = sys.stdin.read().partition("\n---\n")
    runs = json.loads(ours_text[ours_text.index("{") :])["benchmarks"]
    ours = {r["run_name"].split("/")[0]: r["real_time"] for r in runs if r["aggregate_name"] == "median"}
    peer = {}
    for line in peer_text.splitlines():
        row = json.loads(line)
        peer.setdefault(row["op"], row["us"] * 1000)
    print("| | ramie, ns | LibTorch, ns | ratio |\n|---|---:|---:|---:|")
    for what, name, parts in ROWS:
        theirs = sum(peer[p] for p in parts)
        print(f"| {what} | {ours[name]:.0f} | {theirs:.0f} | {theirs / ours[name]:.1f} |")
    backward = ours["core_backward"] / 1000
    print(f"\nA node of a chain's backward, freeing included: {backward:.0f} ns; LibTorch's above: ", end="")
    print(f"{peer['chain1000_backward'] / 1000:.0f} ns.")


main()
