// What tests of ops share: tensors from reference data, comparisons, random inputs, and odd views of them.
//
//   for (auto& c : oracle::cases("reduce", "sum"))
//     check_case(c, [&](auto& x) { return sum(x[0], axes(c), c.attributes["keepdims"]); });
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <ramie/autograd/check.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

#include "support/oracle.h"

namespace ramie {

Tensor to_tensor(const oracle::Array& a);

// The largest difference, relative to the largest number.
double relative_error(const std::vector<double>& a, const std::vector<double>& b);
void expect_near(const Tensor& x, const std::vector<double>& expected, const Shape& shape,
                 double tolerance = 1e-10);
void expect_near(const Tensor& x, const oracle::Array& a, double tolerance = 1e-10);
void expect_near(const Tensor& x, const Tensor& y, double tolerance = 1e-10);

using OpOfCase = std::function<Tensor(const std::vector<Tensor>&)>;

// What an op of one output gives for a case on the default device, float64 computed in the given dtype: its
// value and, where there is a cotangent, its gradients.
std::vector<Tensor> results(const oracle::Case& c, const OpOfCase& f, DType dtype = float64);

// Value and gradients are the CPU's, to 1e-12 in float64 and 1e-5 in float32.
void expect_agreement_with_cpu(const oracle::Case& c, const OpOfCase& f);

// The value and all gradients of an op of one output, on whatever device.
void check_case(const oracle::Case& c, const OpOfCase& f, double tolerance = 1e-10);

std::mt19937_64& generator();
Tensor random_normal(const Shape& shape, DType dtype = float64);
Tensor random_integers(const Shape& shape, int low, int high, DType dtype = int32);  // high included

// The values of x with other strides: transposed in memory, flipped, with gaps.
std::vector<Tensor> odd_views(const Tensor& x);

// f's results must have the same bits for one thread and for several.
void expect_same_bits_for_any_threads(const std::function<Tensor()>& f);

// The text of the error that f throws; empty if it throws none.
std::string error_of(const std::function<void()>& f);

}  // namespace ramie
