#include <ramie/data/operators/merge.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

[[noreturn]] void fail_shapes(const std::string& name, const std::vector<Tensor>& x,
                              const std::string& what) {
  std::vector<std::string> shapes;
  for (const Tensor& t : x) shapes.push_back(str(t.layout()));
  fail("merge", fmt::format("\"{}\" is {}: {}", name, fmt::join(shapes, " and "), what));
}

// An axis of a record as one of the batch. A new axis may stand behind the last.
std::int64_t axis_of(const std::string& name, const std::vector<Tensor>& x, const MergeOptions& options) {
  const bool stacks = options.strategy == MergeStrategy::stack;
  const std::int64_t axes = x[0].rank() - 1 + stacks, axis = options.axis;
  if (axis >= axes || axis < -axes)
    fail_shapes(name, x,
                fmt::format("its records have no axis {} to {} along; choose another axis, or "
                            "list the other fields in .fields.",
                            axis, str(options.strategy)));
  return axis < 0 ? axis : axis + 1;
}

void check_concat(const std::string& name, const std::vector<Tensor>& x, std::int64_t axis) {
  for (const Tensor& t : x) {
    bool fit = t.rank() == x[0].rank();
    for (int i = 0; fit && i < t.rank(); ++i)
      fit = i == (axis < 0 ? axis + t.rank() : axis) || t.shape(i) == x[0].shape(i);
    if (!fit) fail_shapes(name, x, "for concat, all axes but one must be equally long.");
  }
}

Tensor folded(const std::vector<Tensor>& x, Tensor (*f)(const Tensor&, const Tensor&)) {
  Tensor all = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) all = f(all, x[i]);
  return all;
}

// Not the mean of a stack: how that is summed depends on the shape, and so on the size of the batch.
Tensor average_of(std::vector<Tensor> x) {
  for (Tensor& t : x) t = is_floating(t.dtype()) ? t : t.astype(float32);
  return folded(x, add) / static_cast<double>(x.size());
}

Tensor merged(const std::string& name, const std::vector<Tensor>& x, const MergeOptions& options) {
  if (options.strategy == MergeStrategy::concat) {
    const auto axis = axis_of(name, x, options);
    check_concat(name, x, axis);
    return concatenate(x, axis);
  }
  detail::check_same_shape(name, x);
  switch (options.strategy) {
    case MergeStrategy::stack:
      return stack(x, axis_of(name, x, options));
    case MergeStrategy::sum:
      return folded(x, add);
    case MergeStrategy::max:
      return folded(x, maximum);
    case MergeStrategy::min:
      return folded(x, minimum);
    default:
      return average_of(x);
  }
}

// The field of that name makes room for one of each part, in its place.
Batch spread(const std::vector<Batch>& parts, const std::vector<std::string>& names) {
  Batch out;
  for (const auto& [name, x] : parts[0]) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      out.set(name, x);
      continue;
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
      out.set(fmt::format("{}.operator_{}", name, i), parts[i][name]);
  }
  return out;
}

}  // namespace

const char* str(MergeStrategy strategy) {
  static constexpr const char* names[] = {"concat", "stack", "sum", "mean", "dict", "max", "min"};
  return names[static_cast<std::size_t>(strategy)];
}

namespace detail {

std::vector<Tensor> field_of(const std::vector<Batch>& parts, const std::string& name) {
  std::vector<Tensor> x;
  for (const Batch& part : parts) x.push_back(part[name]);
  return x;
}

void check_same_shape(const std::string& name, const std::vector<Tensor>& x) {
  for (const Tensor& t : x)
    if (t.shape() != x[0].shape()) fail_shapes(name, x, "the shapes must agree.");
}

std::vector<std::string> merged_names(const std::vector<Batch>& parts,
                                      const std::vector<std::string>& fields) {
  if (parts.empty()) fail("merge", "there is nothing to merge.");
  for (const Batch& part : parts) {
    bool same = part.size() == parts[0].size();
    for (const auto& [name, x] : parts[0]) same = same && part.contains(name);
    if (!same)
      fail("merge", fmt::format("one part is {} but another {}: they must have the same fields.",
                                str(parts[0]), str(part)));
  }
  std::vector<std::string> names = fields;
  for (const auto& name : fields) parts[0][name];  // an error where it is missing
  if (fields.empty())
    for (const auto& [name, x] : parts[0]) names.push_back(name);
  return names;
}

}  // namespace detail

Batch merge(const std::vector<Batch>& parts, const MergeOptions& options) {
  const auto names = detail::merged_names(parts, options.fields);
  if (options.strategy == MergeStrategy::dict) return spread(parts, names);
  Batch out = parts[0];
  for (const auto& name : names) out[name] = merged(name, detail::field_of(parts, name), options);
  return out;
}

}  // namespace ramie::data
