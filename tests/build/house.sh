#!/usr/bin/env bash
# Checks a rule of the house over the source tree and prints each breach as file:line: text.
#   house.sh include_order|include_spelling|header_guards|op_tests|cuda_twins|file_length [root]
set -euo pipefail
check=$1
libraries="tensor autograd nn optim data train"
cd "${2:-$(dirname "$0")/../..}"

# What each folder may include: itself and the floors below it.
include_order() {
  awk '
    BEGIN {
      may["tensor"] = "tensor"
      may["autograd"] = "tensor autograd"
      may["nn"] = "tensor autograd nn"
      may["optim"] = "tensor autograd nn optim"
      may["data"] = "tensor autograd data"
      may["train"] = "tensor autograd nn optim data train"
    }
    match($0, /^#include [<"]ramie\/[a-z.]+/) {
      split(FILENAME, path, "/")
      target = substr($0, RSTART + 16, RLENGTH - 16)
      if (index(" " may[path[1]] " ", " " target " ") == 0)
        print FILENAME ":" FNR ": " path[1] "/ may not include ramie/" target
    }
  ' $(sources $libraries)
}

include_spelling() {
  awk '/^#include "/ { print FILENAME ":" FNR ": write #include <ramie/folder/file.h>" }' $(sources $libraries)
}

# One way to guard a header, and no name that every includer would inherit.
header_guards() {
  awk '
    FNR == 1 { guarded[FILENAME] = FILENAME ~ /-inl.h$/ }
    /^#pragma once/ { guarded[FILENAME] = 1 }
    /^using namespace/ { print FILENAME ":" FNR ": " $0 }
    END { for (name in guarded) if (!guarded[name]) print name ":1: #pragma once is missing" }
  ' $(sources $libraries | grep '\.h$')
}

# Every op has a test of its stem. A file split off, as conv2d_naive from conv2d, may share its family's.
op_tests() {
  local source stem family
  for source in $(sources tensor/ops autograd/ops | grep '\.cpp$'); do
    stem=$(basename "$source" .cpp)
    family=$stem
    until has_test "$family" || [[ $family != *_* ]]; do family=${family%_*}; done
    has_test "$family" || echo "$source:1: tests/ops/${stem}_test.cpp is missing"
  done
}

# A kernel is not finished without its CUDA twin; naive references may be.
cuda_twins() {
  awk '
    /run\(Cpu/ { cpu[FILENAME]++ }
    /run\(Cuda/ { cuda[FILENAME]++ }
    END { for (f in cpu) if (cpu[f] > cuda[f]) print f ":1: " cpu[f] " kernels for the CPU, " cuda[f] + 0 " for CUDA" }
  ' $(sources tensor/ops | grep '\.h$' | grep -v naive)
}

has_test() { compgen -G "tests/ops/$1_*test.cpp" >/dev/null; }

file_length() {
  awk 'FNR == 401 { print FILENAME ":401: more than 400 lines; split the file at a natural seam" }' \
    $(sources $libraries examples benchmarks tests)
}

sources() {
  for folder in "$@"; do
    [ -d "$folder" ] && find "$folder" -not -path '*/breaches/*' \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' \) -print
  done | sort
}

breaches=$($check)
[ -z "$breaches" ] || { echo "$breaches"; exit 1; }
