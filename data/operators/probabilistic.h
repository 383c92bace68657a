// An operator for some of the records: a coin for each, which falls with its key.
//
//   data::Probabilistic(data::Rotation(), 0.3)
//
// The operator runs on the whole batch and each record takes its result or stays, so it must leave names,
// shapes and dtypes as they were. With probability 0 or 1 no coin is thrown.
//
// Source: Datarax's ProbabilisticOperator.
#pragma once

#include <ramie/data/operators/any.h>

namespace ramie::data {

class Probabilistic : public Operator {
 public:
  // An error unless 0 <= probability <= 1.
  explicit Probabilistic(AnyOperator op, double probability = 0.5, std::optional<std::uint64_t> seed = {});
  std::string describe() const override;  // "Probabilistic(0.3, Rotation(...))"
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override { return decides() || (probability_ == 1 && op_->random()); }
  bool per_record() const override { return op_->per_record(); }
  bool capturable() const override { return op_->capturable(); }
  std::optional<std::uint64_t> seed() const override { return seed_; }

 private:
  bool decides() const { return probability_ > 0 && probability_ < 1; }
  AnyOperator op_;
  double probability_;
  std::optional<std::uint64_t> seed_;
};

}  // namespace ramie::data
