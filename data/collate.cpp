#include <ramie/data/collate.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/data/source.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

template <class Map>
auto find(const Map& map, const std::string& name) -> std::optional<typename Map::mapped_type> {
  const auto at = map.find(name);
  return at == map.end() ? std::nullopt : std::optional(at->second);
}

// The largest extent of each axis over the records.
Shape largest(const std::vector<Batch>& records, const std::string& name) {
  Shape shape = records.front()[name].shape();
  for (const Batch& record : records) {
    const Shape& other = record[name].shape();
    if (other.rank() != shape.rank())
      fail("padded_batch",
           fmt::format("\"{}\" has records of different rank: {} and {}.", name, str(shape), str(other)));
    for (int a = 0; a < shape.rank(); ++a) shape[a] = std::max(shape[a], other[a]);
  }
  return shape;
}

Shape target(const std::vector<Batch>& records, const std::string& name, const PaddedOptions& options) {
  Shape shape = largest(records, name);
  const auto wanted = find(options.shapes, name);
  if (!wanted) return shape;
  if (static_cast<int>(wanted->size()) != shape.rank())
    fail("padded_batch", fmt::format("\"{}\" has {} axes, but the shape given for it {}.", name, shape.rank(),
                                     wanted->size()));
  for (int a = 0; a < shape.rank(); ++a) {
    const std::int64_t n = (*wanted)[static_cast<std::size_t>(a)];
    if (n >= 0 && n < shape[a])
      fail("padded_batch",
           fmt::format("a record of \"{}\" has {} elements on axis {}, more than the {} to pad to.", name,
                       shape[a], a, n));
    if (n >= 0) shape[a] = n;
  }
  return shape;
}

Tensor padded_to(const Tensor& x, const Shape& shape, double value) {
  std::vector<std::pair<std::int64_t, std::int64_t>> widths;
  for (int a = 0; a < shape.rank(); ++a) widths.emplace_back(0, shape[a] - x.shape()[a]);
  return pad(x, widths, value);
}

}  // namespace

Collate padded(PaddedOptions options) {
  return [options = std::move(options)](const std::vector<Batch>& records) {
    std::vector<Batch> all = records;
    for (const auto& [name, first] : records.front()) {
      const Shape shape = target(records, name, options);
      const double value = find(options.values, name).value_or(options.value);
      for (Batch& record : all) record[name] = padded_to(record[name], shape, value);
    }
    return stack(all);
  };
}

}  // namespace ramie::data
