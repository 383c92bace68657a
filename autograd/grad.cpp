#include <ramie/autograd/grad.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/error.h>

namespace ramie::detail {

Tensor enter(const Tensor& x, bool outside) {
  if (!is_floating(x.dtype()))
    fail("grad", fmt::format("an argument is {}: only floating tensors have a gradient. Use argnums to choose others, "
                             "or astype.", str(x.layout())));
  Tensor leaf = x.alias(x.layout());
  leaf.attach(make_node<Leaf>(outside ? x : leaf, false));
  return leaf;
}

// The oldest node below y tells whether y reaches beyond this transform's leaves.
bool Level::nested(const Tensor& y) const {
  if (!outside || !y.graph()) return false;
  std::uint64_t first = ~std::uint64_t{0};
  for (auto& x : leaves) first = std::min(first, node(x)->time);
  return node(y)->oldest < first;
}

std::vector<Tensor> Level::gradients(const char* op, const Tensor& y) const {
  if (!y || y.size() != 1 || !is_floating(y.dtype()))
    fail(op, fmt::format("the function's value is {}: it must be one floating number. Reduce it (sum, mean), or use vjp.",
                         y ? str(y.layout()) : "undefined"));
  return ramie::gradients(y, leaves, {.create_graph = nested(y)});
}

}  // namespace ramie::detail
