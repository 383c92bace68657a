#include <ramie/data/operators/records.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data::detail {

std::int64_t rows(std::string_view op, const Batch& batch) {
  std::int64_t n = -1;
  for (const auto& [name, x] : batch) {
    if (x.rank() == 0)
      fail(op, fmt::format("\"{}\" is a scalar: it has no rows. Operators stand after batch.", name));
    if (n < 0) n = x.shape(0);
    if (x.shape(0) != n) fail(op, fmt::format("the fields must have equally many rows: {}.", str(batch)));
  }
  return n < 0 ? 0 : n;
}

void check_keys(std::string_view op, std::int64_t n, const Tensor& keys) {
  if (keys && keys.dtype() == uint32 && keys.shape() == Shape{n, 2}) return;
  fail(op, fmt::format("a key for each record is needed, uint32[{},2] of record_keys, and keys is {}.", n,
                       keys ? str(keys.layout()) : "undefined"));
}

Tensor keys_beside(const Batch& batch, const Tensor& keys) {
  return keys && !batch.empty() ? keys.to(batch.begin()->second.device()) : keys;
}

Tensor along_rows(const Tensor& x, int rank) {
  Shape shape = {-1};
  for (int axis = 1; axis < rank; ++axis) shape.push_back(1);
  return reshape(x, shape);
}

void check_alike(std::string_view op, const Batch& a, std::string_view name_of_a, const Batch& b,
                 std::string_view name_of_b) {
  bool alike = a.size() == b.size();
  for (const auto& [name, x] : a) alike = alike && b.contains(name) && b[name].layout().same(x.layout());
  if (alike) return;
  fail(op, fmt::format("{} gives {} but {} gives {}: records are chosen from both, so names, shapes and "
                       "dtypes must agree.",
                       name_of_a, str(a), name_of_b, str(b)));
}

Batch select(const Tensor& mask, const Batch& a, const Batch& b) {
  Batch out = a;
  for (auto& [name, x] : out)
    if (!x.same(b[name])) x = where(along_rows(mask.to(x.device()), x.rank()), x, b[name]);
  return out;
}

Tensor own_keys(const Tensor& keys) { return keys ? random::fold_in_rows(keys, 0) : keys; }

Tensor part_keys(const Tensor& keys, std::size_t part, const Operator& op) {
  if (!keys || !op.random()) return {};
  const Tensor of_part = random::fold_in_rows(keys, static_cast<std::uint32_t>(part + 1));
  const auto seed = op.seed();
  return seed ? random::fold_in_rows(of_part, static_cast<std::uint32_t>(*seed ^ *seed >> 32)) : of_part;
}

std::string described(const Operator& op) {
  const std::string text = op.describe(), seed = op.seed() ? fmt::format("seed {}", *op.seed()) : "";
  return seed.empty() || text.find(seed) != std::string::npos ? text : text + ", " + seed;
}

}  // namespace ramie::data::detail
