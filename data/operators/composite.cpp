#include <ramie/data/operators/composite.h>

#include <algorithm>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/vmap.h>
#include <ramie/data/operators/records.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

using Strategy = CompositionStrategy;

[[noreturn]] void fail_composite(const std::string& what) { fail("Composite", what); }

void check_weights(const CompositeOptions& o) {
  const int given = !o.weights.empty() + static_cast<bool>(o.learnable_weights) + !o.weight_key.empty();
  if (given > 1)
    fail_composite("weights, learnable_weights and weight_key exclude one another: give one of them.");
  if (given > 0 && o.strategy != Strategy::weighted_parallel)
    fail_composite(fmt::format("weights are for weighted_parallel, not for {}.", str(o.strategy)));
  if (!o.weights.empty() && o.weights.size() != o.operators.size())
    fail_composite(fmt::format("{} weights for {} operators.", o.weights.size(), o.operators.size()));
}

void check_options(const CompositeOptions& o) {
  const bool conditional =
      o.strategy == Strategy::conditional_sequential || o.strategy == Strategy::conditional_parallel;
  const auto n = static_cast<std::int64_t>(o.operators.size());
  if (n == 0 && o.strategy != Strategy::dynamic_sequential) fail_composite("give at least one operator.");
  if (o.conditions.size() != (conditional ? o.operators.size() : 0))
    fail_composite(fmt::format("{} conditions for {} operators: {} takes {}.", o.conditions.size(), n,
                               str(o.strategy), conditional ? "one for each" : "none"));
  if (static_cast<bool>(o.router) != (o.strategy == Strategy::branching))
    fail_composite(fmt::format("{} {} a router.", str(o.strategy), o.router ? "has no use for" : "needs"));
  if (o.default_branch && (*o.default_branch < 0 || *o.default_branch >= n))
    fail_composite(fmt::format("default_branch is {}: there are {} operators.", *o.default_branch, n));
  check_weights(o);
}

// What a condition or router says of each record.
Tensor ask(const char* what, const Condition& f, const Batch& batch, bool truth) {
  Tensor answers = vmap(f)(batch);
  if (answers.rank() != 1 || truth != (answers.dtype() == bool_) || is_floating(answers.dtype()))
    fail_composite(fmt::format("a {} gives {} for {} records: one {} for each is needed.", what,
                               str(answers.layout()), answers.shape(0), truth ? "bool" : "integer"));
  return answers;
}

// Record by record the input where the condition is false.
Batch taken(const Tensor& condition, const AnyOperator& op, const Batch& result, const Batch& input) {
  detail::check_alike("Composite", result, op->describe(), input, "its input");
  return detail::select(condition, result, input);
}

// The weight of operator i to meet x: one, or one for each record.
Tensor weight_of(const Tensor& weights, std::size_t i, const Tensor& x) {
  const auto at = static_cast<std::int64_t>(i);
  const Tensor w = weights.slice(-1, at, at + 1).reshape({-1}).to(x.device());
  return detail::along_rows(is_floating(x.dtype()) ? w.astype(x.dtype()) : w, x.rank());
}

// A merge that leaves out the results whose mask is false, where the strategy allows it.
Batch merge_where(const std::vector<Tensor>& masks, std::vector<Batch> parts, const MergeOptions& options) {
  if (options.strategy != MergeStrategy::sum && options.strategy != MergeStrategy::mean)
    return merge(parts, options);
  const auto names = detail::merged_names(parts, options.fields);
  Tensor count = zeros_like(masks[0]).astype(float32);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    count = count + masks[i].astype(float32);
    for (const auto& name : names) {
      Tensor& x = parts[i][name];
      x = where(detail::along_rows(masks[i].to(x.device()), x.rank()), x, 0);
    }
  }
  Batch out = merge(parts, {MergeStrategy::sum, 0, options.fields});
  if (options.strategy == MergeStrategy::sum) return out;
  for (const auto& name : names) {
    Tensor& x = out[name];
    const Tensor n = detail::along_rows(maximum(count, 1).to(x.device()), x.rank());
    x = x / (is_floating(x.dtype()) ? n.astype(x.dtype()) : n);
  }
  return out;
}

Batch without(const Batch& batch, const std::string& field) {
  Batch out;
  for (const auto& [name, x] : batch)
    if (name != field) out.set(name, x);
  return out;
}

MergeStrategy reduction(Strategy strategy) {
  switch (strategy) {
    case Strategy::ensemble_sum:
      return MergeStrategy::sum;
    case Strategy::ensemble_max:
      return MergeStrategy::max;
    case Strategy::ensemble_min:
      return MergeStrategy::min;
    default:
      return MergeStrategy::mean;
  }
}

}  // namespace

const char* str(CompositionStrategy strategy) {
  static constexpr const char* names[] = {
      "sequential",        "conditional_sequential", "dynamic_sequential", "parallel",
      "weighted_parallel", "conditional_parallel",   "ensemble_mean",      "ensemble_sum",
      "ensemble_max",      "ensemble_min",           "branching"};
  return names[static_cast<std::size_t>(strategy)];
}

Composite::Composite(CompositeOptions options) : options_(std::move(options)) {
  check_options(options_);
  list_->operators = std::move(options_.operators);
}

std::string Composite::merging() const {
  std::string text;
  if (options_.strategy == Strategy::parallel || options_.strategy == Strategy::conditional_parallel)
    text += options_.merge_fn ? ", merge_fn"
                              : fmt::format(", {} {}", str(options_.merge.strategy), options_.merge.axis);
  for (const auto& name : options_.merge.fields) text += " " + name;
  for (const double w : options_.weights) text += fmt::format(", {}", w);
  if (!options_.weight_key.empty()) text += ", weights in " + options_.weight_key;
  return text;
}

std::string Composite::describe() const {
  std::string text = str(options_.strategy);
  for (const auto& op : operators()) text += ", " + detail::described(*op);
  return fmt::format("Composite({}{})", text, merging());
}

Operator::Branches Composite::branches() const {
  constexpr Strategy in_a_row[] = {Strategy::sequential, Strategy::conditional_sequential,
                                   Strategy::dynamic_sequential};
  if (std::ranges::find(in_a_row, options_.strategy) != std::end(in_a_row)) return {};
  Branches branches{{}, fmt::format("Composite({}{})", str(options_.strategy), merging())};
  for (const auto& op : operators()) branches.parts.push_back(detail::described(*op));
  return branches;
}

bool Composite::random() const {
  const auto all = operators();
  return options_.strategy == Strategy::dynamic_sequential ||
         std::any_of(all.begin(), all.end(), [](const AnyOperator& op) { return op->random(); });
}

bool Composite::per_record() const {
  const auto all = operators();
  return std::all_of(all.begin(), all.end(), [](const AnyOperator& op) { return op->per_record(); });
}

bool Composite::capturable() const {
  const auto all = operators();
  const bool functions = !options_.conditions.empty() || options_.router || options_.merge_fn;
  return !functions && options_.strategy != Strategy::dynamic_sequential &&
         std::all_of(all.begin(), all.end(), [](const AnyOperator& op) { return op->capturable(); });
}

Batch Composite::apply(const Batch& batch, const Tensor& keys) const {
  const std::int64_t n = detail::rows("Composite", batch);
  if (random() && (keys || options_.strategy != Strategy::dynamic_sequential))
    detail::check_keys("Composite", n, keys);
  switch (options_.strategy) {
    case Strategy::sequential:
    case Strategy::conditional_sequential:
    case Strategy::dynamic_sequential:
      return sequential(batch, keys);
    case Strategy::parallel:
      return parallel(batch, keys);
    case Strategy::conditional_parallel:
      return conditional_parallel(batch, keys);
    case Strategy::weighted_parallel:
      return weighted(batch, keys);
    case Strategy::branching:
      return branching(batch, keys);
    default:
      return merge(results(batch, keys), {reduction(options_.strategy), 0, options_.merge.fields});
  }
}

Batch Composite::sequential(Batch batch, const Tensor& keys) const {
  const auto all = operators();
  for (std::size_t i = 0; i < all.size(); ++i) {
    Batch next = all[i]->apply(batch, detail::part_keys(keys, i, *all[i]));
    if (!options_.conditions.empty())
      next = taken(ask("condition", options_.conditions[i], batch, true), all[i], next, batch);
    batch = std::move(next);
  }
  return batch;
}

std::vector<Batch> Composite::results(const Batch& batch, const Tensor& keys) const {
  const auto all = operators();
  std::vector<Batch> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out.push_back(all[i]->apply(batch, detail::part_keys(keys, i, *all[i])));
  return out;
}

Batch Composite::parallel(const Batch& batch, const Tensor& keys) const {
  const auto all = results(batch, keys);
  return options_.merge_fn ? options_.merge_fn(all) : merge(all, options_.merge);
}

Batch Composite::conditional_parallel(const Batch& batch, const Tensor& keys) const {
  const auto all = operators();
  auto out = results(batch, keys);
  std::vector<Tensor> masks;
  for (std::size_t i = 0; i < out.size(); ++i) {
    masks.push_back(ask("condition", options_.conditions[i], batch, true));
    out[i] = taken(masks[i], all[i], out[i], batch);
  }
  if (options_.merge_fn) return options_.merge_fn(out);
  return merge_where(masks, out, options_.merge);
}

Batch Composite::weighted(const Batch& batch, const Tensor& keys) const {
  const Tensor weights = weights_for(batch);
  const auto all = results(without(batch, options_.weight_key), keys);
  Batch out = all[0];
  for (const auto& name : detail::merged_names(all, options_.merge.fields)) {
    const auto x = detail::field_of(all, name);
    detail::check_same_shape(name, x);
    Tensor sum = x[0] * weight_of(weights, 0, x[0]);
    for (std::size_t i = 1; i < x.size(); ++i) sum = sum + x[i] * weight_of(weights, i, x[i]);
    out[name] = sum;
  }
  return out;
}

// float[n], or float[rows, n] out of the records.
Tensor Composite::weights_for(const Batch& batch) const {
  const auto n = static_cast<std::int64_t>(operators().size());
  const auto& key = options_.weight_key;
  const auto& fixed = options_.weights;
  const auto& learned = options_.learnable_weights;
  if (key.empty() && !learned)
    return from_vector(fixed.empty() ? std::vector<double>(n, 1.0 / n) : fixed).astype(float32);
  Tensor weights = learned ? learned() : batch[key];
  if (weights.rank() != (learned ? 1 : 2) || weights.shape(-1) != n || !is_floating(weights.dtype()))
    fail_composite(fmt::format("the weights are {}: {} operators need float32[{}{}].", str(weights.layout()),
                               n, learned ? "" : "rows,", n));
  return weights;
}

Batch Composite::branching(const Batch& batch, const Tensor& keys) const {
  const auto all = operators();
  const auto out = results(batch, keys);
  const auto last = static_cast<std::int64_t>(all.size()) - 1;
  Tensor route = ask("router", options_.router, batch, false);
  if (options_.default_branch)
    route = where((route < 0) | (route > last), static_cast<int>(*options_.default_branch), route);
  Batch chosen = out[0];
  for (std::size_t i = 1; i < out.size(); ++i) {
    detail::check_alike("Composite", out[i], all[i]->describe(), out[0], all[0]->describe());
    chosen = detail::select(route >= static_cast<int>(i), out[i], chosen);
  }
  return chosen;
}

std::vector<AnyOperator> Composite::operators() const {
  const std::lock_guard lock(list_->mutex);
  return list_->operators;
}

void Composite::change(const char* what, const std::function<void(std::vector<AnyOperator>&)>& f) {
  if (options_.strategy != Strategy::dynamic_sequential)
    fail_composite(fmt::format("{} is for dynamic_sequential, not for {}.", what, str(options_.strategy)));
  const std::lock_guard lock(list_->mutex);
  f(list_->operators);
}

void Composite::add_operator(AnyOperator op, std::optional<std::size_t> index) {
  change("add_operator", [&](auto& all) {
    if (index && *index > all.size())
      fail_composite(fmt::format("add_operator at {}: there are {} operators.", *index, all.size()));
    all.insert(index ? all.begin() + static_cast<std::ptrdiff_t>(*index) : all.end(), std::move(op));
  });
}

AnyOperator Composite::remove_operator(std::size_t index) {
  std::optional<AnyOperator> removed;
  change("remove_operator", [&](auto& all) {
    if (index >= all.size())
      fail_composite(fmt::format("remove_operator {}: there are {} operators.", index, all.size()));
    removed = all[index];
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
  });
  return *removed;
}

void Composite::clear_operators() {
  change("clear_operators", [](auto& all) { all.clear(); });
}

void Composite::reorder_operators(const std::vector<std::size_t>& order) {
  change("reorder_operators", [&](auto& all) {
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < std::max(sorted.size(), all.size()); ++i)
      if (sorted.size() != all.size() || sorted[i] != i)
        fail_composite(fmt::format("reorder_operators takes each place of {} operators once.", all.size()));
    std::vector<AnyOperator> next;
    for (const std::size_t i : order) next.push_back(all[i]);
    all = std::move(next);
  });
}

Sequential::Sequential(std::vector<AnyOperator> operators, std::optional<std::uint64_t> seed)
    : Composite({.operators = std::move(operators), .seed = seed}) {}

Parallel::Parallel(std::vector<AnyOperator> operators, ParallelOptions o)
    : Composite({.strategy = !o.weights.empty() || o.learnable_weights || !o.weight_key.empty()
                                 ? Strategy::weighted_parallel
                                 : Strategy::parallel,
                 .operators = std::move(operators),
                 .merge = std::move(o.merge),
                 .merge_fn = std::move(o.merge_fn),
                 .weights = std::move(o.weights),
                 .learnable_weights = std::move(o.learnable_weights),
                 .weight_key = std::move(o.weight_key),
                 .seed = o.seed}) {}

Branch::Branch(Condition condition, AnyOperator a, AnyOperator b, std::optional<std::uint64_t> seed)
    : Composite({.strategy = Strategy::branching,
                 .operators = {std::move(a), std::move(b)},
                 .router = [condition = std::move(condition)](
                               const Batch& record) { return logical_not(condition(record)).astype(int32); },
                 .seed = seed}) {}

}  // namespace ramie::data
