#!/usr/bin/env bash
# Trains all tutorials on the real MNIST with three seeds each and prints their accuracies as one table.
#   RAMIE_DATA_DIR=... benchmarks/tutorials.sh [OUT]     OUT keeps results; finished runs are not repeated
# About an hour of one core. PROGRAMS is where the examples are.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${PROGRAMS:-build/release/examples}
out=${1:-out/tutorials}
mkdir -p "$out"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

run() {  # NAME PROGRAM [ARGUMENTS]
  local name=$1 program=$2 seed
  shift 2
  for seed in 0 1 2; do
    [ -e "$out/${name}_$seed.json" ] ||
      "$programs/$program" --seed "$seed" --out "$out/${name}_$seed" --json "$out/${name}_$seed.json" "$@" >"$out/${name}_$seed.log"
  done
}

run flax_nnx_mnist flax_nnx_mnist
run pytorch_guide pytorch_guide
run treadmill_simple treadmill --model simple
run treadmill_batch_norm treadmill --model batch_norm
run flax_linen flax_linen
python3 - "$out" <<'TABLE'
import json, sys

def accuracies(run):
    if "history" in run:
        return run["history"]["val_accuracy"]
    return [epoch["test_accuracy"] for epoch in run["epochs"]]

print("| tutorial | epochs | best: seeds 0, 1, 2 | last: seeds 0, 1, 2 |\n|---|---|---|---|")
for name in ["flax_nnx_mnist", "pytorch_guide", "treadmill_simple", "treadmill_batch_norm", "flax_linen"]:
    runs = [accuracies(json.load(open(f"{sys.argv[1]}/{name}_{seed}.json"))) for seed in (0, 1, 2)]
    cells = [", ".join(str(len(run)) for run in runs)]
    for pick in (max, lambda run: run[-1]):
        cells.append(", ".join(f"{100 * pick(run):.2f}" for run in runs))
    print(f"| {name} | " + " | ".join(cells) + " |")
TABLE
