// Learning rates that change: functions from the step's number (a tensor, from 0 on) to a value (a tensor).
//
//   optim::sgd({.learning_rate = optim::cosine_decay_schedule(0.1, 1000)})
//
// Source: optax.schedules.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

Schedule constant_schedule(double value);
// From init_value to end_value over transition_steps after transition_begin, then constant.
Schedule linear_schedule(double init_value, double end_value, int transition_steps, int transition_begin = 0);
// The same with 1 - progress to a power.
Schedule polynomial_schedule(double init_value, double end_value, double power, int transition_steps,
                             int transition_begin = 0);
// init_value, times the scale of each boundary that was reached.
Schedule piecewise_constant_schedule(double init_value, std::map<int, double> boundaries_and_scales);
// The same, but moving to the scaled value all the way from the boundary before.
enum class Interpolation { linear, cosine };
Schedule piecewise_interpolate_schedule(Interpolation interpolation, double init_value,
                                        const std::map<int, double>& boundaries_and_scales);
// Up from peak_value / div_factor within pct_start of the steps, back within pct_final, then down by
// final_div_factor (Smith and Topin, 2018). The cosine form falls in one piece.
Schedule linear_onecycle_schedule(int transition_steps, double peak_value, double pct_start = 0.3,
                                  double pct_final = 0.85, double div_factor = 25,
                                  double final_div_factor = 1e4);
Schedule cosine_onecycle_schedule(int transition_steps, double peak_value, double pct_start = 0.3,
                                  double div_factor = 25, double final_div_factor = 1e4);
// Half a cosine from init_value to alpha * init_value over decay_steps, then constant.
Schedule cosine_decay_schedule(double init_value, int decay_steps, double alpha = 0, double exponent = 1);
// A linear rise over warmup_steps, then a cosine to end_value; decay_steps counts both.
Schedule warmup_cosine_decay_schedule(double init_value, double peak_value, int warmup_steps, int decay_steps,
                                      double end_value = 0, double exponent = 1);
// Several of them, one after the other: warm restarts (Loshchilov and Hutter, 2017).
struct WarmupCosine {
  double init_value, peak_value;
  int warmup_steps, decay_steps;
  double end_value = 0, exponent = 1;
};
Schedule sgdr_schedule(const std::vector<WarmupCosine>& cycles);
Schedule warmup_constant_schedule(double init_value, double peak_value, int warmup_steps);
// init_value * decay_rate^(steps / transition_steps), the exponent rounded down if staircase. It stops at
// end_value.
Schedule exponential_decay(double init_value, int transition_steps, double decay_rate,
                           int transition_begin = 0, bool staircase = false,
                           std::optional<double> end_value = {});
// A linear rise over warmup_steps, then the decay, which counts from there.
struct WarmupExponential {
  double init_value, peak_value;
  int warmup_steps, transition_steps;
  double decay_rate;
  int transition_begin = 0;
  bool staircase = false;
  std::optional<double> end_value = {};
};
Schedule warmup_exponential_decay_schedule(const WarmupExponential& options);
// schedules[i + 1] counts from boundaries[i] on.
Schedule join_schedules(std::vector<Schedule> schedules, std::vector<int> boundaries);

}  // namespace ramie::optim
