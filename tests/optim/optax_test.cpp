// Every optimizer, transformation and schedule of tests/data/optim_set.json against optax's numbers.
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>

#include "optim/optax_cases.h"

namespace ramie::optim {
namespace {

State gradients(const Json& c, std::size_t step, const State& params, DType dtype) {
  State g = tensors(data().at("gradients")[step], dtype);
  const Json& settings = c.at("settings");
  if (settings.contains("loss")) return quartic(params).second;
  if (settings.contains("curvature")) {
    const State curvature = tensors(data().at("curvature"), dtype);
    for (std::size_t i = 0; i < g.size(); ++i) g[i].second = curvature[i].second * params[i].second;
  }
  for (const Json& bad : settings.value("nan_steps", Json::array()))
    if (bad == step)
      g[0].second = ramie::tensor({std::numeric_limits<double>::quiet_NaN(), 0.0}).astype(dtype);
  return g;
}

double tolerance_of(const std::string& name, DType dtype) {
  if (dtype == float64) return 1e-10;
  return name == "lbfgs" || name == "muon" ? 1e-2 : 2e-4;
}

class Optax : public testing::TestWithParam<DType> {};
INSTANTIATE_TEST_SUITE_P(In, Optax, testing::Values(float64, float32),
                         [](auto& info) { return std::string(name(info.param)); });

// By update(), and the same by apply(), which overwrites.
TEST_P(Optax, TwentySteps) {
  std::map<std::string, int> compared;
  for (const Json& c : data().at("cases")) {
    const std::string name = c.at("name");
    SCOPED_TRACE(name + " " + c.at("settings").dump());
    ++compared[name];
    if (name == "noisy_sgd" && GetParam() == float32) continue;  // which draws other numbers
    const bool searches = c["settings"].contains("loss") && GetParam() == float32;  // down to rounding
    const auto tx = makers().at(name)({c["settings"]});
    State p = tensors(data().at("parameters"), GetParam()), q = p, s = tx.init(p), t = s;
    for (std::size_t step = 0, kept = 0; step < data().at("gradients").size(); ++step) {
      SCOPED_TRACE(step);
      const State g = gradients(c, step, p, GetParam());
      ExtraArgs extra{ramie::full({}, data().at("values")[step].get<double>(), float64)};
      if (c["settings"].contains("loss")) extra = {quartic(p).first, quartic};
      const State u = tx.update(g, s, p, extra);
      for (std::size_t i = 0; i < p.size(); ++i) p[i].second = p[i].second + u[i].second;
      tx.apply(g, t, q, extra);
      if (searches || data().at("kept")[kept] != step) continue;
      expect_near(u, c.at("updates")[kept++], tolerance_of(name, GetParam()));
    }
    expect_near(p, c.at("parameters"), tolerance_of(name, GetParam()));
    expect_equal(q, p);
    expect_equal(t, s);
  }
  EXPECT_EQ(compared.size(), makers().size());
}

// What save and load make of a state: fresh values, by path.
State reloaded(const GradientTransformation& tx, const State& params, const State& state) {
  State out = tx.init(params);
  std::set<std::string> paths;
  for (auto& [path, value] : out) {
    EXPECT_TRUE(paths.insert(path).second) << path << " is there twice";
    EXPECT_TRUE(value.layout().same(state.at(path).layout())) << path;
    value = contiguous(state.at(path));
  }
  return out;
}

// Three steps, and three more from the state that was saved, are six steps to the bit.
TEST(OptaxStates, ContinueWhereTheyWereSaved) {
  for (const Json& c : data().at("cases")) {
    SCOPED_TRACE(c.at("name").get<std::string>() + " " + c.at("settings").dump());
    const auto tx = makers().at(c["name"])({c["settings"]});
    State p = tensors(data().at("parameters"), float32), q = p, s = tx.init(p), t = s;
    for (std::size_t step = 0; step < 6; ++step) {
      if (step == 3) t = reloaded(tx, q, t);
      const auto extra = [&](const State& at) -> ExtraArgs {
        if (c["settings"].contains("loss")) return {quartic(at).first, quartic};
        return {ramie::full({}, data().at("values")[step].get<double>(), float64)};
      };
      tx.apply(gradients(c, step, p, float32), s, p, extra(p));
      tx.apply(gradients(c, step, q, float32), t, q, extra(q));
    }
    expect_equal(q, p);
    expect_equal(t, s);
  }
}

Schedule schedule(const std::string& name, const Settings& s) {
  const std::map<int, double> scales{{4, 0.5}, {9, 2.0}, {15, 0.1}};
  const int steps = s.whole("transition_steps", 1);
  const double peak = s("peak_value", 0), start = s("pct_start", 0.3);
  if (name == "polynomial_schedule") return polynomial_schedule(1, 0.1, 2.5, steps, 2);
  if (name == "linear_onecycle_schedule")
    return linear_onecycle_schedule(steps, peak, start, 0.85, s("div_factor", 25));
  if (name == "cosine_onecycle_schedule")
    return cosine_onecycle_schedule(steps, peak, start, 25, s("final_div_factor", 1e4));
  if (name == "warmup_constant_schedule")
    return warmup_constant_schedule(0, peak, s.whole("warmup_steps", 0));
  if (name == "warmup_exponential_decay_schedule")
    return warmup_exponential_decay_schedule({0, peak, 5, steps, s("decay_rate", 0)});
  if (name == "sgdr_schedule") return sgdr_schedule({{0, 0.1, 2, 7, 0.01}, {0.01, 0.05, 3, 9, 0, 2}});
  if (name == "piecewise_interpolate_schedule")
    return piecewise_interpolate_schedule(
        s.json.at("type") == "linear" ? Interpolation::linear : Interpolation::cosine, 1, scales);
  EXPECT_EQ(name, "piecewise_constant_schedule");
  return piecewise_constant_schedule(1, scales);
}

TEST(OptaxSchedules, GiveItsValues) {
  for (const Json& c : data().at("schedules")) {
    const Schedule f = schedule(c.at("name"), {c.at("settings")});
    SCOPED_TRACE(c["name"].get<std::string>() + " " + c["settings"].dump());
    for (std::size_t i = 0; i < data().at("counts").size(); ++i) {
      const Tensor value = f(ramie::full({}, data()["counts"][i].get<int>(), int32));
      EXPECT_EQ(str(value.layout()), "float64[]");
      EXPECT_NEAR(value.item(), c.at("values")[i].get<double>(), 1e-14) << "at " << data()["counts"][i];
    }
  }
}

}  // namespace
}  // namespace ramie::optim
