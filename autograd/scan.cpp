#include <ramie/autograd/scan.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

void append_elements(const Tensor& x, std::vector<Tensor>& out) {
  const std::int64_t n = x.shape(0);
  if (n == 1) return out.push_back(squeeze(x, {0}));
  append_elements(slice(x, 0, 0, n / 2), out);
  append_elements(slice(x, 0, n / 2, n), out);
}

}  // namespace

std::int64_t scan_length(const char* op, const std::vector<Tensor>& xs) {
  if (xs.empty()) fail(op, "there are no tensors to walk along.");
  for (auto& x : xs)
    if (x.rank() == 0 || x.shape(0) != xs[0].shape(0))
      fail(op,
           fmt::format("the first axes differ in length: {} and {}.", str(xs[0].layout()), str(x.layout())));
  if (xs[0].shape(0) == 0)
    fail(op, fmt::format("{} has no elements along axis 0: there is nothing to stack.", str(xs[0].layout())));
  return xs[0].shape(0);
}

std::vector<Tensor> unstack(const Tensor& x) {
  std::vector<Tensor> out;
  append_elements(x, out);
  return out;
}

Tensor every(const Tensor& x, std::int64_t start, std::int64_t stop, std::int64_t step) {
  return slice(x, 0, start, stop, step);
}

Tensor interleaved(const Tensor& even, const Tensor& odd) {
  const std::int64_t pairs = odd.shape(0);
  Shape shape = even.shape();
  shape[0] = 2 * pairs;
  const Tensor joined = reshape(stack({slice(even, 0, 0, pairs), odd}, 1), shape);
  return even.shape(0) == pairs ? joined : concatenate({joined, slice(even, 0, pairs, pairs + 1)});
}

}  // namespace ramie::detail
