#!/usr/bin/env bash
# Times the tutorial's training step beside its peers, in one go, and prints a table of milliseconds and ratios:
#
#   benchmarks/compare.sh [STEPS]                after ./run bench (it builds train_step)
#   DEVICE=cuda benchmarks/compare.sh [STEPS]    after cmake --preset cuda -DRAMIE_BENCHMARKS=ON and its build
#
# PYTHON names an interpreter that has jax, flax, optax and torch; LIBTORCH, for the CPU, a program that takes
# train_step's flags and prints a line as it does. Each is left out where it is not set. TRAIN_STEP names another build
# of ours, LINES another file for the JSON lines. On the CPU everybody gets OpenBLAS' own choice of core, and the peers a
# malloc that keeps its memory and one pool of threads: their best.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-100}
device=${DEVICE:-cpu}
[ "$device" = cpu ] && preset=release || preset=cuda
train_step=${TRAIN_STEP:-build/$preset/benchmarks/train_step}
lines=${LINES:-build/compare_$device.jsonl}
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
best=(MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456)
[ -z "${OPENBLAS_DIR:-}" ] || best+=(LD_LIBRARY_PATH="$OPENBLAS_DIR")

on_cpu() {
  for batch in 32 128; do
    for threads in 1 2; do
      flags=(--batch "$batch" --steps "$steps" --threads "$threads")
      "$train_step" --model flax_nnx --device cpu "${flags[@]}"
      "$train_step" --model flax_nnx --device cpu "${flags[@]}" --jit
      if [ -n "${LIBTORCH:-}" ]; then
        env "${best[@]}" OMP_NUM_THREADS="$threads" "$LIBTORCH" --model flax_nnx "${flags[@]}" \
          --data-dir "${RAMIE_DATA_DIR:?LibTorch needs the files of MNIST}" --mode train
      fi
      peers taskset -c 0-$((threads - 1)) env "${best[@]}" OMP_NUM_THREADS="$threads"
    done
  done
}

on_gpu() {
  for batch in 32 128 1024; do
    for precision in strict tf32; do
      flags=(--batch "$batch" --steps "$steps" --device "$device" --precision "$precision")
      "$train_step" --model flax_nnx "${flags[@]}"
      "$train_step" --model flax_nnx "${flags[@]}" --jit
      "$train_step" --model flax_nnx "${flags[@]}" --repeat 100
      peers env
    done
  done
}

# Each library in a process of its own, run by the words given.
peers() {
  [ -n "${PYTHON:-}" ] || return 0
  for library in jax torch; do
    "$@" "$PYTHON" "benchmarks/peers/train_step_$library.py" "${flags[@]}" 2>"build/compare_$library.log" ||
      echo "benchmarks/peers/train_step_$library.py failed: see build/compare_$library.log" >&2
  done
}

if [ "$device" = cpu ]; then on_cpu; else on_gpu; fi | tee "$lines" >&2
python3 benchmarks/peers/table.py <"$lines"
