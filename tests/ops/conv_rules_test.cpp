// Convolutions, pools, losses, normalisation and attention under vmap and jvp: each by its own rules.
#include <ramie/autograd/ops/attention.h>
#include <ramie/autograd/ops/conv.h>
#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/conv_patches.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/normalization.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/pool_adaptive.h>
#include <ramie/autograd/ops/resize.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/scan.h>
#include <ramie/tensor/create.h>

#include "ops/transforms.h"

namespace ramie {
namespace {

TEST(ConvRules, Convolutions) {
  for (std::int64_t groups : {1, 2, 4}) {
    const Tensor x = random_normal({3, 2, 5, 4, 4});
    const Tensor kernel = random_normal({3, 3, 2, 4 / groups, 8});
    const Conv2dOptions o{.strides = {2, 1}, .kernel_dilation = {1, 2}, .feature_group_count = groups};
    expect_transforms(
        "conv2d", [&](const Tensor& a, const Tensor& b) { return conv2d(a, b, o); }, x, kernel);
    const ConvOptions transposed{
        .padding = Padding::given({1, 2}, {0, 1}), .input_dilation = {2, 3}, .feature_group_count = groups};
    expect_transforms(
        "transposed", [&](const Tensor& a, const Tensor& b) { return conv(a, b, transposed); }, x, kernel);
  }
  expect_transforms(
      "sequences",
      [](const Tensor& a, const Tensor& b) { return conv(a, b, {.padding = Padding::circular()}); },
      random_normal({3, 2, 5, 4}), random_normal({3, 3, 4, 2}));
  expect_transforms(
      "volumes",
      [](const Tensor& a, const Tensor& b) {
        return conv(a, b, {.strides = {2, 1, 1}, .feature_group_count = 2});
      },
      random_normal({3, 1, 3, 4, 2, 4}), random_normal({3, 2, 3, 1, 2, 4}));
}

// The gradients of conv2d, by either input, are convolutions that are mapped too.
TEST(ConvRules, GradientsOfConvolutions) {
  const Tensor x = random_normal({3, 2, 5, 4, 4}), kernel = random_normal({3, 3, 2, 2, 6});
  const Conv2dOptions o{.strides = {2, 1}, .feature_group_count = 2};
  const auto loss = [&](const Tensor& a, const Tensor& b) { return sum(sin(conv2d(a, b, o))); };
  expect_transforms(
      "by x", [&](const Tensor& a, const Tensor& b) { return grad(loss, argnums<0>)(a, b); }, x, kernel);
  expect_transforms(
      "by the kernel", [&](const Tensor& a, const Tensor& b) { return grad(loss, argnums<1>)(a, b); }, x,
      kernel);
  // One of the three is batched, the others are the same for all.
  const auto weighted = [&](const Tensor& a, const Tensor& b, const Tensor& w) {
    return sum(conv2d(a, b, o) * w);
  };
  const auto by_kernel = [&](const Tensor& a, const Tensor& w) {
    return grad([&](const Tensor& b) { return weighted(a, b, w); })(kernel[0]);
  };
  const auto by_x = [&](const Tensor& b, const Tensor& w) {
    return grad([&](const Tensor& a) { return weighted(a, b, w); })(x[0]);
  };
  const Tensor weights = random_normal({3, 2, 3, 4, 6});
  expect_transforms("by the kernel", TwoTensors(by_kernel), x, weights);
  expect_transforms("by x", TwoTensors(by_x), kernel, weights);
}

TEST(ConvRules, Pools) {
  using Pool = Tensor (*)(const Tensor&, const PoolOptions&);
  const Tensor x = random_normal({3, 2, 5, 4, 3});
  for (Pool pool : {Pool(avg_pool), Pool(max_pool), Pool(min_pool)}) {
    expect_transforms(
        "images",
        [&](const Tensor& v) {
          return pool(v, {.window = {2, 3}, .padding = Padding::same()});
        },
        x);
    expect_transforms(
        "disjoint",
        [&](const Tensor& v) {
          return pool(v, {.window = {2, 2}, .strides = {2, 2}});
        },
        x);
    expect_transforms(
        "volumes",
        [&](const Tensor& v) {
          return pool(v, {.window = {2, 2, 2}});
        },
        random_normal({3, 1, 3, 2, 4, 2}));
  }
  expect_transforms(
      "adaptive",
      [](const Tensor& v) {
        return adaptive_max_pool(v, {3, 2}) + adaptive_avg_pool(v, {3, 2});
      },
      x);
  expect_transforms(
      "global", [](const Tensor& v) { return global_avg_pool(v) * global_max_pool(v); }, x);
}

// The index of a max pool stays as it is where the cotangent alone is batched.
TEST(ConvRules, ManyCotangentsOfOnePool) {
  const Tensor x = random_normal({2, 4, 4, 3});
  const auto slope = [&](const Tensor& weight) {
    return grad([&](const Tensor& v) { return sum(max_pool(v, {.window = {2, 2}}) * weight); })(x);
  };
  expect_transforms("max_pool", OneTensor(slope), random_normal({3, 2, 3, 3, 3}));
}

TEST(ConvRules, PatchesAndResize) {
  const Tensor x = random_normal({3, 2, 5, 4, 3});
  expect_transforms(
      "patches",
      [](const Tensor& v) {
        return patches(v, {.window = {2, 3}, .strides = {1, 2}});
      },
      x);
  for (auto method : {Resize::nearest, Resize::linear})
    expect_transforms(
        "resize",
        [&](const Tensor& v) {
          return resize(v, {2, 3, 7, 3}, method);
        },
        x);
}

TEST(ConvRules, Losses) {
  const Tensor labels = random_integers({3, 5}, 0, 3), one = random_integers({5}, 0, 3);
  const auto loss = [](const Tensor& z, const Tensor& y) {
    return softmax_cross_entropy_with_integer_labels(z, y);
  };
  const Tensor logits = random_normal({3, 5, 4});
  expect_transforms(
      "labels of all", [&](const Tensor& z) { return loss(z, one); }, logits);
  reset_vmap_counts();
  const TwoTensors f = loss;
  expect_near(vmap(f)(logits, labels), looped(f, logits, true, labels, true), 1e-12);
  expect_near(vmap(f, {not_mapped, 0})(logits[0], labels), looped(f, logits[0], false, labels, true), 1e-12);
  const TwoTensors slope = [&](const Tensor& z, const Tensor& y) {
    return grad([&](const Tensor& v) { return sum(square(loss(v, y))); })(z);
  };
  expect_near(vmap(slope)(logits, labels), looped(slope, logits, true, labels, true), 1e-12);
  expect_near(vmap(slope, {not_mapped, 0})(logits[0], labels), looped(slope, logits[0], false, labels, true),
              1e-12);
  expect_rules_only("labels");
  expect_transforms("soft labels", TwoTensors(softmax_cross_entropy), logits,
                    softmax(random_normal({3, 5, 4})));
}

TEST(ConvRules, NormalisationAndAttention) {
  const Tensor x = random_normal({3, 2, 5, 4}), scale = random_normal({3, 4});
  const std::pair<const char*, TwoTensors> norms[] = {
      {"batch", [](const Tensor& x, const Tensor& s) { return batch_norm(x, s).y; }},
      {"layer", [](const Tensor& x, const Tensor& s) { return layer_norm(x, s); }},
      {"rms", [](const Tensor& x, const Tensor& s) { return rms_norm(x, s); }},
      {"group", [](const Tensor& x, const Tensor& s) { return group_norm(x, 2, s); }}};
  for (auto& [name, f] : norms) expect_transforms(name, f, x, scale);
  expect_transforms(
      "attention",
      [](const Tensor& q, const Tensor& kv) { return dot_product_attention(q, kv, kv, {.is_causal = true}); },
      random_normal({3, 1, 3, 4, 2}), random_normal({3, 1, 5, 2, 2}));
}

TEST(ConvRules, Scans) {
  const auto last = [](const Tensor& xs, const Tensor& w) {
    const auto cell = [&](const Tensor& h, const Tensor& x) {
      const Tensor next = tanh(x * w + h);
      return std::pair(next, next * x);
    };
    const auto [h, ys] = scan(cell, zeros({2}, float64), xs);
    return ys + h;
  };
  expect_transforms("scan", TwoTensors(last), random_normal({3, 4, 2}), random_normal({3, 2}));
}

}  // namespace
}  // namespace ramie
