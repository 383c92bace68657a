#include <ramie/autograd/saved_tensors.h>

#include <gtest/gtest.h>

#include <autograd/toys.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <support/error.h>

namespace ramie {
namespace {

TEST(SavedTensors, NamesWhoKeepsWhat) {
  const Tensor w = variable(ones({4, 2})), x = ones({8, 4}), h = tanh(matmul(x, w));
  const SavedTensors s = saved_tensors(sum(h * h), {{"w", w}, {"h", h}});
  EXPECT_EQ(s.table,
            "op                        keeps         bytes  whose value  also kept by\n"
            "v1 = matmul(constant, w)  float32[8,4]  128    a constant\n"
            "v1 = matmul(constant, w)  float32[4,2]  32     w\n"
            "h = tanh(v1)              float32[8,2]  64     h            v3\n"
            "v3 = multiply(h, h)       float32[8,2]  64     h            h\n"
            "v3 = multiply(h, h)       float32[8,2]  64     h            h\n"
            "total: 224 bytes, 32 of them the values of variables\n");
  EXPECT_EQ(s.total, 128u + 32 + 64);  // h once
  EXPECT_EQ(s.variables, 32u);
  EXPECT_EQ(s.freed, 0u);
  ASSERT_EQ(s.rows.size(), 5u);
  EXPECT_EQ(s.rows[2].shared_with, "v3");
}

TEST(SavedTensors, BackwardFreesThem) {
  const Tensor x = variable(ones({10})), a = tanh(x), y = sum(a * a);
  const std::size_t before = saved_tensors(y).total;
  EXPECT_EQ(before, 40u);
  backward(y, {.retain_graph = true});
  EXPECT_EQ(saved_tensors(y).total, before);
  backward(y);
  const SavedTensors after = saved_tensors(y);
  EXPECT_EQ(after.total, 0u);
  EXPECT_EQ(after.freed, 1u);  // the edges are gone, too
  EXPECT_EQ(after.table, "1 op: freed by backward()\ntotal: 0 bytes, 0 of them the values of variables\n");
  EXPECT_EQ(saved_tensors(a).freed, 1u);
}

// The memory is really given back, as far as nobody else holds it.
TEST(SavedTensors, FreedMeansFreed) {
  const Tensor x = variable(ones({1000}));
  const Tensor y = sum(square(tanh(x)));
  const Device device = default_device();
  const auto in_use = [&] { return memory_stats(device).in_use; };
  const auto with_graph = in_use();
  backward(y);
  zero_grad(x);
  EXPECT_LE(in_use() + 4000, with_graph);
}

TEST(SavedTensors, ViewsOfOneBufferCountOnce) {
  const Tensor x = variable(ones({4, 6})), row = tanh(x);
  const SavedTensors s = saved_tensors(sum(row[0] * row[1]));
  EXPECT_EQ(s.total, 96u);
  EXPECT_EQ(s.rows.back().bytes, 24u);
  const Tensor y = tanh(x);
  const SavedTensors parts = saved_tensors(sum(y[0] * y[1]) + sum(y[2] * y[3]));  // y is kept as a whole, too
  EXPECT_EQ(parts.total, 96u);
  const Tensor z = variable(ones({10})) + 0.0;
  const SavedTensors ends = saved_tensors(sum(square(z.slice(0, 0, 3)) + square(z.slice(0, 7, 10))));
  EXPECT_EQ(ends.total, 40u);  // from the first byte that is kept to the last
  const SavedTensors wide = saved_tensors(sum(broadcast_to(variable(ones({3})), {100, 3}) * x[0][0]));
  EXPECT_LT(wide.total, 100u);  // a broadcast view is no bytes of its own
}

TEST(SavedTensors, NothingToKeep) {
  const Tensor x = variable(2.0);
  EXPECT_EQ(saved_tensors(x + 1).table, "total: 0 bytes, 0 of them the values of variables\n");
  EXPECT_EQ(saved_tensors(square(variable(zeros({0})))).total, 0u);
  EXPECT_EQ(
      error_text([] { saved_tensors(ones({2})); }),
      "[saved_tensors] the value depends on no variable, or was computed under no_grad: nothing is kept.");
}

}  // namespace
}  // namespace ramie
