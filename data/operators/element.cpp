#include <ramie/data/operators/element.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/vmap.h>
#include <ramie/data/operators/records.h>
#include <ramie/data/source.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

bool alike(const Batch& a, const Batch& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, x] : a) {
    if (!b.contains(name)) return false;
    const Tensor& y = b[name];
    if (x ? !y || !x.layout().same(y.layout()) : static_cast<bool>(y)) return false;
  }
  return true;
}

// As data::stack, but gradients pass.
Batch joined(const std::string& op, const std::vector<Batch>& records) {
  for (std::size_t i = 1; i < records.size(); ++i)
    if (!alike(records[i], records[0]))
      fail(op, fmt::format("makes record {} of the batch {} but record 0 {}: records of one batch must have "
                           "the same fields, shapes and dtypes.",
                           i, str(records[i]), str(records[0])));
  Batch out;
  for (const auto& [name, x] : records[0]) {
    std::vector<Tensor> parts;
    for (const Batch& record : records) parts.push_back(record[name]);
    out.set(name, x ? ramie::stack(parts) : Tensor());
  }
  return out;
}

Batch merged(const Batch& batch, const Batch& changes) {
  Batch all = batch, out;
  for (const auto& [name, x] : changes) all.set(name, x);
  for (const auto& [name, x] : all)
    if (x) out.set(name, x);
  return out;
}

}  // namespace

std::string ElementOperator::describe() const {
  return options_.name.empty() ? "ElementOperator" : fmt::format("ElementOperator({})", options_.name);
}

Batch ElementOperator::apply(const Batch& batch, const Tensor& keys) const {
  const std::int64_t n = detail::rows(describe(), batch);
  if (random_) detail::check_keys(describe(), n, keys);
  const Tensor beside = detail::keys_beside(batch, keys);
  return options_.vectorize ? merged(batch, vmap(fn_)(batch, beside)) : one_by_one(n, batch, beside);
}

Batch ElementOperator::one_by_one(std::int64_t n, const Batch& batch, const Tensor& keys) const {
  if (n == 0) return batch;  // what the function would make of a record is not known
  std::vector<Batch> records;
  for (std::int64_t i = 0; i < n; ++i) records.push_back(fn_(row(batch, i), keys ? keys[i] : keys));
  return merged(batch, joined(describe(), records));
}

}  // namespace ramie::data
