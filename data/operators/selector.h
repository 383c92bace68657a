// One of several operators for each record, drawn with its key.
//
//   data::Selector({data::Brightness(), data::Contrast(), data::Noise()}, {.weights = {2, 1, 1}})
//
// All of them run on the whole batch and each record takes one result, so they must agree in names, shapes
// and dtypes.
//
// Source: Datarax's SelectorOperator.
#pragma once

#include <vector>

#include <ramie/data/operators/any.h>

namespace ramie::data {

struct SelectorOptions {
  std::vector<double> weights = {};  // in any scale; all the same if empty
  std::optional<std::uint64_t> seed = {};
};

class Selector : public Operator {
 public:
  // An error without operators, or if the weights are not one for each, finite, >= 0 and not all 0.
  explicit Selector(std::vector<AnyOperator> operators, SelectorOptions options = {});
  std::string describe() const override;  // "Selector(0.5 Brightness(...), 0.5 Noise(...))"
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override { return true; }
  bool per_record() const override;
  bool capturable() const override;
  std::optional<std::uint64_t> seed() const override { return seed_; }
  Branches branches() const override;

 private:
  std::vector<AnyOperator> operators_;
  std::vector<double> weights_;  // their sum is 1
  std::optional<std::uint64_t> seed_;
};

}  // namespace ramie::data
