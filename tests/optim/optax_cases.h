// The optimizers and transformations of tests/data/optim_set.json, made by name and settings.
#pragma once

#include <map>
#include <string>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/optim/optimizers.h>

#include "optim/reference.h"

namespace ramie::optim {

using Json = oracle::Json;

inline const Json& data() {
  static const Json json = oracle::read("optim_set.json");
  return json;
}
inline State tensors(const Json& values, DType dtype) {
  State out;
  for (auto& [name, shape] : data().at("shapes").items())
    out.add(
        name,
        from_vector(numbers(values.at(name)), Shape(shape.get<std::vector<std::int64_t>>())).astype(dtype));
  return out;
}

inline bool is_matrix(std::string_view, const Tensor& p) { return p.rank() > 1; }
inline std::string speed(std::string_view path, const Tensor&) {
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

inline AdamOptions adam_options(const Settings& s) {
  return {.learning_rate = s.rate(), .b2 = s("b2", 0.999), .eps_root = s("eps_root", 0)};
}

inline AdafactorOptions adafactor_options(const Settings& s) {
  AdafactorOptions o{.min_dim_size_to_factor = s.whole("min_dim_size_to_factor", 128),
                     .decay_rate = s("decay_rate", 0.8),
                     .momentum = s("momentum", 0),
                     .weight_decay_rate = s("weight_decay_rate", 0)};
  if (s.json.contains("learning_rate")) o.learning_rate = s.rate();
  return o;
}

inline MuonOptions muon_options(const Settings& s) {
  MuonOptions o{.learning_rate = s.rate(),
                .muon = {.ns_steps = s.whole("ns_steps", 5), .nesterov = s.flag("nesterov", true)},
                .weight_decay = s("weight_decay", 0),
                .adam_weight_decay = s("adam_weight_decay", 0)};
  if (s.json.contains("adam_learning_rate")) o.adam_learning_rate = s("adam_learning_rate", 0);
  if (s.json.contains("consistent_rms")) o.consistent_rms = s("consistent_rms", 0);
  return o;
}

inline RmsPropOptions rmsprop_options(const Settings& s) {
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

inline LarsOptions lars_options(const Settings& s, const Mask& mask) {
  return {.learning_rate = s.rate(),
          .weight_decay = s("weight_decay", 0),
          .weight_decay_mask = mask,
          .trust_coefficient = s("trust_coefficient", 0.001),
          .eps = s("eps", 0),
          .trust_ratio_mask = mask,
          .nesterov = s.flag("nesterov")};
}

inline PlateauOptions plateau_options(const Settings& s) {
  return {.factor = s("factor", 0.1),
          .patience = s.whole("patience", 10),
          .rtol = s("rtol", 1e-4),
          .atol = s("atol", 0),
          .cooldown = s.whole("cooldown", 0),
          .accumulation_size = s.whole("accumulation_size", 1),
          .min_scale = s("min_scale", 0)};
}

inline ZoomLinesearch zoom_options(const Settings& s) {
  ZoomLinesearch o{.max_linesearch_steps = s.whole("max_linesearch_steps", 0),
                   .tol = s("tol", 0),
                   .increase_factor = s("increase_factor", 2),
                   .slope_rtol = s("slope_rtol", 1e-4),
                   .curv_rtol = s("curv_rtol", 0.9),
                   .stepsize_precision = s("stepsize_precision", 1e-5)};
  if (s.json.contains("max_learning_rate")) o.max_learning_rate = s("max_learning_rate", 0);
  if (s.json.contains("approx_dec_rtol")) o.approx_dec_rtol = {};
  if (s.json.contains("initial_guess_strategy")) o.initial_guess_strategy = ZoomLinesearch::Guess::one;
  return o;
}
inline BacktrackingLinesearch backtracking_options(const Settings& s) {
  return {.max_backtracking_steps = s.whole("max_backtracking_steps", 0),
          .slope_rtol = s("slope_rtol", 1e-4),
          .decrease_factor = s("decrease_factor", 0.8),
          .rtol = s("rtol", 0)};
}

using Makers = std::map<std::string, Maker>;

inline Makers rarer() {
  using S = const Settings&;
  return {
      {"adamaxw",
       [](S s) { return adamaxw({.learning_rate = s.rate(), .weight_decay = s("weight_decay", 1e-4)}); }},
      {"adabelief",
       [](S s) {
         return adabelief({.learning_rate = s.rate(),
                           .b2 = s("b2", 0.999),
                           .eps = s("eps", 1e-16),
                           .nesterov = s.flag("nesterov")});
       }},
      {"adan",
       [](S s) {
         return adan({.learning_rate = s.rate(), .b1 = s("b1", 0.98), .weight_decay = s("weight_decay", 0)});
       }},
      {"yogi", [](S s) { return yogi({.learning_rate = s.rate(), .b2 = s("b2", 0.999)}); }},
      {"sign_sgd", [](S s) { return sign_sgd(s.rate()); }},
      {"signum", [](S s) { return signum(s.rate(), s("beta", 0.9)); }},
      {"noisy_sgd", [](S s) { return noisy_sgd(s.rate(), s("eta", 0), s("gamma", 0), s.whole("key", 0)); }},
      {"polyak_sgd",
       [](S s) {
         return polyak_sgd({.scaling = s("scaling", 1),
                            .f_min = s("f_min", 0),
                            .eps = s("eps", 0),
                            .only_descend = s.json.contains("variant")});
       }},
      {"optimistic_gradient_descent",
       [](S s) { return optimistic_gradient_descent(s.rate(), s("alpha", 1), s("beta", 1)); }},
      {"optimistic_adam_v2",
       [](S s) {
         return optimistic_adam({.learning_rate = s.rate(),
                                 .alpha = s("alpha", 1),
                                 .beta = s("beta", 1),
                                 .nesterov = s.flag("nesterov", true)});
       }},
      {"rprop",
       [](S s) {
         return rprop(s.rate(), {.eta_plus = s("eta_plus", 1.2), .max_step_size = s("max_step_size", 50)});
       }},
      {"novograd",
       [](S s) {
         return novograd(
             {.learning_rate = s.rate(), .b2 = s("b2", 0.25), .weight_decay = s("weight_decay", 0)});
       }},
      {"sm3", [](S s) { return sm3(s.rate(), s("momentum", 0.9)); }},
      {"fromage", [](S s) { return fromage(s.rate()); }},
      {"adaptive_grad_clip", [](S s) { return adaptive_grad_clip(s("clipping", 0)); }},
      {"zero_nans", [](S) { return zero_nans(); }},
      {"keep_params_nonnegative",
       [](S) { return chain(sgd({.learning_rate = 0.1}), keep_params_nonnegative()); }},
      {"freeze", [](S) { return chain(adam({.learning_rate = 0.1}), freeze(is_matrix)); }},
      {"selective_transform", [](S) { return selective_transform(adam({.learning_rate = 0.1}), is_matrix); }},
      {"lbfgs_zoom", [](S s) { return lbfgs({.memory_size = s.whole("memory_size", 0)}); }},
      {"zoom",
       [](S s) { return chain(sgd({.learning_rate = 1.}), scale_by_zoom_linesearch(zoom_options(s))); }},
      {"backtracking",
       [](S s) {
         return chain(sgd({.learning_rate = 1.}), scale_by_backtracking_linesearch(backtracking_options(s)));
       }},
      {"sam_opaque",
       [](S s) {
         return sam(adam({.learning_rate = 0.05}), chain(normalize_by_update_norm(1, 0), momentum(0.1)),
                    {s.whole("sync_period", 2), s.flag("reset_state", true), true});
       }},
  };
}

inline const Makers& makers() {
  using S = const Settings&;
  static Makers all{
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
         return lbfgs({s.rate(), s.whole("memory_size", 10), s.flag("scale_init_precond", true), {}});
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
  all.merge(rarer());
  return all;
}

// The sum of curvature (p^2 - 1)^2 / 4, and its gradient.
inline std::pair<Tensor, State> quartic(const State& params) {
  const State curvature = tensors(data().at("curvature"), params[0].second.dtype());
  Tensor loss = ramie::zeros({}, float64);
  State grads;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Tensor &p = params[i].second, &c = curvature[i].second, rest = square(p) - 1;
    loss = loss + sum(c * square(rest) / 4);
    grads.add(params[i].first, c * p * rest);
  }
  return {loss, grads};
}

}  // namespace ramie::optim
