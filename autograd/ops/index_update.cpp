#include <ramie/autograd/ops/index_update.h>

#include <fmt/format.h>

#include <numeric>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/index_last.h>

namespace ramie {
namespace {

void check_integers(const char* op, const Tensor& indices) {
  if (!is_integer(indices.dtype()))
    fail(op, fmt::format("the indices are {}: they must be integers.", str(indices.layout())));
}

Tensor last_writers(const Tensor& indices, std::int64_t length) {
  return apply("index_set", {indices},
               Forward{[&](auto& i) { return launch(kernels::IndexLast{length}, contiguous(i.detach())); }},
               Vmap{[length](Batch, const Tensor& i) { return last_writers(i, length); }});
}

Tensor extreme_writers(const kernels::IndexExtreme& kernel, const Tensor& updates, const Tensor& indices) {
  return apply(kernel.name, {updates, indices}, Forward{[&](auto& u, auto& i) {
                 return launch(kernel, contiguous(u.detach()), contiguous(i.detach()));
               }});
}

// x with one axis replaced by others.
Shape replaced(Shape shape, int axis, const Shape& by) {
  shape.erase(axis);
  for (int i = 0; i < by.rank(); ++i) shape.insert(axis + i, by[i]);
  return shape;
}
// One axis of length n, seen along axis `axis` of `rank`.
Tensor along(const Tensor& x, int axis, int rank) {
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(rank), 1));
  shape[axis] = x.size();
  return reshape(x, shape);
}

Tensor ones_at(const Tensor& x, const detail::Steps& s) {
  const DeviceScope on(x.device());
  return detail::place(ones(s.count, bool_), x.shape(), s);
}
Tensor placed(const Tensor& x, const detail::Place& at, const Tensor& values) {
  const Tensor wide = broadcast_to(astype(values, x.dtype()), at.shape);
  return detail::place(reshape(wide, at.steps.count), x.shape(), at.steps);
}

// The indices of single elements of x's first k axes, flattened into one.
struct Flat {
  Tensor x, indices;
};
Flat flattened(const char* op, const Tensor& x, const Tensor& indices) {
  check_integers(op, indices);
  const std::int64_t k = indices.rank() ? indices.shape(-1) : 0;
  if (k < 1 || k > x.rank())
    fail(op, fmt::format("indices {} do not have 1 to {} numbers in their last axis: x is {}.",
                         str(indices.layout()), x.rank(), str(x.layout())));
  Shape shape = x.shape();
  const DeviceScope on(x.device());
  Tensor flat = zeros({}, int64), valid = ones({}, bool_);
  for (int i = 0; i < k; ++i) {
    const Tensor at = astype(squeeze(slice(indices, -1, i, i + 1), {-1}), int64);
    valid = logical_and(valid, logical_and(at >= -shape[i], at < shape[i]));
    flat = flat * shape[i] + where(at < 0, at + shape[i], at);
  }
  for (std::int64_t i = 1; i < k; ++i) shape[0] *= shape[1], shape.erase(1);
  return {reshape(x, shape), where(valid, flat, shape[0])};  // out of range for any axis is so for all
}

// The starts on one axis such that the slice lies within x.
Tensor clamped_start(const Tensor& starts, int axis, std::int64_t length, std::int64_t size) {
  const Tensor start = astype(squeeze(slice(starts, 0, axis, axis + 1), {0}), int64);
  return clip(where(start < 0, start + length, start), 0, length - size);
}

void check_slice(const char* op, const Tensor& x, const Tensor& starts, const Shape& sizes) {
  check_integers(op, starts);
  bool fits = sizes.rank() == x.rank() && starts.shape() == Shape{x.rank()};
  for (int i = 0; fits && i < x.rank(); ++i) fits = sizes[i] >= 0 && sizes[i] <= x.shape(i);
  if (!fits)
    fail(op, fmt::format("a slice of {} at {} starts does not fit into {}.", str(sizes),
                         starts.rank() == 1 ? starts.size() : -1, str(x.layout())));
}
Tensor joined_starts(const char* op, const Tensor& x, const std::vector<Tensor>& starts) {
  std::vector<Tensor> all;
  for (auto& s : starts) {
    check_integers(op, s);
    all.push_back(astype(reshape(s, {}), int64));
  }
  const DeviceScope on(x.device());
  return all.empty() ? zeros({0}, int64) : stack(all);
}

Tensor index_extreme(const char* op, bool largest, const Tensor& x, const Tensor& indices,
                     const Tensor& values, std::int64_t axis) {
  check_integers(op, indices);
  const int a = normalize_axis(op, axis, x.rank());
  const Tensor all = broadcast_to(astype(values, x.dtype()), replaced(x.shape(), a, indices.shape()));
  if (indices.size() == 0) return x;
  const Tensor flat = reshape(all, replaced(x.shape(), a, {indices.size()}));
  const Tensor best = extreme_writers({op, largest, a, x.shape(a)}, flat, ravel(indices));
  const Tensor value = take_along_axis(flat, maximum(best, 0), a);
  return where(best >= 0, largest ? maximum(x, value) : minimum(x, value), x);
}

}  // namespace

Tensor index_set(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis) {
  check_integers("index_set", indices);
  const int a = normalize_axis("index_set", axis, x.rank());
  const Tensor all = broadcast_to(astype(values, x.dtype()), replaced(x.shape(), a, indices.shape()));
  if (indices.size() == 0) return x;
  const Tensor last = last_writers(ravel(indices), x.shape(a));
  const Tensor set = take(reshape(all, replaced(x.shape(), a, {indices.size()})), maximum(last, 0), a);
  return where(along(last >= 0, a, x.rank()), set, x);
}
Tensor index_add(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis) {
  return scatter_add(x, indices, values, axis);
}

Tensor index_max(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis) {
  return index_extreme("index_max", true, x, indices, values, axis);
}
Tensor index_min(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis) {
  return index_extreme("index_min", false, x, indices, values, axis);
}

Tensor slice_set(const Tensor& x, std::initializer_list<Index> at, const Tensor& values) {
  const auto place = detail::place_of("slice_set", x, at);
  return where(ones_at(x, place.steps), placed(x, place, values), x);
}
Tensor slice_set(const Tensor& x, std::initializer_list<Index> at, Scalar value) {
  return where(ones_at(x, detail::place_of("slice_set", x, at).steps), value, x);
}
Tensor slice_add(const Tensor& x, std::initializer_list<Index> at, const Tensor& values) {
  return x + placed(x, detail::place_of("slice_add", x, at), values);
}

Tensor gather_nd(const Tensor& x, const Tensor& indices) {
  const Flat f = flattened("gather_nd", x, indices);
  return take(f.x, f.indices, 0);
}
Tensor scatter_nd_add(const Tensor& x, const Tensor& indices, const Tensor& values) {
  const Flat f = flattened("scatter_nd_add", x, indices);
  return reshape(scatter_add(f.x, f.indices, values, 0), x.shape());
}
Tensor scatter_nd_set(const Tensor& x, const Tensor& indices, const Tensor& values) {
  const Flat f = flattened("scatter_nd_set", x, indices);
  return reshape(index_set(f.x, f.indices, values, 0), x.shape());
}

Tensor dynamic_slice(const Tensor& x, const Tensor& starts, const Shape& sizes) {
  check_slice("dynamic_slice", x, starts, sizes);
  const DeviceScope on(x.device());
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i)
    if (sizes[i] != x.shape(i))
      y = take(y, clamped_start(starts, i, x.shape(i), sizes[i]) + arange(sizes[i]), i);
  return y;
}
Tensor dynamic_slice(const Tensor& x, const std::vector<Tensor>& starts, const Shape& sizes) {
  return dynamic_slice(x, joined_starts("dynamic_slice", x, starts), sizes);
}

// Each element of x is asked whether the update covers it, and by which element.
Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const Tensor& starts) {
  check_slice("dynamic_update_slice", x, starts, update.shape());
  if (update.size() == 0) return x;
  const DeviceScope on(x.device());
  Tensor wide = astype(update, x.dtype()), covered = ones({}, bool_);
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t n = x.shape(i), size = update.shape(i);
    if (n == size) continue;
    const Tensor from = arange(n) - clamped_start(starts, i, n, size);
    wide = take(wide, clip(from, 0, size - 1), i);
    covered = logical_and(covered, along(logical_and(from >= 0, from < size), i, x.rank()));
  }
  return where(covered, wide, x);
}
Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const std::vector<Tensor>& starts) {
  return dynamic_update_slice(x, update, joined_starts("dynamic_update_slice", x, starts));
}

Tensor argwhere(const Tensor& x) {
  if (context.recorder) context.recorder->read("nonzero", x);
  const auto truth = astype(x, bool_).to_vector<std::uint8_t>();
  std::vector<std::int32_t> at;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!truth[i]) continue;
    at.resize(at.size() + static_cast<std::size_t>(x.rank()));
    auto rest = static_cast<std::int64_t>(i);
    for (int a = x.rank(), k = 1; a-- > 0; rest /= x.shape(a), ++k)
      at[at.size() - static_cast<std::size_t>(k)] = static_cast<std::int32_t>(rest % x.shape(a));
  }
  const DeviceScope on(x.device());
  const auto count = std::accumulate(truth.begin(), truth.end(), std::int64_t{0});
  return from_vector(at, {count, x.rank()});
}
std::vector<Tensor> nonzero(const Tensor& x) {
  const Tensor at = argwhere(x);
  std::vector<Tensor> out;
  for (int i = 0; i < x.rank(); ++i) out.push_back(squeeze(slice(at, 1, i, i + 1), {1}));
  return out;
}

}  // namespace ramie
