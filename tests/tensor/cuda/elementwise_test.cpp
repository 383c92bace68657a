// Every op gives on a GPU what it gives on the CPU.
#include <ramie/tensor/ops/elementwise.h>

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/ops/cast.h>

namespace ramie {
namespace {

using Values = std::vector<double>;

#define RAMIE_ADDRESS(name) &kernels::ops::name,
const kernels::Op* const all_ops[] = {RAMIE_FLOATING_OPS(RAMIE_ADDRESS)};
const kernels::Op* const integer_ops[] = {RAMIE_INTEGER_OPS(RAMIE_ADDRESS)};
#undef RAMIE_ADDRESS

constexpr std::size_t count = 3001;

// Random numbers, and among them what functions treat apart.
Tensor operand(std::uint32_t seed, DType t) {
  const double edges[] = {0, -0.0, 1, -1, 1e4, -1e4, NAN, INFINITY, -INFINITY};
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 3);
  Values v(count);
  for (double& x : v) x = normal(random);
  for (std::size_t i = seed; i < count && is_floating(t); i += seed + 5) v[i] = edges[i % std::size(edges)];
  return launch(kernels::Cast{t}, from_vector(v));
}

Values compute(const kernels::Op& op, DType t, Device device) {
  const Tensor x = transfer(operand(1, t), device), y = transfer(operand(2, t), device),
               z = transfer(operand(3, t), device);
  const kernels::Elementwise kernel(op);
  return (op.operands == 1   ? launch(kernel, x)
          : op.operands == 2 ? launch(kernel, x, y)
                             : launch(kernel, x, y, z))
      .to_vector<double>();
}

void expect_agreement(const kernels::Op& op, DType t, double tolerance) {
  const Values here = compute(op, t, cpu()), there = compute(op, t, cuda(0)),
               x = operand(1, t).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (here[i] == there[i] || (std::isnan(here[i]) && std::isnan(there[i]))) continue;
    const double error = std::abs(here[i] - there[i]) / (1 + std::abs(x[i]) + std::abs(here[i]));
    worst = std::max(worst, error <= tolerance ? error : INFINITY);
  }
  EXPECT_LE(worst, tolerance) << op.name << " of " << name(t);
}

TEST(CudaElementwise, EveryOpAgreesWithTheCpu) {
  if (devices().size() == 1) GTEST_SKIP() << "no GPU";
  for (const kernels::Op* op : all_ops) {
    ASSERT_NE(op->cuda, nullptr) << op->name;
    expect_agreement(*op, float32, 1e-6);
    expect_agreement(*op, float64, 1e-13);
    for (DType t : {int32, int64}) expect_agreement(*op, t, op->whole ? 0 : 1e-6);
  }
  for (const kernels::Op* op : integer_ops)
    for (DType t : {uint8, int32, int64}) expect_agreement(*op, t, 0);
}

}  // namespace
}  // namespace ramie
