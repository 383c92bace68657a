#include <ramie/autograd/ops/shape_arrange.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// The product of the lengths of axes [begin, end).
std::int64_t lengths(const Shape& shape, int begin, int end) {
  std::int64_t n = 1;
  for (int i = begin; i < end; ++i) n *= shape[i];
  return n;
}

// x seen as [outer, inner], where inner begins at the axis, and repeated between the two.
Tensor repeat_before(const Tensor& x, int axis, std::int64_t n) {
  const std::int64_t outer = lengths(x.shape(), 0, axis), inner = lengths(x.shape(), axis, x.rank());
  return broadcast_to(reshape(x, {outer, 1, inner}), {outer, n, inner});
}

}  // namespace

Tensor moveaxis(const Tensor& x, const Shape& source, const Shape& destination) {
  if (source.rank() != destination.rank())
    fail("moveaxis",
         fmt::format("axes {} cannot become axes {}: there must be as many.", str(source), str(destination)));
  Shape axes, from(std::vector<std::int64_t>(static_cast<std::size_t>(x.rank()), -1));
  std::uint64_t moved = 0;
  for (int i = 0; i < source.rank(); ++i) {
    const int s = normalize_axis("moveaxis", source[i], x.rank());
    std::int64_t& to = from[normalize_axis("moveaxis", destination[i], x.rank())];
    if (moved >> s & 1 || to >= 0)
      fail("moveaxis",
           fmt::format("an axis is named twice: {} cannot become {}.", str(source), str(destination)));
    moved |= std::uint64_t{1} << s;
    to = s;
  }
  for (int i = 0, next = 0; i < x.rank(); ++i) {
    while (from[i] < 0 && moved >> next & 1) ++next;
    axes.push_back(from[i] < 0 ? next++ : from[i]);
  }
  return x.rank() ? transpose(x, axes) : x;
}
Tensor moveaxis(const Tensor& x, std::int64_t source, std::int64_t destination) {
  return moveaxis(x, Shape{source}, Shape{destination});
}

Tensor ravel(const Tensor& x) { return reshape(x, {x.size()}); }

Tensor atleast_1d(const Tensor& x) { return x.rank() ? x : reshape(x, {1}); }
Tensor atleast_2d(const Tensor& x) { return x.rank() > 1 ? x : expand_dims(atleast_1d(x), 0); }
Tensor atleast_3d(const Tensor& x) { return x.rank() > 2 ? x : expand_dims(atleast_2d(x), 2); }

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, std::int64_t axis) {
  const int a = normalize_axis("split", axis, x.rank());
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  for (auto index : indices) {
    parts.push_back(slice(x, a, start, index));
    start = index;
  }
  parts.push_back(slice(x, a, Range{start, {}, 1}));
  return parts;
}

std::vector<Tensor> array_split(const Tensor& x, std::int64_t n, std::int64_t axis) {
  const int a = normalize_axis("array_split", axis, x.rank());
  if (n < 1) fail("array_split", fmt::format("{} parts: there must be at least one.", n));
  const std::int64_t length = x.shape(a);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 1; i < n; ++i) indices.push_back(i * (length / n) + std::min(i, length % n));
  return split(x, indices, a);
}

std::vector<Tensor> detail::split_equally(const Tensor& x, std::int64_t n, std::int64_t axis) {
  const int a = normalize_axis("split", axis, x.rank());
  if (n < 1 || x.shape(a) % n)
    fail("split",
         fmt::format("axis {} of {} cannot be cut into {} equal parts: use array_split, or say where "
                     "to cut, {{...}}.",
                     a, str(x.layout()), n));
  return array_split(x, n, a);
}

Tensor tile(const Tensor& x, const Shape& repeats) {
  Shape shape = x.shape(), times = repeats;
  while (shape.rank() < times.rank()) shape.insert(0, 1);
  while (times.rank() < shape.rank()) times.insert(0, 1);
  Tensor y = reshape(x, shape);
  for (int i = 0; i < shape.rank(); ++i) {
    if (times[i] < 0) fail("tile", fmt::format("the repeats {} are negative.", str(repeats)));
    if (times[i] == 1) continue;
    const Tensor wide = repeat_before(y, i, times[i]);
    shape[i] *= times[i];
    y = reshape(wide, shape);
  }
  return y;
}

Tensor repeat(const Tensor& x, std::int64_t n, std::optional<std::int64_t> axis) {
  if (!axis) return repeat(ravel(x), n, 0);
  const int a = normalize_axis("repeat", *axis, x.rank());
  if (n < 0) fail("repeat", fmt::format("{} repeats: the number must not be negative.", n));
  Shape shape = x.shape();
  shape[a] *= n;
  return reshape(repeat_before(x, a + 1, n), shape);
}

Tensor repeat_each(const Tensor& x, const std::vector<std::int64_t>& repeats, std::int64_t axis) {
  const int a = normalize_axis("repeat_each", axis, x.rank());
  if (static_cast<std::int64_t>(repeats.size()) != x.shape(a))
    fail("repeat_each", fmt::format("{} repeats for axis {} of {}.", repeats.size(), a, str(x.layout())));
  std::vector<std::int32_t> indices;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (repeats[i] < 0) fail("repeat_each", fmt::format("{} repeats: none may be negative.", repeats[i]));
    indices.insert(indices.end(), static_cast<std::size_t>(repeats[i]), static_cast<std::int32_t>(i));
  }
  const DeviceScope on(x.device());
  return take(x, from_vector(indices), a);
}

Tensor roll(const Tensor& x, std::int64_t shift, std::optional<std::int64_t> axis) {
  if (!axis) return reshape(roll(ravel(x), shift, 0), x.shape());
  return roll(x, Shape{shift}, Shape{*axis});
}
Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes) {
  if (shifts.rank() != axes.rank())
    fail("roll", fmt::format("{} shifts for {} axes.", shifts.rank(), axes.rank()));
  Tensor y = x;
  for (int i = 0; i < axes.rank(); ++i) {
    const int a = normalize_axis("roll", axes[i], x.rank());
    const std::int64_t n = x.shape(a), shift = n ? (shifts[i] % n + n) % n : 0;
    if (shift) y = concatenate({slice(y, a, n - shift, n), slice(y, a, 0, n - shift)}, a);
  }
  return y;
}

}  // namespace ramie
