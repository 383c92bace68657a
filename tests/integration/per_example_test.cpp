// Per-example gradients of a model with convolutions: vmap of grad against one example after the other.
#include <gtest/gtest.h>

#include <ramie/ramie.h>

#include "support/ops.h"

namespace ramie {
namespace {

struct CNN : nn::Module<CNN> {
  nn::Conv conv;
  nn::Linear linear;
  explicit CNN(nn::Rngs& rngs) : conv(1, 4, {.kernel_size = {3, 3}}, rngs), linear(64, 10, rngs) {}
  Tensor operator()(Tensor x) const {
    x = max_pool(relu(conv(x)), {.window = {2, 2}, .strides = {2, 2}});
    return linear(reshape(x, {x.shape(0), -1}));
  }
  using fields = nn::Fields<&CNN::conv, &CNN::linear>;
};

TEST(PerExample, GradientsOfAModel) {
  nn::Rngs rngs(0);
  CNN model(rngs);
  const Tensor images = random::normal(random::key(1), {5, 8, 8, 1});
  const Tensor labels = random::randint(random::key(2), {5}, 0, 10);
  const auto gradient = [&](const Tensor& image, const Tensor& label) {
    return nn::grad([&](CNN& m) {
      const Tensor logits = m(expand_dims(image, 0));
      return mean(softmax_cross_entropy_with_integer_labels(logits, expand_dims(label, 0)));
    })(model);
  };
  reset_vmap_counts();
  const nn::State all = vmap(gradient)(images, labels);
  for (auto& [op, n] : vmap_counts()) EXPECT_EQ(n.by_slices, 0) << op;  // no op of such a model is sliced
  for (int i = 0; i < 5; ++i) {
    const nn::State one = gradient(images[i], labels[i]);
    for (auto& [path, g] : one) expect_near(all.at(path)[i], g, 2e-6);
  }
}

}  // namespace
}  // namespace ramie
