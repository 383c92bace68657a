"""Tables of the JSON lines that train_step and its peers print: milliseconds, and how many times ours that is.

    benchmarks/compare.sh calls it:     python3 benchmarks/peers/table.py < lines.jsonl
"""

import json
import sys


def cell(line, ours, field):
    if not line or field not in line:
        return "failed" if line else "-"
    text = f"{line[field]:.3g}" if line[field] < 100 else f"{line[field]:.0f}"
    return f"**{text}**" if line is ours else f"{text} ({line[field] / ours[field]:.2f}x)"


def table(lines, field, setting):
    peers = list(dict.fromkeys(line["peer"] for line in lines))
    peers.sort(key=lambda peer: not peer.startswith("ramie"))  # ours first
    settings = list(dict.fromkeys((line["batch"], line[setting]) for line in lines if setting in line))
    print(f"| batch | {setting} | " + " | ".join(peers) + " |\n|---:|---:|" + "---:|" * len(peers))
    for batch, value in settings:
        row = {line["peer"]: line for line in lines if line["batch"] == batch and line.get(setting, value) == value}
        if "ramie" in row:
            cells = [cell(row.get(peer), row["ramie"], field) for peer in peers]
            print(f"| {batch} | {value} | " + " | ".join(cells) + " |")


def main():
    lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    for line in lines:
        if "error" in line:
            print(f"{line['peer']}, batch {line['batch']}: {line['error']}", file=sys.stderr)
    on_gpu = any(str(line.get("device", "")).startswith("cuda") for line in lines)
    if not on_gpu:
        return table(lines, "ms_per_step", "threads")
    print("Milliseconds per step, each waited for:\n")
    table(lines, "ms_per_step", "precision")
    print("\nMilliseconds per step, given to the GPU without waiting:\n")
    table(lines, "ms_pipelined", "precision")


main()
