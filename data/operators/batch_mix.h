// Mixes each record of a batch with another one, mixup or cutmix.
//
//   pipeline.add(data::BatchMix({.mode = data::MixMode::mixup, .alpha = 0.4, .label_field =
//   "label_onehot"}));
//
// One ratio, Beta(alpha, alpha), and one permutation are drawn for the whole batch, from the key of its first
// record. So what a record becomes depends on the batch: other batch sizes, shards or orders give other
// mixtures (a run taken up again gives the same). A batch of one record keeps its values.
//
// Labels become float32 numbers between the two, which has a meaning for one-hot labels: encode them first.
//
// Source: Datarax's BatchMixOperator; Zhang et al., "mixup", 2017; Yun et al., "CutMix", 2019. It differs
// from Datarax in that mixup computes with integer images as float32 (Datarax subtracts in uint8, which wraps
// around), that cutmix keeps the dtype of the images, and that cutmix without images is an error.
#pragma once

#include <string>

#include <ramie/data/operator.h>

namespace ramie::data {

enum class MixMode { mixup, cutmix };

struct BatchMixOptions {
  MixMode mode = MixMode::mixup;
  double alpha = 1.0;
  std::string data_field = "image";   // for cutmix: [n, h, w, ...]
  std::string label_field = "label";  // for cutmix; a batch without it has none
  std::optional<std::uint64_t> seed = {};
};

class BatchMix : public Operator {
 public:
  explicit BatchMix(BatchMixOptions options = {});  // an error unless alpha > 0
  std::string describe() const override;            // "BatchMix(mixup, alpha 0.4)"
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override { return true; }
  bool per_record() const override { return false; }
  bool capturable() const override { return true; }
  std::optional<std::uint64_t> seed() const override { return options_.seed; }

 private:
  BatchMixOptions options_;
};

// What it does once the numbers are drawn. lambda is the share of the record itself, a number; the rest comes
// from record permutation[i].
//
// Every field is lambda * x + (1 - lambda) * x[permutation]; integers become float32.
Batch mixup(const Batch& batch, const Tensor& lambda, const Tensor& permutation);

// A box around (x, y), of sqrt(1 - lambda) of both sides of the image and cut at its edges, comes from the
// other record, as do the labels by its share of the area. The box is float numbers; pixels belong to it by
// their upper left corner. x and y are integers.
Batch cutmix(const Batch& batch, const Tensor& lambda, const Tensor& permutation, const Tensor& x,
             const Tensor& y, const std::string& data_field = "image",
             const std::string& label_field = "label");

}  // namespace ramie::data
