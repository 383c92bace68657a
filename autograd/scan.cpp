#include <ramie/autograd/scan.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

template <class F>
Tensors each(const Tensors& xs, const F& f) {
  Tensors out(xs.size());
  std::transform(xs.begin(), xs.end(), out.begin(), f);
  return out;
}

void append_elements(const Tensor& x, Tensors& out) {
  const std::int64_t n = x.shape(0);
  if (n == 1) return out.push_back(squeeze(x, {0}));
  append_elements(slice(x, 0, 0, n / 2), out);
  append_elements(slice(x, 0, n / 2, n), out);
}

// The same place in each of the rows.
Tensors column(const std::vector<Tensors>& rows, std::size_t k) {
  Tensors out;
  for (auto& row : rows) out.push_back(row.at(k));
  return out;
}

Tensors part(const Tensors& xs, std::int64_t start, std::int64_t stop, std::int64_t step = 1) {
  return each(xs, [&](const Tensor& x) { return slice(x, 0, start, stop, step); });
}

// Elements in turn: the even ones, as many as the odd ones or one more.
Tensor interleaved(const Tensor& even, const Tensor& odd) {
  const std::int64_t pairs = odd.shape(0);
  Shape shape = odd.shape();
  shape[0] = 2 * pairs;
  const Tensor joined = reshape(stack({slice(even, 0, 0, pairs), odd}, 1), shape);
  return even.shape(0) == pairs ? joined : concatenate({joined, slice(even, 0, pairs, pairs + 1)});
}

}  // namespace

std::int64_t scan_length(const char* op, const Tensors& xs) {
  if (xs.empty()) fail(op, "there are no tensors to walk along.");
  for (auto& x : xs)
    if (x.rank() == 0 || x.shape(0) != xs[0].shape(0))
      fail(op,
           fmt::format("the first axes differ in length: {} and {}.", str(xs[0].layout()), str(x.layout())));
  return xs[0].shape(0);
}

std::vector<Tensors> unstacked(const Tensors& xs) {
  std::vector<Tensors> columns(xs.size()), rows;
  for (std::size_t k = 0; k < xs.size(); ++k) append_elements(xs[k], columns[k]);
  for (std::size_t t = 0; t < columns[0].size(); ++t) rows.push_back(column(columns, t));
  return rows;
}

Tensors stacked(const std::vector<Tensors>& elements) {
  Tensors out;
  for (std::size_t k = 0; k < elements[0].size(); ++k) out.push_back(stack(column(elements, k)));
  return out;
}

Tensors zeros_like_elements(const Tensors& xs) {
  return each(xs, [](const Tensor& x) {
    Shape shape = x.shape();
    shape.erase(0);
    return zeros(shape, x.dtype()).to(x.device());
  });
}

Tensors stacked_none(const Tensors& element) {
  return each(element, [](const Tensor& y) { return slice(expand_dims(y, 0), 0, 0, 0); });
}

Tensors flipped(const Tensors& xs) {
  return each(xs, [](const Tensor& x) { return flip(x, {0}); });
}

// Neighbours are joined, those are scanned, and the elements between follow from one more joining.
Tensors scan_by_halves(const Join& join, const Tensors& xs) {
  const std::int64_t n = xs[0].shape(0);
  if (n == 1) return xs;
  const Tensors odd = scan_by_halves(join, join(part(xs, 0, n - 1, 2), part(xs, 1, n, 2)));
  Tensors even = part(xs, 0, 1), out;
  if (n > 2) {
    const Tensors later = join(part(odd, 0, (n - 1) / 2), part(xs, 2, n, 2));
    for (std::size_t k = 0; k < xs.size(); ++k) even[k] = concatenate({even[k], later[k]});
  }
  for (std::size_t k = 0; k < xs.size(); ++k) out.push_back(interleaved(even[k], odd[k]));
  return out;
}

}  // namespace ramie::detail
