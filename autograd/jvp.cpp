#include <ramie/autograd/jvp.h>

#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {

std::vector<Tensor> enter_duals(std::uint64_t level, const std::vector<Tensor>& x,
                                const std::vector<Tensor>& tangents) {
  if (x.size() != tangents.size())
    fail("jvp", fmt::format("there are {} tangents for {} primals.", tangents.size(), x.size()));
  std::vector<Tensor> out = x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Tensor& t = tangents[i];
    if (!t || !x[i] || !is_floating(x[i].dtype())) continue;
    if (!t.layout().same(x[i].layout()) || t.device() != x[i].device())
      fail("jvp", fmt::format("the tangent of primal {} is {} on {}, but the primal is {} on {}.", i,
                              str(t.layout()), str(t.device()), str(x[i].layout()), str(x[i].device())));
    out[i] = make_dual(level, x[i], t);
  }
  return out;
}

Tensor tangent_of(std::uint64_t level, const Tensor& y) {
  if (!y || !is_floating(y.dtype())) return {};
  const Tensor below = outside_of(y, level);
  const Dual* d = as_dual(below, level);
  return d ? d->tangent : zeros_like(below);
}

Tensor primal_of(std::uint64_t level, const Tensor& y) {
  if (!y) return y;
  const Tensor below = outside_of(y, level);
  const Dual* d = as_dual(below, level);
  return d ? d->primal : below;
}

}  // namespace ramie::detail
