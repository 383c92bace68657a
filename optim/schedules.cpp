#include <ramie/optim/schedules.h>

#include <fmt/format.h>

#include <numbers>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

void check_steps(const char* name, int steps) {
  if (steps < 1) fail(name, fmt::format("{} steps: it must be at least 1.", steps));
}
// count / steps, between 0 and 1.
Tensor progress(const Tensor& count, int steps) { return clip(count.astype(float64), 0, steps) / steps; }

}  // namespace

Schedule constant_schedule(double value) {
  return [value](const Tensor& count) {
    const DeviceScope on(count.device());
    return full({}, value, float64);
  };
}

Schedule linear_schedule(double init_value, double end_value, int transition_steps, int transition_begin) {
  check_steps("linear_schedule", transition_steps);
  return [=](const Tensor& count) {
    return (init_value - end_value) * (1 - progress(count - transition_begin, transition_steps)) + end_value;
  };
}

Schedule cosine_decay_schedule(double init_value, int decay_steps, double alpha, double exponent) {
  check_steps("cosine_decay_schedule", decay_steps);
  return [=](const Tensor& count) {
    const Tensor half_wave = 0.5 * (1 + cos(progress(count, decay_steps) * std::numbers::pi));
    return init_value * ((1 - alpha) * power(half_wave, exponent) + alpha);
  };
}

Schedule warmup_cosine_decay_schedule(double init_value, double peak_value, int warmup_steps, int decay_steps,
                                      double end_value, double exponent) {
  const double alpha = peak_value == 0 ? 0 : end_value / peak_value;
  Schedule cosine = cosine_decay_schedule(peak_value, decay_steps - warmup_steps, alpha, exponent);
  if (warmup_steps == 0) return cosine;
  return join_schedules({linear_schedule(init_value, peak_value, warmup_steps), cosine}, {warmup_steps});
}

Schedule exponential_decay(double init_value, int transition_steps, double decay_rate, int transition_begin,
                           bool staircase, std::optional<double> end_value) {
  check_steps("exponential_decay", transition_steps);
  return [=](const Tensor& count) {
    Tensor exponent = maximum((count - transition_begin).astype(float64) / transition_steps, 0);
    if (staircase) exponent = floor(exponent);
    Tensor value = init_value * power(decay_rate, exponent);
    if (end_value) value = decay_rate < 1 ? maximum(value, *end_value) : minimum(value, *end_value);
    return value;
  };
}

Schedule join_schedules(std::vector<Schedule> schedules, std::vector<int> boundaries) {
  if (schedules.size() != boundaries.size() + 1)
    fail("join_schedules", fmt::format("{} schedules need {} boundaries, not {}.", schedules.size(),
                                       schedules.size() - 1, boundaries.size()));
  return [schedules, boundaries](const Tensor& count) {
    Tensor value = schedules[0](count);
    for (std::size_t i = 0; i < boundaries.size(); ++i)
      value =
          where(less(count, full_like(count, boundaries[i])), value, schedules[i + 1](count - boundaries[i]));
    return value;
  };
}

}  // namespace ramie::optim
