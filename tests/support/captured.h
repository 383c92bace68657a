// Every test captured too. The test runs as always; beside it all its launches are written down as a program.
// Wherever a value is looked at, and at the end, the program so far goes through the passes (RAMIE_PASSES
// chooses them), is replayed, and must give what the test's tensors hold: to the bit, or nearly where a pass
// may compute in another order. tests/support/main.cpp switches it on:
//
//   RAMIE_TEST_MODE=captured ./tests/ops_matmul_test
#pragma once

#include <string>
#include <vector>

#include <ramie/tensor/program/passes.h>
#include <ramie/tensor/tensor.h>

namespace ramie {

void capture_tests();

// Whether one of them may change the last bits.
bool changes_bits(const std::vector<Pass>& passes);

// How `found` differs from `expected`, whose bits it is to have (NaN is NaN); empty if it does not. `nearly`:
// floats may differ by 1e-6 of the tensor's largest, by 1e-12 in float64.
std::string difference(const Tensor& found, const Tensor& expected, bool nearly = false);

}  // namespace ramie
