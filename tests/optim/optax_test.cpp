// Every optimizer, transformation and schedule of tests/data/optim_set.json against optax's numbers.
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include <ramie/optim/optimizers.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

using Json = oracle::Json;

const Json& data() {
  static const Json json = oracle::read("optim_set.json");
  return json;
}
State tensors(const Json& values, DType dtype) {
  State out;
  for (auto& [name, shape] : data().at("shapes").items())
    out.add(
        name,
        from_vector(numbers(values.at(name)), Shape(shape.get<std::vector<std::int64_t>>())).astype(dtype));
  return out;
}

bool is_matrix(std::string_view, const Tensor& p) { return p.rank() > 1; }
std::string speed(std::string_view path, const Tensor&) {
  return path == "bias" || path == "cube" ? "slow" : "fast";
}

// Settings with defaults: s("b1", 0.9).
struct Settings {
  const Json& json;
  double operator()(const char* name, double otherwise) const { return json.value(name, otherwise); }
  int whole(const char* name, int otherwise) const { return json.value(name, otherwise); }
  bool flag(const char* name, bool otherwise = false) const { return json.value(name, otherwise); }
  double rate() const { return json.at("learning_rate"); }
};
using Maker = std::function<GradientTransformation(const Settings&)>;

AdamOptions adam_options(const Settings& s) {
  return {.learning_rate = s.rate(), .b2 = s("b2", 0.999), .eps_root = s("eps_root", 0)};
}

AdafactorOptions adafactor_options(const Settings& s) {
  AdafactorOptions o{.min_dim_size_to_factor = s.whole("min_dim_size_to_factor", 128),
                     .decay_rate = s("decay_rate", 0.8),
                     .momentum = s("momentum", 0),
                     .weight_decay_rate = s("weight_decay_rate", 0)};
  if (s.json.contains("learning_rate")) o.learning_rate = s.rate();
  return o;
}

MuonOptions muon_options(const Settings& s) {
  MuonOptions o{.learning_rate = s.rate(),
                .muon = {.ns_steps = s.whole("ns_steps", 5), .nesterov = s.flag("nesterov", true)},
                .weight_decay = s("weight_decay", 0),
                .adam_weight_decay = s("adam_weight_decay", 0)};
  if (s.json.contains("adam_learning_rate")) o.adam_learning_rate = s("adam_learning_rate", 0);
  if (s.json.contains("consistent_rms")) o.consistent_rms = s("consistent_rms", 0);
  return o;
}

RmsPropOptions rmsprop_options(const Settings& s) {
  return {.learning_rate = s.rate(),
          .decay = s("decay", 0.9),
          .eps = s("eps", 1e-8),
          .initial_scale = s("initial_scale", 0),
          .eps_in_sqrt = s.flag("eps_in_sqrt", true),
          .centered = s.flag("centered"),
          .momentum = s("momentum", 0),
          .nesterov = s.flag("nesterov"),
          .bias_correction = s.flag("bias_correction")};
}

LarsOptions lars_options(const Settings& s, const Mask& mask) {
  return {.learning_rate = s.rate(),
          .weight_decay = s("weight_decay", 0),
          .weight_decay_mask = mask,
          .trust_coefficient = s("trust_coefficient", 0.001),
          .eps = s("eps", 0),
          .trust_ratio_mask = mask,
          .nesterov = s.flag("nesterov")};
}

PlateauOptions plateau_options(const Settings& s) {
  return {.factor = s("factor", 0.1),
          .patience = s.whole("patience", 10),
          .rtol = s("rtol", 1e-4),
          .atol = s("atol", 0),
          .cooldown = s.whole("cooldown", 0),
          .accumulation_size = s.whole("accumulation_size", 1),
          .min_scale = s("min_scale", 0)};
}

const std::map<std::string, Maker>& makers() {
  using S = const Settings&;
  static const std::map<std::string, Maker> all{
      {"nadam", [](S s) { return nadam(adam_options(s)); }},
      {"nadamw",
       [](S s) { return nadamw({.learning_rate = s.rate(), .weight_decay = s("weight_decay", 0)}); }},
      {"radam",
       [](S s) {
         return radam({.learning_rate = s.rate(),
                       .b2 = s("b2", 0.999),
                       .threshold = s("threshold", 5),
                       .nesterov = s.flag("nesterov")});
       }},
      {"amsgrad", [](S s) { return amsgrad(adam_options(s)); }},
      {"adamax", [](S s) { return adamax(adam_options(s)); }},
      {"adagrad",
       [](S s) {
         return adagrad({s.rate(), s("initial_accumulator_value", 0.1), s("eps", 1e-7)});
       }},
      {"adadelta",
       [](S s) {
         return adadelta({s.rate(), s("rho", 0.9), 1e-6, s("weight_decay", 0)});
       }},
      {"rmsprop", [](S s) { return rmsprop(rmsprop_options(s)); }},
      {"rmsprop_torch",
       [](S s) {
         return rmsprop_torch({.learning_rate = s("lr", 0),
                               .alpha = s("alpha", 0.99),
                               .weight_decay = s("weight_decay", 0),
                               .momentum = s("momentum", 0),
                               .centered = s.flag("centered")});
       }},
      {"lion",
       [](S s) { return lion({.learning_rate = s.rate(), .weight_decay = s("weight_decay", 1e-3)}); }},
      {"lamb", [](S s) { return lamb({.learning_rate = s.rate(), .weight_decay = s("weight_decay", 0)}); }},
      {"lars", [](S s) { return lars(lars_options(s, {})); }},
      {"lars_masked", [](S s) { return lars(lars_options(s, is_matrix)); }},
      {"clip", [](S s) { return clip(s("max_delta", 0)); }},
      {"clip_by_block_rms", [](S s) { return clip_by_block_rms(s("threshold", 0)); }},
      {"ema", [](S s) { return ema(s("decay", 0), s.flag("debias", true)); }},
      {"apply_every", [](S s) { return apply_every(s.whole("k", 1)); }},
      {"scale_by_sign", [](S) { return scale_by_sign(); }},
      {"scale_by_trust_ratio", [](S s) { return scale_by_trust_ratio(s("min_norm", 0)); }},
      {"scale_by_param_block_norm", [](S s) { return scale_by_param_block_norm(s("min_scale", 0)); }},
      {"scale_by_param_block_rms", [](S) { return scale_by_param_block_rms(); }},
      {"centralize", [](S) { return centralize(); }},
      {"normalize_by_update_norm", [](S s) { return normalize_by_update_norm(s("scale_factor", 1)); }},
      {"adafactor", [](S s) { return adafactor(adafactor_options(s)); }},
      {"muon", [](S s) { return muon(muon_options(s)); }},
      {"lbfgs",
       [](S s) {
         return lbfgs({s.rate(), s.whole("memory_size", 10), s.flag("scale_init_precond", true)});
       }},
      {"adamw_masked",
       [](S s) {
         return adamw({.learning_rate = s.rate(), .weight_decay = s("weight_decay", 0), .mask = is_matrix});
       }},
      {"multi_transform",
       [](S) {
         return multi_transform({{"slow", sgd({.learning_rate = 0.01, .momentum = 0.9})},
                                 {"fast", adam({.learning_rate = 0.1})}},
                                speed);
       }},
      {"apply_if_finite",
       [](S s) {
         return apply_if_finite(adam({.learning_rate = 0.05}), s.whole("max_consecutive_errors", 0));
       }},
      {"lookahead",
       [](S s) {
         return lookahead(adam({.learning_rate = 0.1}),
                          {s.whole("sync_period", 0), s("slow_step_size", 0), s.flag("reset_state")});
       }},
      {"sam",
       [](S s) {
         const auto up = chain(normalize_by_update_norm(1, 0), momentum(0.1));
         return sam(adam({.learning_rate = 0.05}), up,
                    {s.whole("sync_period", 2), s.flag("reset_state", true)});
       }},
      {"reduce_on_plateau",
       [](S s) { return chain(sgd({.learning_rate = 0.1}), reduce_on_plateau(plateau_options(s))); }},
  };
  return all;
}

State gradients(const Json& c, std::size_t step, const State& params, DType dtype) {
  State g = tensors(data().at("gradients")[step], dtype);
  const Json& settings = c.at("settings");
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
    const auto tx = makers().at(name)({c["settings"]});
    State p = tensors(data().at("parameters"), GetParam()), q = p, s = tx.init(p), t = s;
    for (std::size_t step = 0, kept = 0; step < data().at("gradients").size(); ++step) {
      SCOPED_TRACE(step);
      const State g = gradients(c, step, p, GetParam());
      const ExtraArgs extra{ramie::full({}, data().at("values")[step].get<double>(), float64)};
      const State u = tx.update(g, s, p, extra);
      for (std::size_t i = 0; i < p.size(); ++i) p[i].second = p[i].second + u[i].second;
      tx.apply(g, t, q, extra);
      if (data().at("kept")[kept] != step) continue;
      expect_near(u, c.at("updates")[kept++], tolerance_of(name, GetParam()));
    }
    expect_near(p, c.at("parameters"), tolerance_of(name, GetParam()));
    expect_equal(q, p);
    expect_equal(t, s);
  }
  EXPECT_EQ(compared.size(), makers().size());
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
