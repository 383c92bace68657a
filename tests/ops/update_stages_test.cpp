// Each stage of kernels::Update against its formula, written plainly in double.
#include <gtest/gtest.h>

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
