#!/usr/bin/env bash
# What an op, its record and its backward cost besides arithmetic, beside LibTorch in one go:
#
#   LIBTORCH=program benchmarks/overhead.sh         after ./run bench
#
# LIBTORCH names a program that prints JSON lines of single ops with --mode micro --filter overhead. BENCH names another
# build of ours. All on one thread; medians.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
{
  "${BENCH:-build/release/benchmarks/bench}" core_ --benchmark_repetitions=9 --benchmark_format=json \
    --benchmark_report_aggregates_only=true 2>/dev/null
  echo "---"
  "${LIBTORCH:?a program that times LibTorch}" --mode micro --threads 1 --filter overhead
} | python3 benchmarks/peers/overhead_table.py
