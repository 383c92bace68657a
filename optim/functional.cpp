#include <ramie/optim/functional.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

State apply_updates(const State& params, const State& updates) {
  if (params.size() != updates.size())
    fail("apply_updates", fmt::format("{} updates for {} parameters: take both with the same filter.",
                                      updates.size(), params.size()));
  State out;
  for (auto& [path, value] : params) out.add(path, (value + updates.at(path)).astype(value.dtype()));
  return out;
}

std::pair<State, State> functional::update(const GradientTransformation& tx, const State& grads, State state,
                                           const State& params, const ExtraArgs& extra) {
  State updates = tx.update(grads, state, params, extra);
  return {std::move(updates), std::move(state)};
}

}  // namespace ramie::optim
