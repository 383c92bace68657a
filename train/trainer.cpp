#include <ramie/train/trainer.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/error.h>

namespace ramie::train {

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
  return mean(softmax_cross_entropy_with_integer_labels(logits, labels));
}
Tensor accuracy(const Tensor& logits, const Tensor& labels) {
  return mean((argmax(logits, -1) == labels).astype(float32));
}

namespace detail {

const Tensor& input_of(const data::Batch& batch) {
  if (batch.empty()) fail("Trainer", "a batch is empty.");
  return batch.begin()->second;
}

const Tensor& target_of(const data::Batch& batch) {
  if (batch.size() < 2)
    fail("Trainer",
         fmt::format("a batch is {}: its second tensor is to be the target. custom_forward_fn may read "
                     "batches in another way.",
                     str(batch)));
  return std::next(batch.begin())->second;
}

Tensor mean_of(const Tensor& values) { return values.rank() == 0 ? values : mean(values); }

void accumulate(nn::State& sum, const nn::State& part, double share) {
  const bool first = sum.empty();
  for (std::size_t i = 0; i < part.size(); ++i) {
    const Tensor scaled = share == 1 ? part[i].second : part[i].second * share;
    if (first)
      sum.add(part[i].first, scaled);
    else
      sum[i].second = sum[i].second + scaled;
  }
}

std::int64_t examples_of(const std::vector<data::Batch>& batches) {
  std::int64_t n = 0;
  for (const auto& batch : batches) n += examples_of(batch);
  return n;
}

void no_loss() {
  fail("Trainer", "there is neither a loss_fn nor a compute_loss(predictions, targets) of the model.");
}
void no_forward() {
  fail("Trainer", "the model cannot be called with one Tensor: say with custom_forward_fn how a batch runs.");
}

ModelInfo model_info(std::string_view name, const std::vector<nn::Found>& variables,
                     const nn::Filter& trainable, Device device) {
  ModelInfo out{
      .name = std::string(name), .total = 0, .trainable = 0, .bytes = 0, .device = describe(device)};
  for (const auto& [path, variable, kind] : variables) {
    const Tensor value = variable->value();
    if (!is_weight(path, *kind)) continue;
    out.bytes += static_cast<std::int64_t>(value.layout().bytes());
    if (nn::is<nn::Param>(path, *kind)) out.total += value.size();
    if (trainable(path, *kind)) out.trainable += value.size();
  }
  return out;
}

}  // namespace detail
}  // namespace ramie::train
