#include <ramie/autograd/vmap.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

Tensor move_axis(const Tensor& x, int from, int to) {
  if (from == to) return x;
  Shape order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != from) order.push_back(i);
  order.insert(to, from);
  return transpose(x, order);
}

}  // namespace

BatchAxis BatchLevel::axis(std::size_t argument) const {
  return axes_.size() == 1 ? axes_[0] : axes_.at(argument);
}

void BatchLevel::check_out_axes(std::size_t axes, std::size_t results) {
  if (axes != results) fail("vmap", fmt::format("out_axes has {} entries for {} results.", axes, results));
}

void BatchLevel::measure(std::size_t argument, const Tensor& x) {
  if (axes_.size() != 1 && argument >= axes_.size()) return;  // check() says it
  const BatchAxis a = axis(argument);
  if (!a) return;
  if (x.rank() == 0)
    fail("vmap", fmt::format("argument {} is {}: it has no axis to map over. Give not_mapped for it.",
                             argument, str(x.layout())));
  const std::int64_t length = x.shape(normalize_axis("vmap", *a, x.rank()));
  if (!size_) size_ = length, first_ = argument;
  if (*size_ != length)
    fail("vmap", fmt::format("argument {} ({}) has length {} along axis {}, but argument {} has {}: all "
                             "mapped axes must be as long.",
                             argument, str(x.layout()), length, *a, first_, *size_));
}

void BatchLevel::check(std::size_t arguments) const {
  if (axes_.size() != 1 && axes_.size() != arguments)
    fail("vmap", fmt::format("in_axes has {} entries for {} arguments.", axes_.size(), arguments));
  if (!size_) fail("vmap", "no argument is mapped: give at least one of them an axis.");
}

Tensor BatchLevel::enter(std::size_t argument, const Tensor& x) const {
  const BatchAxis a = axis(argument);
  return a ? make_batched(number_, move_axis(x, normalize_axis("vmap", *a, x.rank()), 0)) : x;
}

Tensor BatchLevel::leave(const Tensor& y, std::int64_t out_axis) const {
  const Tensor below = outside_of(y, number_);
  const int to = normalize_axis("vmap", out_axis, y.rank() + 1);
  if (const Batched* b = as_batched(below, number_)) return move_axis(b->values, 0, to);
  Shape shape = below.shape();
  shape.insert(0, *size_);
  return move_axis(broadcast_to(below, shape), 0, to);
}

}  // namespace ramie::detail
