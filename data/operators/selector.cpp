#include <ramie/data/operators/selector.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/operators/records.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

std::vector<double> normalized(std::vector<double> weights, std::size_t operators) {
  if (operators == 0) fail("Selector", "give at least one operator.");
  if (weights.empty()) weights.assign(operators, 1);
  if (weights.size() != operators)
    fail("Selector",
         fmt::format("{} weights for {} operators: give one for each, or none.", weights.size(), operators));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool good = std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; });
  if (!good || !std::isfinite(total) || total <= 0)
    fail("Selector", fmt::format("the weights are {}: they must be finite, >= 0 and not all 0.",
                                 fmt::join(weights, ", ")));
  for (double& w : weights) w /= total;
  return weights;
}

}  // namespace

Selector::Selector(std::vector<AnyOperator> operators, SelectorOptions options)
    : operators_(std::move(operators)),
      weights_(normalized(std::move(options.weights), operators_.size())),
      seed_(options.seed) {}

Operator::Branches Selector::branches() const {
  Branches branches{{}, "Selector"};
  for (std::size_t i = 0; i < operators_.size(); ++i)
    branches.parts.push_back(fmt::format("{:.4g} {}", weights_[i], detail::described(*operators_[i])));
  return branches;
}

std::string Selector::describe() const {
  return fmt::format("Selector({})", fmt::join(branches().parts, ", "));
}

bool Selector::per_record() const {
  return std::all_of(operators_.begin(), operators_.end(), [](const auto& op) { return op->per_record(); });
}

bool Selector::capturable() const {
  return std::all_of(operators_.begin(), operators_.end(), [](const auto& op) { return op->capturable(); });
}

// Record by record the last operator whose share of [0, 1) begins at or below a uniform number. An operator
// of weight 0 never runs.
Batch Selector::apply(const Batch& batch, const Tensor& keys) const {
  detail::check_keys("Selector", detail::rows("Selector", batch), keys);
  const Tensor u = random::uniform_rows(detail::own_keys(keys));
  Batch chosen;
  std::string first;
  double begin = 0;
  for (std::size_t i = 0; i < operators_.size(); begin += weights_[i++]) {
    if (weights_[i] == 0) continue;
    const Batch out = operators_[i]->apply(batch, detail::part_keys(keys, i, *operators_[i]));
    if (first.empty()) {
      chosen = out;
      first = operators_[i]->describe();
    } else {
      detail::check_alike("Selector", out, operators_[i]->describe(), chosen, first);
      chosen = detail::select(u >= begin, out, chosen);
    }
  }
  return chosen;
}

}  // namespace ramie::data
