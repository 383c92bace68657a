"""The table of benchmarks/data.sh, of the JSON lines on stdin: medians, and how many times the time of ours.

Of a pipeline that was run several times, the fastest run's median counts: on a shared machine, the least disturbed.
"""

import json
import sys


def main():
    rows, copy = {}, 0
    for text in sys.stdin:
        line = json.loads(text)
        rates = rows.setdefault(line["peer"], {})
        rates[line["what"]] = max(rates.get(line["what"], 0), line["images_per_s"])
        copy = max(copy, line.get("copy_gb_per_s", 0))
    print("| images a second, in thousands | normalised | | with brightness and noise | |")
    print("|---|---:|---:|---:|---:|")
    for peer, rates in rows.items():
        cells = [peer]
        for what in "normalise", "augment":
            rate, ours = rates.get(what), rows.get("ramie", {}).get(what)
            cells.append(f"{rate / 1000:,.0f}" if rate else "-")
            times = ours / rate if rate and ours else 0
            cells.append(f"{times:.{0 if times >= 10 else 1}f}x" if times else "-")
        print("| " + " | ".join(cells) + " |")
    print(f"\nA large copy reads and writes {copy:.1f} GB/s.")


if __name__ == "__main__":
    main()
