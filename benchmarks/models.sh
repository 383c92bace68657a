#!/usr/bin/env bash
# Times every model of train_step op by op and under jit, beside LibTorch at its best, and the flagship after each pass
# of jit; prints tables:
#
#   benchmarks/models.sh [STEPS]                 after ./run bench (it builds train_step)
#
# LIBTORCH names a program that takes train_step's flags and prints a line as it does (RAMIE_DATA_DIR is then needed,
# and OPENBLAS_DIR may name the folder of OpenBLAS' OpenMP build). THREADS and BATCH are 2 and 32 if not set; DEVICE and
# TRAIN_STEP name another device and build.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-200} threads=${THREADS:-2} batch=${BATCH:-32} device=${DEVICE:-cpu}
train_step=${TRAIN_STEP:-build/release/benchmarks/train_step}
lines=${LINES:-build/models_$device.jsonl}
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

peer() {
  [ -n "${LIBTORCH:-}" ] || return 0
  env MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456 \
    ${OPENBLAS_DIR:+LD_LIBRARY_PATH="$OPENBLAS_DIR"} OMP_NUM_THREADS="$1" \
    "$LIBTORCH" "${@:2}" --data-dir "${RAMIE_DATA_DIR:?LibTorch needs the files of MNIST}" --mode train
}

# model batch threads steps
one() {
  local flags=(--model "$1" --batch "$2" --threads "$3" --steps "$4")
  "$train_step" "${flags[@]}" --device "$device"
  "$train_step" "${flags[@]}" --device "$device" --jit
  peer "$3" "${flags[@]}"
}

all() {
  for model in flax_nnx datarax pytorch_guide treadmill treadmill_deeper treadmill_bn flax_linen mlp; do
    one "$model" "$batch" "$threads" "$steps"
  done
  one tiny 1 1 $((steps * 50))
  "$train_step" --model flax_nnx --batch "$batch" --threads "$threads" --steps "$steps" --device "$device" --explain
}

all 2>/dev/null | tee "$lines" >&2
python3 benchmarks/peers/models_table.py <"$lines"
