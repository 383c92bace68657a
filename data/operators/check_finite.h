// Stops a run at the first record that holds NaN or infinity, and says where.
//
//   pipeline.add(data::CheckFinite());                          // all fields of floating point
//   pipeline.add(data::CheckFinite({.fields = {"image"}}));
#pragma once

#include <string>
#include <vector>

#include <ramie/data/operator.h>

namespace ramie::data {

struct CheckFiniteOptions {
  std::vector<std::string> fields = {};  // all if empty
};

class CheckFinite : public Operator {
 public:
  explicit CheckFinite(CheckFiniteOptions options = {}) : options_(std::move(options)) {}
  std::string describe() const override;
  // The batch as it is, or an error that names field, row and place. It waits for the values.
  Batch apply(const Batch& batch, const Tensor& keys) const override;

 private:
  CheckFiniteOptions options_;
};

}  // namespace ramie::data
