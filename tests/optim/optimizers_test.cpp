#include <ramie/optim/optimizers.h>

#include <gtest/gtest.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

class Optimizers : public testing::TestWithParam<DType> {
 protected:
  template <class F>
  void check(const std::string& name, const F& make) {
    for (auto& c : cases(name, GetParam())) expect_steps(make(c.at("settings")), c, GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Of, Optimizers, testing::Values(float64, float32),
                         [](auto& info) { return std::string(name(info.param)); });

Schedule cosine(const oracle::Json& s) {
  return cosine_decay_schedule(s["init_value"], s["decay_steps"], s["alpha"]);
}

TEST_P(Optimizers, Sgd) {
  check("sgd", [](const oracle::Json& s) {
    return sgd({s.at("learning_rate").get<double>(), s.value("momentum", 0.), s.value("nesterov", false)});
  });
}
TEST_P(Optimizers, Adam) {
  for (auto& c : cases("adam", GetParam())) {
    const oracle::Json& s = c.at("settings");
    if (s.value("nesterov", false)) continue;  // not offered
    expect_steps(adam({.learning_rate = s.at("learning_rate").get<double>(),
                       .b1 = s.value("b1", 0.9),
                       .b2 = s.value("b2", 0.999),
                       .eps = s.value("eps", 1e-8),
                       .eps_root = s.value("eps_root", 0.)}),
                 c, GetParam());
  }
}
TEST_P(Optimizers, AdamW) {
  check("adamw", [](const oracle::Json& s) {
    return adamw({.learning_rate = s.at("learning_rate").get<double>(),
                  .weight_decay = s.value("weight_decay", 1e-4)});
  });
}
TEST_P(Optimizers, ClippedAdamW) {
  check("clip_adamw", [](const oracle::Json& s) {
    return chain(clip_by_global_norm(s["max_norm"]),
                 adamw({.learning_rate = s["learning_rate"].get<double>()}));
  });
}
TEST_P(Optimizers, ClipByGlobalNorm) {
  check("clip_by_global_norm", [](const oracle::Json& s) { return clip_by_global_norm(s["max_norm"]); });
}
TEST_P(Optimizers, Schedules) {
  check("sgd_cosine", [](const oracle::Json& s) { return sgd({.learning_rate = cosine(s)}); });
  check("adam_cosine", [](const oracle::Json& s) { return adam({.learning_rate = cosine(s)}); });
}
TEST_P(Optimizers, MultiSteps) {
  check("multi_steps_sgd", [](const oracle::Json& s) {
    return multi_steps(sgd({.learning_rate = s["learning_rate"].get<double>()}), s["every_k"]);
  });
  check("multi_steps_adam", [](const oracle::Json& s) {
    return multi_steps(adam({.learning_rate = s["learning_rate"].get<double>()}), s["every_k"]);
  });
}

TEST(Optimizers, MomentumIsSgdWithATrace) {
  const auto a = momentum(0.1, 0.9, true), b = sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  State p = params(), q = params(), s = a.init(p), t = b.init(q);
  for (std::size_t step = 0; step < 3; ++step) {
    a.apply(grads(step), s, p);
    b.apply(grads(step), t, q);
  }
  expect_equal(p, q);
}

TEST(Optimizers, RatesAreNumbersOfAnyKindOrSchedules) {
  const auto rate = [](const LearningRate& r) {
    return std::holds_alternative<double>(r) ? std::get<double>(r) : -1;
  };
  EXPECT_EQ(rate(SgdOptions{.learning_rate = 1}.learning_rate), 1);
  EXPECT_EQ(rate(SgdOptions{.learning_rate = std::int64_t{2}}.learning_rate), 2);
  EXPECT_EQ(rate(SgdOptions{.learning_rate = 0.5F}.learning_rate), 0.5);
  EXPECT_EQ(rate(SgdOptions{}.learning_rate), 0);
  EXPECT_EQ(rate(*AdafactorOptions{.learning_rate = 1}.learning_rate), 1);
  EXPECT_EQ(rate(SgdOptions{.learning_rate = constant_schedule(1)}.learning_rate), -1);
  EXPECT_EQ(rate(SgdOptions{.learning_rate = [](const Tensor& count) { return count; }}.learning_rate), -1);
}

TEST(Optimizers, DefaultsAreOptaxs) {
  const AdamWOptions o{.learning_rate = 1e-3};
  EXPECT_EQ(o.b1, 0.9);
  EXPECT_EQ(o.b2, 0.999);
  EXPECT_EQ(o.eps, 1e-8);
  EXPECT_EQ(o.eps_root, 0);
  EXPECT_EQ(o.weight_decay, 1e-4);
  EXPECT_EQ(SgdOptions{.learning_rate = 0.1}.momentum, 0);
}

}  // namespace
}  // namespace ramie::optim
