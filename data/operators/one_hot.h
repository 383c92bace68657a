// Labels as rows of zeros with a one: 2 of 4 classes is 0 0 1 0. A label out of range gives zeros.
//
//   data::OneHot({.num_classes = 10});        // reads label, writes label_onehot, float32[rows, 10]
//
// Source: jax.nn.one_hot.
#pragma once

#include <ramie/data/operators/modality.h>

namespace ramie::data {

struct OneHotOptions {
  std::string field_key = "label", target_key = "label_onehot";
  std::int64_t num_classes = 10;
};

class OneHot : public ModalityOperator {
 public:
  explicit OneHot(OneHotOptions options = {});

 private:
  Tensor transform(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  OneHotOptions options_;
};

}  // namespace ramie::data
