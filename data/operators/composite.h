// Operators made of operators: one after the other, side by side, or one of them for each record.
//
//   data::Sequential({data::Rotation(), data::Noise()});
//   data::Parallel({a, b}, {.merge = {.strategy = data::MergeStrategy::mean, .fields = {"image"}}});
//   data::Branch([](const data::Batch& record) { return record["label"] == 3; }, a, b);
//   data::Composite({.strategy = data::CompositionStrategy::conditional_sequential,
//                    .operators = {a, b},
//                    .conditions = {is_bright, is_dark}});
//
// Conditions and routers are functions of one record and run under vmap; they give a bool, or the number of
// an operator. Where records choose, every operator runs on the whole batch and each record takes the result
// that is its own, so what can be chosen must agree in names, shapes and dtypes. Each operator has random
// numbers of its own, drawn with the composite's seed; its own seed, if it has one, counts beside that.
//
// A Composite is a handle: copies share the list of operators that dynamic_sequential can change.
//
// Source: Datarax's CompositeOperatorModule.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include <ramie/data/operators/any.h>
#include <ramie/data/operators/learnable.h>
#include <ramie/data/operators/merge.h>

namespace ramie::data {

enum class CompositionStrategy {
  sequential,              // each on the result of the one before
  conditional_sequential,  // the same, and a record passes by where its condition is false
  dynamic_sequential,      // the same, with a list that may change
  parallel,                // each on the input; then a merge
  weighted_parallel,       // the sum of weight * result, over the merge's fields
  conditional_parallel,  // parallel; the input in place of a result whose condition is false. The merges sum
                         // and mean leave it out instead.
  ensemble_mean,         // parallel, merged by mean, sum, max or min
  ensemble_sum,
  ensemble_max,
  ensemble_min,
  branching,  // the one whose number the router gives
};
const char* str(CompositionStrategy strategy);

// Of one record: a tensor of one value.
using Condition = std::function<Tensor(const Batch& record)>;  // bool
using Router = std::function<Tensor(const Batch& record)>;     // an integer
using MergeFunction = std::function<Batch(const std::vector<Batch>& results)>;

struct CompositeOptions {
  CompositionStrategy strategy = CompositionStrategy::sequential;
  std::vector<AnyOperator> operators = {};
  MergeOptions merge = {};           // of the parallel strategies; of its fields, also ensembles and weights
  MergeFunction merge_fn = {};       // in place of `merge`, for whole batches
  std::vector<double> weights = {};  // used as they are; 1/n each if empty
  Learnable learnable_weights = {};  // in place of `weights`: float[n]
  // In place of both: the field of each record that holds its weights, float[n]. It does not reach the
  // operators and is gone afterwards.
  std::string weight_key = {};
  std::vector<Condition> conditions = {};  // one for each operator
  Router router = {};
  // For a router's numbers that are no operator's. Without one, the first or the last operator, as
  // lax.switch.
  std::optional<std::int64_t> default_branch = {};
  std::optional<std::uint64_t> seed = {};
};

class Composite : public Operator {
 public:
  // An error that says what is missing, or does not belong to the strategy.
  explicit Composite(CompositeOptions options);
  std::string describe() const override;  // "Composite(sequential, Rotation(...), Noise(...))"
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override;  // with dynamic_sequential always, since the list may become so
  bool per_record() const override;
  bool capturable() const override;  // unless something of it is a function, or may change
  std::optional<std::uint64_t> seed() const override { return options_.seed; }
  Branches branches() const override;

  // For dynamic_sequential only. A call of apply that is under way keeps the list that it began with.
  void add_operator(AnyOperator op, std::optional<std::size_t> index = {});  // at the end without an index
  AnyOperator remove_operator(std::size_t index);
  void clear_operators();
  void reorder_operators(const std::vector<std::size_t>& order);  // the old place of each
  std::vector<AnyOperator> operators() const;

 private:
  std::string merging() const;
  struct List {
    std::mutex mutex;
    std::vector<AnyOperator> operators;
  };
  void change(const char* what, const std::function<void(std::vector<AnyOperator>&)>& f);
  Batch sequential(Batch batch, const Tensor& keys) const;
  std::vector<Batch> results(const Batch& batch, const Tensor& keys) const;
  Batch parallel(const Batch& batch, const Tensor& keys) const;
  Batch conditional_parallel(const Batch& batch, const Tensor& keys) const;
  Batch weighted(const Batch& batch, const Tensor& keys) const;
  Tensor weights_for(const Batch& batch) const;
  Batch branching(const Batch& batch, const Tensor& keys) const;

  CompositeOptions options_;
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

struct Sequential : Composite {
  explicit Sequential(std::vector<AnyOperator> operators, std::optional<std::uint64_t> seed = {});
};

struct ParallelOptions {
  MergeOptions merge = {};
  MergeFunction merge_fn = {};
  // With one of these the results are summed, each times its weight.
  std::vector<double> weights = {};
  Learnable learnable_weights = {};
  std::string weight_key = {};
  std::optional<std::uint64_t> seed = {};
};
struct Parallel : Composite {
  explicit Parallel(std::vector<AnyOperator> operators, ParallelOptions options = {});
};

// a for the records for which the condition is true, b for the others.
struct Branch : Composite {
  Branch(Condition condition, AnyOperator a, AnyOperator b, std::optional<std::uint64_t> seed = {});
};

}  // namespace ramie::data
