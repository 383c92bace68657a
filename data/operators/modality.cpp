#include <ramie/data/operators/modality.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

ModalityOperator::ModalityOperator(std::string name, ModalityOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
  if (options_.field_key.empty()) fail(name_, "field_key is empty: name the field to work on.");
  if (const auto& c = options_.clip_range; c && !(c->low < c->high))
    fail(name_, fmt::format("clip_range is {}: the first must be less than the second; {{}} is no clipping.",
                            str(*c)));
}

Batch ModalityOperator::apply(const Batch& batch, const Tensor& keys) const {
  const auto& [field, target, limits, stochastic, seed] = options_;
  if (!batch.contains(field))
    fail(name_, fmt::format("no field \"{}\" in the batch of {}: set field_key.", field, str(batch)));
  const Tensor& x = batch[field];
  if (x.rank() == 0) fail_field(x, "it has no axis of records.");
  if (stochastic && (!keys || keys.rank() != 2 || keys.shape(0) != x.shape(0)))
    fail_field(x,
               fmt::format("a key for each record is needed, uint32[{}, 2] of record_keys(), and keys is {}.",
                           x.shape(0), keys ? str(keys.layout()) : "undefined"));
  Tensor y = transform(x, keys);
  if (limits) y = clip(y, limits->low, limits->high);
  Batch out = batch;
  out.set(target.empty() ? field : target, y);
  return out;
}

std::string ModalityOperator::describe() const {
  const auto& [field, target, limits, stochastic, seed] = options_;
  std::string text = name_ + "(" + field;
  if (!target.empty() && target != field) text += " -> " + target;
  if (const std::string s = settings(); !s.empty()) text += ", " + s;
  if (limits) text += ", clip " + str(*limits);
  if (seed) text += fmt::format(", seed {}", *seed);
  return text + ")";
}

void ModalityOperator::fail_field(const Tensor& x, const std::string& what) const {
  fail(name_, fmt::format("field \"{}\" is {}: {}", options_.field_key, str(x.layout()), what));
}

}  // namespace ramie::data
