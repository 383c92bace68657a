#include <ramie/optim/scaling.h>

#include <fmt/format.h>

#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/optim/detail/counting.h>
#include <ramie/optim/detail/value.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

namespace stage = kernels::stage;
using detail::counting;

GradientTransformation clip(double max_delta) {
  if (!(max_delta >= 0))
    fail("clip", fmt::format("the largest value is {}: it must be at least 0.", max_delta));
  return Elementwise{stage::clip(max_delta)};
}

GradientTransformation scale_by_sign() { return Elementwise{stage::sign()}; }

GradientTransformation ema(double decay, bool debias) {
  return counting(stage::ema(decay, debias, false), {"ema"});
}

GradientTransformation apply_every(int k) {
  if (k < 1) fail("apply_every", fmt::format("k is {}: it must be at least 1.", k));
  return Elementwise{.stage = stage::apply_every(k),
                     .states = {"grad_acc"},
                     .counters = {{"count", zeros({}, int32)}},
                     .scalars = [k](const Elementwise::Inputs& in) {
                       Tensor& count = in.counters[0].second;
                       const Tensor before = count;
                       count = remainder(count + 1, k);
                       return std::vector{before};
                     }};
}

GradientTransformation normalize_by_update_norm(double scale_factor, double eps) {
  return Elementwise{.stage = stage::scale_by_scalar(1),
                     .scalars =
                         [=](const Elementwise::Inputs& in) {
                           return std::vector{scale_factor / (global_norm(in.updates) + eps)};
                         },
                     .reads_updates = true};
}

GradientTransformation scale_by_nadam(AdamScaling o) {
  return counting(stage::nadam(o.b1, o.b2, o.eps, o.eps_root), {"mu", "nu"});
}
GradientTransformation scale_by_radam(RadamScaling o) {
  return counting(stage::radam(o.b1, o.b2, o.eps, o.eps_root, o.threshold, o.nesterov), {"mu", "nu"});
}
GradientTransformation scale_by_amsgrad(AmsgradScaling o) {
  return counting(stage::amsgrad(o.b1, o.b2, o.eps, o.eps_root, o.bias_correction_mu, o.bias_correction_nu),
                  {"mu", "nu", "nu_max"});
}
GradientTransformation scale_by_adamax(double b1, double b2, double eps) {
  return counting(stage::adamax(b1, b2, eps), {"mu", "nu"});
}

GradientTransformation scale_by_rms(RmsScaling o) {
  return counting(stage::rms(o.decay, o.eps, o.eps_in_sqrt, o.bias_correction), {"nu"}, {o.initial_scale});
}
GradientTransformation scale_by_stddev(RmsScaling o) {
  return counting(stage::stddev(o.decay, o.eps, o.eps_in_sqrt, o.bias_correction), {"mu", "nu"},
                  {0, o.initial_scale});
}
GradientTransformation scale_by_rss(double initial_accumulator_value, double eps) {
  return Elementwise{
      .stage = stage::rss(eps), .states = {"sum_of_squares"}, .initial = {initial_accumulator_value}};
}
GradientTransformation scale_by_adadelta(double rho, double eps) {
  return Elementwise{.stage = stage::adadelta(rho, eps), .states = {"e_g", "e_x"}};
}
GradientTransformation scale_by_lion(double b1, double b2) {
  return Elementwise{.stage = stage::lion(b1, b2), .states = {"mu"}};
}

GradientTransformation scale_by_belief(BeliefScaling o) {
  return counting(stage::belief(o.b1, o.b2, o.eps, o.eps_root, o.nesterov), {"mu", "nu"});
}
GradientTransformation scale_by_yogi(YogiScaling o) {
  return counting(stage::yogi(o.b1, o.b2, o.eps, o.eps_root), {"mu", "nu"},
                  {o.initial_accumulator_value, o.initial_accumulator_value});
}

GradientTransformation scale_by_polyak(PolyakScaling o) {
  const auto scalars = [o](const Elementwise::Inputs& in) {
    const Tensor loss = detail::value_of("scale_by_polyak", in.extra), norm = square(global_norm(in.updates));
    const Tensor squares = norm.astype(float64) + o.eps, gap = loss - o.f_min;
    const Tensor step = minimum((o.only_descend ? maximum(gap, 0) : gap) / squares, o.max_learning_rate);
    return std::vector{where(squares <= std::numeric_limits<double>::epsilon(), 0, step)};
  };
  return Elementwise{.stage = stage::scale_by_scalar(1), .scalars = scalars, .reads_updates = true};
}

}  // namespace ramie::optim
