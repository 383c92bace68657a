#include <ramie/data/operators/check_finite.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/records.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Of an element within its record: "[2, 5, 0]".
std::string place(std::int64_t element, const Shape& record) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(record.rank()));
  for (int axis = record.rank(); axis-- > 0; element /= record[axis])
    index[static_cast<std::size_t>(axis)] = element % record[axis];
  return fmt::format("[{}]", fmt::join(index, ", "));
}

[[noreturn]] void fail_at_first(const std::string& op, const std::string& name, const Tensor& x) {
  const auto finite = isfinite(x).to_vector<bool>();
  const auto at = std::find(finite.begin(), finite.end(), false) - finite.begin();
  Shape record = x.shape();
  record.erase(0);
  const std::int64_t size = x.size() / x.shape(0);
  fail(op, fmt::format("\"{}\" of record {} of the batch is {} at {}.", name, at / size,
                       x.reshape({-1})[at].item(), place(at % size, record)));
}

}  // namespace

std::string CheckFinite::describe() const {
  return options_.fields.empty() ? "CheckFinite"
                                 : fmt::format("CheckFinite({})", fmt::join(options_.fields, ", "));
}

Batch CheckFinite::apply(const Batch& batch, const Tensor&) const {
  detail::rows(describe(), batch);
  const auto& fields = options_.fields;
  for (const auto& name : fields) batch[name];  // an error where it is missing
  for (const auto& [name, x] : batch) {
    const bool asked = fields.empty() || std::find(fields.begin(), fields.end(), name) != fields.end();
    if (!asked || !is_floating(x.dtype())) continue;
    const Tensor values = x.detach();
    // Times zero, what is not finite is NaN, and so is a sum with it: a third of the time of
    // all(isfinite(values)).
    if (sum(values * 0).item() != 0) fail_at_first(describe(), name, values);
  }
  return batch;
}

}  // namespace ramie::data
