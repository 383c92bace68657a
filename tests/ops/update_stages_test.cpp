// Each stage of kernels::Update against its formula, written plainly in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <ramie/tensor/ops/update.h>

#include "support/ops.h"

namespace ramie::kernels {
namespace {

struct Element {
  double u, p;
  std::vector<double> state;
};
using Formula = std::function<void(Element&, const std::vector<double>& scalars)>;

// Runs the stage on n elements and compares the updates and states with the formula's.
template <class T>
void expect_formula(const Stage& stage, std::int64_t n, const std::vector<double>& scalars,
                    const Formula& f) {
  SCOPED_TRACE(std::to_string(n) + " elements of " + std::to_string(sizeof(T)) + " bytes");
  const double tolerance = sizeof(T) == 4 ? 1e-6 : 1e-15;
  std::vector<Tensor> x;
  for (double s : scalars) x.push_back(tensor(s, float64));
  for (int i = 0; i < 2 + stage.states; ++i) x.push_back(square(random_normal({n}, dtype_of<T>())));
  const auto y = launch_all(Update{{stage}, 1, false}, std::vector<Tensor>(x));
  std::vector<std::vector<double>> in, expected(y.size());
  for (std::size_t i = scalars.size(); i < x.size(); ++i) in.push_back(x[i].to_vector<double>());
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    Element e{in[0][i], in[1][i], {}};
    for (int s = 0; s < stage.states; ++s) e.state.push_back(in[2 + static_cast<std::size_t>(s)][i]);
    f(e, scalars);
    expected[0].push_back(e.u);
    for (std::size_t s = 0; s < e.state.size(); ++s) expected[1 + s].push_back(e.state[s]);
  }
  for (std::size_t i = 0; i < y.size(); ++i) expect_near(y[i], expected[i], {n}, tolerance);
}

void expect_stage(const Stage& stage, const std::vector<double>& scalars, const Formula& f) {
  EXPECT_EQ(static_cast<std::size_t>(stage.scalars), scalars.size());
  for (std::int64_t n : {0, 1, 5, 16, 33, 1025}) {
    expect_formula<float>(stage, n, scalars, f);
    expect_formula<double>(stage, n, scalars, f);
  }
}

TEST(Stages, Scale) {
  expect_stage(stage::scale(-0.3), {}, [](Element& e, auto&) { e.u *= -0.3; });
}

TEST(Stages, ScaleByScalar) {
  expect_stage(stage::scale_by_scalar(-1), {0.005}, [](Element& e, auto& s) { e.u *= -s[0]; });
}

TEST(Stages, ClipByNorm) {
  const Formula clip = [](Element& e, auto& s) {
    if (s[0] >= 2) e.u = e.u / s[0] * 2;
  };
  for (double norm : {0., 1.5, 2., 7.}) expect_stage(stage::clip_by_norm(2), {norm}, clip);
}

TEST(Stages, Trace) {
  for (bool nesterov : {false, true})
    expect_stage(stage::trace(0.9, nesterov), {}, [nesterov](Element& e, auto&) {
      e.state[0] = e.u + 0.9 * e.state[0];
      e.u = nesterov ? e.u + 0.9 * e.state[0] : e.state[0];
    });
}

TEST(Stages, Adam) {
  const double b1 = 0.5, b2 = 0.75, eps = 1e-3, root = 1e-4;  // whose powers are exact
  for (double t : {1, 2, 7, 700})
    expect_stage(stage::adam(b1, b2, eps, root), {t}, [=](Element& e, auto& s) {
      e.state[0] = b1 * e.state[0] + (1 - b1) * e.u;
      e.state[1] = b2 * e.state[1] + (1 - b2) * e.u * e.u;
      e.u = e.state[0] / (1 - std::pow(b1, s[0])) /
            (std::sqrt(e.state[1] / (1 - std::pow(b2, s[0])) + root) + eps);
    });
}

TEST(Stages, AddDecayedWeights) {
  expect_stage(stage::add_decayed_weights(0.01), {}, [](Element& e, auto&) { e.u += 0.01 * e.p; });
}

double corrected(double mean, double b, double t) { return mean / (1 - std::pow(b, t)); }
// The running means of u and of its square, which are the first two states.
void move_moments(Element& e, double b1, double b2) {
  e.state[0] = b1 * e.state[0] + (1 - b1) * e.u;
  e.state[1] = b2 * e.state[1] + (1 - b2) * e.u * e.u;
}

TEST(Stages, ClipAndSign) {
  expect_stage(stage::clip(0.5), {}, [](Element& e, auto&) { e.u = std::clamp(e.u, -0.5, 0.5); });
  expect_stage(stage::sign(), {}, [](Element& e, auto&) { e.u = e.u > 0; });
  const auto run = [](const Stage& s) {
    const Tensor u = tensor({-3.0, 0.25, 0.0, std::nan("")});
    return launch_all(Update{{s}, 1, false}, {u, zeros({4})})[0].to_vector<double>();
  };
  const auto clipped = run(stage::clip(0.5)), signs = run(stage::sign());
  EXPECT_EQ(std::vector(clipped.begin(), clipped.end() - 1), (std::vector{-0.5, 0.25, 0.0}));
  EXPECT_EQ(std::vector(signs.begin(), signs.end() - 1), (std::vector{-1.0, 1.0, 0.0}));
  EXPECT_TRUE(std::isnan(clipped[3]) && std::isnan(signs[3]));
}

TEST(Stages, Ema) {
  for (bool debias : {false, true})
    for (bool nesterov : {false, true})
      expect_stage(stage::ema(0.75, debias, nesterov), {3}, [=](Element& e, auto& s) {
        const double g = e.u;
        e.u = e.state[0] = 0.75 * e.state[0] + 0.25 * g;
        if (debias) e.u = corrected(e.state[0], 0.75, s[0]);
        if (debias && nesterov)
          e.u = 0.75 * corrected(e.state[0], 0.75, s[0] + 1) + 0.25 * corrected(g, 0.75, s[0]);
      });
}

TEST(Stages, ApplyEvery) {
  for (double call : {0, 1, 2, 3, 7})
    expect_stage(stage::apply_every(3), {call}, [](Element& e, auto& s) {
      const int c = static_cast<int>(s[0]) % 3;
      e.state[0] = (c ? e.state[0] : 0) + e.u;
      e.u = c == 2 ? e.state[0] : 0;
    });
}

TEST(Stages, NadamAndRadam) {
  const double b1 = 0.5, b2 = 0.75, eps = 1e-3, root = 1e-4;
  for (bool nesterov : {false, true})
    for (double threshold : {1., 50.})
      for (double t : {1, 4}) {
        const auto mean = [=](const Element& e, double g) {
          if (!nesterov) return corrected(e.state[0], b1, t);
          return b1 * corrected(e.state[0], b1, t + 1) + (1 - b1) * corrected(g, b1, t);
        };
        const auto adapted = [=](const Element& e, double m) {
          return m / (std::sqrt(corrected(e.state[1], b2, t) + root) + eps);
        };
        if (nesterov)
          expect_stage(stage::nadam(b1, b2, eps, root), {t}, [=](Element& e, auto&) {
            const double g = e.u;
            move_moments(e, b1, b2);
            e.u = adapted(e, mean(e, g));
          });
        // With b2 = 0.75, ro stays below 7: 1 at the first step, and 3.3 at the fourth.
        expect_stage(stage::radam(b1, b2, eps, root, threshold, nesterov), {t}, [=](Element& e, auto&) {
          const double g = e.u, limit = 7, power = std::pow(b2, t), ro = limit - 2 * t * power / (1 - power);
          move_moments(e, b1, b2);
          e.u = mean(e, g);
          if (ro >= threshold)
            e.u = adapted(e, e.u) * std::sqrt((ro - 4) * (ro - 2) * limit / ((limit - 4) * (limit - 2) * ro));
        });
      }
}

TEST(Stages, Amsgrad) {
  for (bool correct : {false, true})
    expect_stage(stage::amsgrad(0.5, 0.75, 1e-3, 1e-4, correct, !correct), {3}, [=](Element& e, auto& s) {
      move_moments(e, 0.5, 0.75);
      const double mu = correct ? corrected(e.state[0], 0.5, s[0]) : e.state[0];
      const double nu = correct ? e.state[1] : corrected(e.state[1], 0.75, s[0]);
      e.state[2] = std::max(e.state[2], nu);
      e.u = mu / (std::sqrt(e.state[2] + 1e-4) + 1e-3);
    });
}

TEST(Stages, Adamax) {
  expect_stage(stage::adamax(0.5, 0.75, 1e-3), {3}, [](Element& e, auto& s) {
    e.state[0] = 0.5 * e.state[0] + 0.5 * e.u;
    e.state[1] = std::max(std::abs(e.u) + 1e-3, 0.75 * e.state[1]);
    e.u = corrected(e.state[0], 0.5, s[0]) / e.state[1];
  });
}

TEST(Stages, BeliefAndYogi) {
  const double b1 = 0.5, b2 = 0.75, eps = 1e-3, root = 1e-4, t = 3;
  for (bool nesterov : {false, true})
    expect_stage(stage::belief(b1, b2, eps, root, nesterov), {t}, [=](Element& e, auto&) {
      const double g = e.u;
      e.state[0] = b1 * e.state[0] + (1 - b1) * g;
      e.state[1] = b2 * e.state[1] + (1 - b2) * (g - e.state[0]) * (g - e.state[0]) + root;
      const double ahead = b1 * corrected(e.state[0], b1, t + 1) + (1 - b1) * corrected(g, b1, t);
      e.u =
          (nesterov ? ahead : corrected(e.state[0], b1, t)) / (std::sqrt(corrected(e.state[1], b2, t)) + eps);
    });
  expect_stage(stage::yogi(b1, b2, eps, 8), {t}, [=](Element& e, auto&) {
    const double squared = e.u * e.u;
    e.state[0] = b1 * e.state[0] + (1 - b1) * e.u;
    e.state[1] -= (1 - b2) * ((e.state[1] > squared) - (e.state[1] < squared)) * squared;
    e.u = corrected(e.state[0], b1, t) / (std::sqrt(corrected(e.state[1], b2, t) + 8) + eps);
  });
}

// Also of NaN.
TEST(Stages, Zero) {
  const auto y = launch_all(Update{{stage::zero()}, 1, false}, {full({3}, std::nan("")), ones({3})});
  expect_near(y[0], {0, 0, 0}, {3}, 0);
}

TEST(Stages, RmsAndStddev) {
  const double decay = 0.5, eps = 8;  // which keeps the variance's differences from zero
  for (bool in_sqrt : {false, true})
    for (bool correct : {false, true}) {
      const auto scale = [=](double v) { return in_sqrt ? std::sqrt(v + eps) : std::sqrt(v) + eps; };
      expect_stage(stage::rms(decay, eps, in_sqrt, correct), {3}, [=](Element& e, auto& s) {
        e.state[0] = decay * e.state[0] + (1 - decay) * e.u * e.u;
        e.u /= scale(correct ? corrected(e.state[0], decay, s[0]) : e.state[0]);
      });
      if (!in_sqrt) continue;  // the root of a variance that random states make negative
      expect_stage(stage::stddev(decay, 64, true, correct), {3}, [=](Element& e, auto& s) {
        const double g = e.u, by = correct ? 1 / (1 - std::pow(decay, s[0])) : 1;
        move_moments(e, decay, decay);
        e.u = g / std::sqrt(e.state[1] * by - e.state[0] * by * e.state[0] * by + 64);
      });
    }
}

TEST(Stages, RssAndAdadelta) {
  expect_stage(stage::rss(1e-3), {}, [](Element& e, auto&) {
    e.state[0] += e.u * e.u;
    e.u /= std::sqrt(e.state[0] + 1e-3);
  });
  EXPECT_EQ(launch_all(Update{{stage::rss(0)}, 1, false}, {zeros({1}), zeros({1}), zeros({1})})[0].item(), 0);
  expect_stage(stage::adadelta(0.75, 1e-3), {}, [](Element& e, auto&) {
    e.state[0] = 0.75 * e.state[0] + 0.25 * e.u * e.u;
    e.u *= std::sqrt(e.state[1] + 1e-3) / std::sqrt(e.state[0] + 1e-3);
    e.state[1] = 0.75 * e.state[1] + 0.25 * e.u * e.u;
  });
}

TEST(Stages, Lion) {
  expect_stage(stage::lion(0.5, 0.75), {}, [](Element& e, auto&) {
    const double c = 0.5 * e.state[0] + 0.5 * e.u;
    e.state[0] = 0.75 * e.state[0] + 0.25 * e.u;
    e.u = (c > 0) - (c < 0);
  });
}

// Constants may be read from scalars, behind the stage's own.
TEST(Stages, GivenConstants) {
  Stage adam = stage::adam(0.9, 0.999, 1, 1), given = stage::adam(0.5, 0.25, 1, 1);
  given.given = 2, given.scalars = 3;
  const Tensor g = random_normal({33}), p = zeros_like(g), t = tensor(3);
  const auto a = launch_all(Update{{adam}, 1}, {t, g, p, g, square(g)});
  const auto b =
      launch_all(Update{{given}, 1}, {t, tensor(0.9, float64), tensor(0.999, float64), g, p, g, square(g)});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(b[i].to_vector<double>(), a[i].to_vector<double>());
}

// Each stage reads its own states and scalars, in the order of the chain.
TEST(Stages, StandInARow) {
  const Update k{{stage::trace(0.5, false), stage::scale_by_scalar(2), stage::trace(0.25, false),
                  stage::scale_by_scalar(-1)},
                 1};
  auto t = [](double v) { return tensor({v}, float64); };
  const auto y = launch_all(k, {tensor(3.0), tensor(10.0), t(1), t(100), t(4), t(8)});
  EXPECT_EQ(y[1].item(), 3);   // 1 + 0.5 * 4
  EXPECT_EQ(y[2].item(), 20);  // 3 * 2 * 3 + 0.25 * 8
  EXPECT_EQ(y[0].item(), 100 - 20 * 10);
}

TEST(Stages, DenormalMomentsBecomeZero) {
  const double tiny = std::numeric_limits<float>::min();
  const auto y = launch_all(Update{{stage::adam(0.5, 0.5, 1e-8, 0)}, 1},
                            {tensor(1), zeros({3}), ones({3}), full({3}, tiny), full({3}, tiny)});
  expect_near(y[1], {0, 0, 0}, {3}, 0);
  expect_near(y[2], {0, 0, 0}, {3}, 0);
  expect_near(y[0], {1, 1, 1}, {3}, 0);
}

// Neighbours of a short parameter's memory stay as they are: the last vector is masked.
TEST(Stages, TouchNothingBeyondTheEnd) {
  for (std::int64_t n : {1, 3, 5, 15}) {
    std::vector<float> memory(64, 7);
    float* const update = memory.data() + 8;
    const float* before[] = {memory.data() + 24, memory.data() + 40};
    float* after[] = {memory.data() + 24, memory.data() + 40};
    const double step = 1;
    const auto chain = chain_of<float>({stage::adam(0.9, 0.999, 1e-8, 0)}, &step, false);
    run_chain(chain, Piece<float>{n, update, memory.data(), update, before, after});
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      const bool inside = (at >= 8 && at < 8 + n) || (at >= 24 && at < 24 + n) || (at >= 40 && at < 40 + n);
      EXPECT_EQ(memory[i] != 7, inside) << i << " of " << n;
    }
  }
}

}  // namespace
}  // namespace ramie::kernels
