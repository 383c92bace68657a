// Accumulation of gradients over several calls. Whether a call is the last one of its row is a tensor, so
// that a recorded program decides anew at every replay.
#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/optim/transformation.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

void add_all(State& to, const std::string& prefix, const State& from) {
  for (auto& [path, value] : from) to.add(prefix + path, value);
}

// state: "mini_step", then one "mean" for each parameter, then the inner transformation's.
struct MultiSteps {
  GradientTransformation inner;
  int every_k;

  State init(const State& params) const {
    State out{{"mini_step", zeros({}, int32).to(device_of(params))}};
    for (auto& [path, value] : params) out.add("mean." + path, zeros_like(value));
    add_all(out, "inner.", inner.init(params));
    return out;
  }

  State update(State grads, State& state, const State& params, const ExtraArgs& extra) const {
    const Tensor step = state[0].second, last = equal(step, full_like(step, every_k - 1));
    State mean = means(grads, state, step);
    State inner_state, before;
    for (std::size_t i = 1 + grads.size(); i < state.size(); ++i)
      inner_state.add(state[i].first.substr(6), state[i].second);
    before = inner_state;
    State updates = inner.update(mean, inner_state, params, extra);
    for (auto& [path, value] : updates) value = where(last, value, 0);
    for (std::size_t i = 0; i < grads.size(); ++i) state[1 + i].second = where(last, 0, mean[i].second);
    for (std::size_t i = 0; i < before.size(); ++i)
      state[1 + grads.size() + i].second = where(last, inner_state[i].second, before[i].second);
    state[0].second = where(last, 0, step + 1);
    return updates;
  }

  // mean + (g - mean) / (step + 1), as optax.
  static State means(const State& grads, const State& state, const Tensor& step) {
    State out;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const auto& [path, g] = grads[i];
      const Tensor& mean = state[1 + i].second;
      out.add(path, mean + (g - mean) / (step + 1).astype(g.dtype()));
    }
    return out;
  }
};

}  // namespace

GradientTransformation multi_steps(const GradientTransformation& inner, int every_k) {
  if (every_k < 1) fail("multi_steps", fmt::format("every_k is {}: it must be at least 1.", every_k));
  const MultiSteps m{inner, every_k};
  return General{[m](const State& params) { return m.init(params); },
                 [m](State grads, State& state, const State& params, const ExtraArgs& extra) {
                   return m.update(std::move(grads), state, params, extra);
                 }};
}

}  // namespace ramie::optim
