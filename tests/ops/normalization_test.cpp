#include <ramie/autograd/ops/normalization.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

// Over the last axis of rows, by hand.
std::vector<double> rows_by_hand(const Tensor& x, bool centered, double epsilon) {
  std::vector<double> v = x.to_vector<double>();
  const auto n = static_cast<std::size_t>(x.shape(-1));
  for (std::size_t row = 0; row < v.size(); row += n) {
    double mu = 0, square = 0;
    for (std::size_t i = row; centered && i < row + n; ++i) mu += v[i] / static_cast<double>(n);
    for (std::size_t i = row; i < row + n; ++i) square += (v[i] - mu) * (v[i] - mu) / static_cast<double>(n);
    for (std::size_t i = row; i < row + n; ++i) v[i] = (v[i] - mu) / std::sqrt(square + epsilon);
  }
  return v;
}

// What flax.nnx.BatchNorm gives, whose channels may stand on another axis.
TEST(BatchNorm, IsFlaxs) {
  for (const auto& c : oracle::cases("norm", "batch_norm")) {
    SCOPED_TRACE(c);
    const auto& a = c.attributes;
    const double epsilon = a["epsilon"], momentum = a["momentum"];
    const int axis = a["axis"];
    const bool training = a["training"];
    std::vector<Tensor> in, wanted;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      in.push_back(to_tensor(c.inputs[i]));
      if (c.gradients[i]) wanted.push_back(in[i] = variable(in[i]));
    }
    const Tensor x = swapaxes(in[0], axis, -1);
    BatchNormalized found;
    if (training)
      found = batch_norm(x, in[1], in[2], {.epsilon = epsilon});
    else
      found = {normalize(x, in[3], in[4], in[1], in[2], epsilon), {}, {}};
    std::vector<Tensor> out{swapaxes(found.y, axis, -1)};
    if (training) {
      out.push_back(in[3] * momentum + found.mean * (1 - momentum));
      out.push_back(in[4] * momentum + found.var * (1 - momentum));
    }
    Tensor total = zeros({}, float64);
    for (std::size_t i = 0; i < out.size(); ++i) {
      expect_near(out[i], c.outputs[i]);
      total = total + sum(out[i] * to_tensor(c.cotangents[i]));
    }
    const auto found_gradients = gradients(total, wanted);
    std::size_t next = 0;
    for (auto& g : c.gradients)
      if (g) expect_near(found_gradients[next++], *g, 1e-9);
  }
}

TEST(LayerNorm, AndRmsNormHandWorked) {
  const Tensor x = tensor({{1.0, 3.0}, {10.0, 30.0}}, float64);
  expect_near(layer_norm(x, {}, {}, {.epsilon = 0}), {-1, 1, -1, 1}, {2, 2});
  expect_near(layer_norm(x, tensor({2.0, 3.0}, float64), tensor({1.0, 0.0}, float64), {.epsilon = 0}),
              {-1, 3, -1, 3}, {2, 2});
  expect_near(layer_norm(x, {}, {}, {.epsilon = 0}, {0}), {-1, -1, 1, 1}, {2, 2});
  expect_near(rms_norm(tensor({1.0, 7.0}, float64), tensor({5.0, 10.0}, float64), 0), {1, 14}, {2});
}

TEST(LayerNorm, AndRmsNormAreTheirFormula) {
  const Tensor x = random_normal({3, 4, 7}) * 2 + 1;
  expect_near(layer_norm(x), rows_by_hand(x, true, 1e-6), x.shape(), 1e-13);
  expect_near(layer_norm(x, {}, {}, {.use_fast_variance = false}), rows_by_hand(x, true, 1e-6), x.shape(),
              1e-13);
  expect_near(rms_norm(x), rows_by_hand(x, false, 1e-6), x.shape(), 1e-13);
  const Tensor joined = reshape(layer_norm(reshape(x, {3, 28})), x.shape());
  expect_near(layer_norm(x, {}, {}, {}, {1, 2}), joined, 1e-13);
  for (auto& view : odd_views(x)) expect_near(layer_norm(view), layer_norm(x), 1e-14);
}

TEST(GroupNorm, IsALayerNormOfEachGroup) {
  const Tensor x = random_normal({2, 3, 5, 6}), scale = random_normal({6}), bias = random_normal({6});
  for (std::int64_t groups : {1, 2, 3, 6}) {
    const Tensor first = transpose(reshape(x, {2, 15, groups, 6 / groups}), {0, 2, 1, 3});
    const Tensor rows = layer_norm(reshape(first, {2, groups, 90 / groups}));
    const Tensor y = transpose(reshape(rows, {2, groups, 15, 6 / groups}), {0, 2, 1, 3});
    expect_near(group_norm(x, groups, scale, bias), reshape(y, x.shape()) * scale + bias, 1e-13);
  }
  expect_near(instance_norm(x, scale, bias), group_norm(x, 6, scale, bias), 1e-14);
  expect_near(group_norm(random_normal({3, 4}), 4), {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {3, 4}, INFINITY);
}

TEST(Normalization, GradientsEqualDifferences) {
  const Tensor scale = random_normal({4}), bias = random_normal({4});
  const auto check = [&](const char* name, const Tensor& x, const auto& f) {
    SCOPED_TRACE(name);
    const auto squared = [&](const Tensor& x, const Tensor& s, const Tensor& b) {
      return square(f(x, s, b));
    };
    const auto report = check_gradients(squared, {x, scale, bias}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << report.table;
  };
  using T = const Tensor&;
  const Tensor images = random_normal({2, 2, 3, 4});
  check("batch", random_normal({3, 4}), [](T x, T s, T b) { return batch_norm(x, s, b).y; });
  check("layer", random_normal({3, 4}), [](T x, T s, T b) { return layer_norm(x, s, b); });
  check("slow variance", random_normal({3, 4}), [](T x, T s, T b) {
    return layer_norm(x, s, b, {.use_fast_variance = false}, {0, 1});
  });
  check("rms", random_normal({3, 4}), [](T x, T s, T b) { return rms_norm(x, s) + b; });
  check("group", images, [](T x, T s, T b) { return group_norm(x, 2, s, b); });
  check("instance", images, [](T x, T s, T b) { return instance_norm(x, s, b); });
}

TEST(Normalization, FastVarianceIsNotNegative) {
  const Tensor x = full({4, 8}, 1e4, float32);
  for (bool fast : {true, false})
    for (double v : layer_norm(x, {}, {}, {.use_fast_variance = fast}).to_vector<double>()) EXPECT_EQ(v, 0);
  // Where the mean is large, only the slow one keeps the digits.
  const Tensor far = tensor({10000.0, 10001.0}, float32);
  expect_near(layer_norm(far, {}, {}, {.use_fast_variance = false}), {-1, 1}, {2}, 1e-5);
}

TEST(Normalization, Dtypes) {
  const Tensor x = random_integers({2, 3, 4}, -9, 9), scale = ones({4});
  EXPECT_EQ(layer_norm(x).dtype(), float32);
  EXPECT_EQ(layer_norm(astype(x, bfloat16), scale).dtype(), float32);
  for (DType t : {float16, bfloat16, float32, float64}) {
    const Tensor v = astype(x, t), s = astype(scale, t);
    for (auto& y :
         {batch_norm(v, s).y, layer_norm(v, s), rms_norm(v, s), group_norm(v, 2, s), instance_norm(v, s)})
      EXPECT_EQ(y.dtype(), t);
    expect_near(layer_norm(v, s), layer_norm(astype(x, float64)), t == bfloat16 ? 8e-3 : 1e-3);
  }
  EXPECT_EQ(batch_norm(astype(x, bfloat16)).mean.dtype(), float32);
  EXPECT_EQ(batch_norm(astype(x, bfloat16)).mean.shape(), Shape{4});
}

TEST(Normalization, OfNothingIsEmpty) {
  EXPECT_EQ(layer_norm(zeros({0, 4})).shape(), (Shape{0, 4}));
  EXPECT_EQ(group_norm(zeros({0, 3, 4}), 2).shape(), (Shape{0, 3, 4}));
}

TEST(Normalization, NamesWhatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              layer_norm(zeros({2, 4}), zeros({3}));
            }),
            "[layer_norm] scale is float32[3], which does not broadcast to x, float32[2,4].");
  EXPECT_EQ(error_of([] {
              batch_norm(zeros({2, 4}), {}, zeros({3, 2, 4}));
            }),
            "[batch_norm] bias is float32[3,2,4], which does not broadcast to x, float32[2,4].");
  EXPECT_EQ(error_of([] { batch_norm(zeros({4})); }),
            "[batch_norm] x is float32[4], but it needs 2 axes or more.");
  EXPECT_EQ(error_of([] {
              instance_norm(zeros({2, 4}));
            }),
            "[instance_norm] x is float32[2,4], but it needs 3 axes or more.");
  EXPECT_EQ(error_of([] {
              group_norm(zeros({2, 3, 6}), 4);
            }),
            "[group_norm] 6 channels do not divide into 4 groups: x is float32[2,3,6].");
  EXPECT_EQ(error_of([] {
              normalize(zeros({2, 4}), zeros({3}), zeros({4}));
            }),
            "[normalize] mean is float32[3], which does not broadcast to x, float32[2,4].");
}

}  // namespace
}  // namespace ramie
