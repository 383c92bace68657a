#!/usr/bin/env bash
# Times the tutorial's training step beside its peers, in one go, and prints one JSON line each:
#
#   benchmarks/compare.sh [STEPS]        after ./run bench (it builds train_step)
#
# LIBTORCH names a program that takes train_step's flags and prints such a line for LibTorch; PYTHON an interpreter
# that has jax, flax, optax and torch. Each is left out where it is not set. Everybody gets OpenBLAS' own choice of core,
# and the peers a malloc that keeps its memory and one pool of threads: their best.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-100}
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
best=(MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456)
[ -z "${OPENBLAS_DIR:-}" ] || best+=(LD_LIBRARY_PATH="$OPENBLAS_DIR")

for batch in 32 128; do
  for threads in 1 2; do
    flags=(--batch "$batch" --steps "$steps")
    build/release/benchmarks/train_step --model flax_nnx "${flags[@]}" --threads "$threads"
    if [ -n "${LIBTORCH:-}" ]; then
      env "${best[@]}" OMP_NUM_THREADS="$threads" "$LIBTORCH" --model flax_nnx "${flags[@]}" --threads "$threads" \
        --data-dir "${RAMIE_DATA_DIR:?LibTorch needs the files of MNIST}" --mode train
    fi
    if [ -n "${PYTHON:-}" ]; then
      taskset -c 0-$((threads - 1)) "$PYTHON" benchmarks/peers/train_step_jax.py "${flags[@]}"
      env "${best[@]}" OMP_NUM_THREADS="$threads" "$PYTHON" benchmarks/peers/train_step_torch.py "${flags[@]}" \
        --threads "$threads" 2>/dev/null
    fi
  done
done
