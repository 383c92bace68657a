#!/usr/bin/env bash
# Images a second through input pipelines, ours beside its peers in one go on one core, and a table of them:
#
#   PYTHON=... benchmarks/data.sh [EPOCHS]     after ./run bench (it builds data_throughput)
#
# PYTHON names an interpreter that has torch, tensorflow and datarax; without it only ours are timed. CORES, a list for
# taskset, is 0; DATA_THROUGHPUT names another build of ours, LINES another file for the JSON lines.
set -euo pipefail
cd "$(dirname "$0")/.."
epochs=${1:-5}
cores=${CORES:-0}
ours=${DATA_THROUGHPUT:-build/release/benchmarks/data_throughput}
lines=${LINES:-build/data_throughput.jsonl}
count=$(taskset -c "$cores" nproc)
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OMP_NUM_THREADS=$count TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES='' JAX_PLATFORMS=cpu

peers="torch_loop loader0 loader1 loader2 batch_loader0 batch_loader1 batch_loader2 tf tf_auto tf_gather datarax"
for what in normalise augment; do
  taskset -c "$cores" "$ours" --what "$what" --epochs $((2 * epochs + 1)) --by-hand
  for workers in 0 1 2; do
    taskset -c "$cores" "$ours" --what "$what" --epochs $((2 * epochs + 1)) --workers "$workers"
  done
  [ -n "${PYTHON:-}" ] || continue
  for peer in $peers; do
    taskset -c "$cores" "$PYTHON" benchmarks/peers/data_throughput.py "$peer" --what "$what" --epochs "$epochs" \
      --cores "$count" 2>build/data_throughput.log || echo "$peer failed: see build/data_throughput.log" >&2
  done
done | tee "$lines" >&2
python3 benchmarks/peers/data_table.py <"$lines"
