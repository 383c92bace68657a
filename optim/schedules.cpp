#include <ramie/optim/schedules.h>

#include <fmt/format.h>

#include <algorithm>
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

Schedule polynomial_schedule(double init_value, double end_value, double exponent, int transition_steps,
                             int transition_begin) {
  check_steps("polynomial_schedule", transition_steps);
  return [=](const Tensor& count) {
    const Tensor rest = 1 - progress(count - transition_begin, transition_steps);
    return (init_value - end_value) * power(rest, exponent) + end_value;
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

Schedule warmup_constant_schedule(double init_value, double peak_value, int warmup_steps) {
  return linear_schedule(init_value, peak_value, warmup_steps);
}

Schedule warmup_exponential_decay_schedule(const WarmupExponential& o) {
  Schedule decay = exponential_decay(o.peak_value, o.transition_steps, o.decay_rate, o.transition_begin,
                                     o.staircase, o.end_value);
  if (o.warmup_steps == 0) return decay;
  return join_schedules({linear_schedule(o.init_value, o.peak_value, o.warmup_steps), decay},
                        {o.warmup_steps});
}

Schedule sgdr_schedule(const std::vector<WarmupCosine>& cycles) {
  std::vector<Schedule> schedules;
  std::vector<int> boundaries;
  int step = 0;
  for (auto& c : cycles) {
    if (step) boundaries.push_back(step);
    schedules.push_back(warmup_cosine_decay_schedule(c.init_value, c.peak_value, c.warmup_steps,
                                                     c.decay_steps, c.end_value, c.exponent));
    step += c.decay_steps;
  }
  if (cycles.empty()) fail("sgdr_schedule", "no cycles: it needs at least one.");
  return join_schedules(schedules, boundaries);
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

namespace {

void check_scales(const char* name, const std::map<int, double>& boundaries_and_scales) {
  for (auto [boundary, scale] : boundaries_and_scales)
    if (!(scale >= 0))
      fail(name, fmt::format("the scale at step {} is {}: it must not be negative.", boundary, scale));
}
Tensor before(const Tensor& count, int step) { return less(count, full_like(count, step)); }

}  // namespace

Schedule piecewise_constant_schedule(double init_value, std::map<int, double> boundaries_and_scales) {
  check_scales("piecewise_constant_schedule", boundaries_and_scales);
  return [=](const Tensor& count) {
    Tensor value = constant_schedule(init_value)(count);
    for (auto [boundary, scale] : boundaries_and_scales)
      value = where(before(count, boundary), value, value * scale);
    return value;
  };
}

Schedule piecewise_interpolate_schedule(Interpolation interpolation, double init_value,
                                        const std::map<int, double>& boundaries_and_scales) {
  check_scales("piecewise_interpolate_schedule", boundaries_and_scales);
  std::vector<int> bounds{0};
  std::vector<double> values{init_value};
  for (auto [boundary, scale] : boundaries_and_scales) {
    bounds.push_back(boundary);
    values.push_back(values.back() * scale);
  }
  const auto between = [=](const Tensor& count, std::size_t i) {
    const Tensor part = (count - bounds[i]).astype(float64) / std::max(bounds[i + 1] - bounds[i], 1);
    if (interpolation == Interpolation::linear) return (values[i + 1] - values[i]) * part + values[i];
    return values[i + 1] + (values[i] - values[i + 1]) / 2 * (cos(part * std::numbers::pi) + 1);
  };
  return [=](const Tensor& count) {
    Tensor value = constant_schedule(values.back())(count);
    for (std::size_t i = bounds.size() - 1; i-- > 0;)
      value = where(before(count, bounds[i + 1]), between(count, i), value);
    return value;
  };
}

Schedule linear_onecycle_schedule(int transition_steps, double peak_value, double pct_start, double pct_final,
                                  double div_factor, double final_div_factor) {
  check_steps("linear_onecycle_schedule", transition_steps);
  std::map<int, double> scales;  // a later one at the same step wins
  scales[static_cast<int>(pct_start * transition_steps)] = div_factor;
  scales[static_cast<int>(pct_final * transition_steps)] = 1 / div_factor;
  scales[transition_steps] = 1 / final_div_factor;
  return piecewise_interpolate_schedule(Interpolation::linear, peak_value / div_factor, scales);
}

Schedule cosine_onecycle_schedule(int transition_steps, double peak_value, double pct_start,
                                  double div_factor, double final_div_factor) {
  check_steps("cosine_onecycle_schedule", transition_steps);
  std::map<int, double> scales;
  scales[static_cast<int>(pct_start * transition_steps)] = div_factor;
  scales[transition_steps] = 1 / (div_factor * final_div_factor);
  return piecewise_interpolate_schedule(Interpolation::cosine, peak_value / div_factor, scales);
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
