// The transformations that work element by element.
#include <fmt/format.h>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/optim/detail/counting.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

GradientTransformation identity() {
  return GradientTransformation(std::vector<GradientTransformation::Part>{});
}
GradientTransformation scale(double by) { return Elementwise{kernels::stage::scale(by)}; }
GradientTransformation set_to_zero() { return Elementwise{kernels::stage::zero()}; }

namespace {

GradientTransformation scheduled(double sign, Schedule schedule) {
  return Elementwise{.stage = kernels::stage::scale_by_scalar(sign),
                     .counters = {{"count", zeros({}, int32)}},
                     .scalars = [schedule](const Elementwise::Inputs& in) {
                       Tensor& count = in.counters[0].second;
                       Tensor value = schedule(count).astype(in.dtype);
                       count = count + 1;
                       return std::vector{value};
                     }};
}

}  // namespace

GradientTransformation scale_by_schedule(Schedule schedule) { return scheduled(1, std::move(schedule)); }
GradientTransformation scale_by_learning_rate(Schedule schedule) {
  return scheduled(-1, std::move(schedule));
}
GradientTransformation scale_by_learning_rate(double learning_rate) {
  return Elementwise{
      .stage = kernels::stage::scale_by_scalar(-1),
      .counters = {{"learning_rate", full({}, learning_rate, float64)}},
      .scalars = [](const Elementwise::Inputs& in) { return std::vector{in.counters[0].second}; }};
}

Elementwise detail::counting(kernels::Stage stage, std::vector<std::string> states,
                             std::vector<double> initial) {
  return {.stage = stage,
          .states = std::move(states),
          .counters = {{"count", zeros({}, int32)}},
          .scalars =
              [](const Elementwise::Inputs& in) {
                Tensor& count = in.counters[0].second;
                count = count + 1;
                return std::vector{count};
              },
          .initial = std::move(initial)};
}

GradientTransformation trace(double decay, bool nesterov) {
  return Elementwise{.stage = kernels::stage::trace(decay, nesterov), .states = {"trace"}};
}

GradientTransformation scale_by_adam(AdamScaling o) {
  return detail::counting(kernels::stage::adam(o.b1, o.b2, o.eps, o.eps_root), {"mu", "nu"});
}

GradientTransformation add_decayed_weights(double weight_decay) {
  return Elementwise{kernels::stage::add_decayed_weights(weight_decay)};
}

GradientTransformation clip_by_global_norm(double max_norm) {
  if (!(max_norm > 0))
    fail("clip_by_global_norm", fmt::format("the largest norm is {}: it must be positive.", max_norm));
  return Elementwise{
      .stage = kernels::stage::clip_by_norm(max_norm),
      .scalars = [](const Elementwise::Inputs& in) { return std::vector{global_norm(in.updates)}; },
      .reads_updates = true};
}

Tensor global_norm(const State& state) {
  Tensor total;
  for (auto& [path, value] : state) {
    const Tensor squares =
        sum(square(value.astype(promote(value.dtype(), float32))));  // half types would overflow
    total = total ? total + squares : squares;
  }
  return total ? sqrt(total) : zeros({});
}

}  // namespace ramie::optim
