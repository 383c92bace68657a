// Learning rates that change: functions from the step's number (a tensor, from 0 on) to a value (a tensor).
//
//   optim::sgd({.learning_rate = optim::cosine_decay_schedule(0.1, 1000)})
//
// Source: optax.schedules.
#pragma once

#include <optional>
#include <vector>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

Schedule constant_schedule(double value);
// From init_value to end_value over transition_steps after transition_begin, then constant.
Schedule linear_schedule(double init_value, double end_value, int transition_steps, int transition_begin = 0);
// Half a cosine from init_value to alpha * init_value over decay_steps, then constant.
Schedule cosine_decay_schedule(double init_value, int decay_steps, double alpha = 0, double exponent = 1);
// A linear rise over warmup_steps, then a cosine to end_value; decay_steps counts both.
Schedule warmup_cosine_decay_schedule(double init_value, double peak_value, int warmup_steps, int decay_steps,
                                      double end_value = 0, double exponent = 1);
// init_value * decay_rate^(steps / transition_steps), the exponent rounded down if staircase. It stops at
// end_value.
Schedule exponential_decay(double init_value, int transition_steps, double decay_rate,
                           int transition_begin = 0, bool staircase = false,
                           std::optional<double> end_value = {});
// schedules[i + 1] counts from boundaries[i] on.
Schedule join_schedules(std::vector<Schedule> schedules, std::vector<int> boundaries);

}  // namespace ramie::optim
