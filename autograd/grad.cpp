#include <ramie/autograd/grad.h>

#include <fmt/format.h>

#include <atomic>

#include <ramie/tensor/error.h>

namespace ramie::detail {

std::uint64_t Level::next() {
  static std::atomic<std::uint64_t> levels = 0;
  return levels.fetch_add(1, std::memory_order_relaxed) + 1;
}

Tensor Level::enter(const Tensor& x) {
  if (!is_floating(x.dtype()))
    fail(
        "grad",
        fmt::format("an argument is {}: only floating tensors have a gradient. Use argnums to choose others, "
                    "or astype.",
                    str(x.layout())));
  Tensor leaf = x.alias(x.layout());
  leaf.attach(make_node<Leaf>(x.layout(), number_, outside_ ? node(x) : nullptr));
  leaves_.push_back(leaf);
  return leaf;
}

std::vector<Tensor> Level::gradients(const char* op, const Tensor& y) const {
  if (!y || y.size() != 1 || !is_floating(y.dtype()))
    fail(op,
         fmt::format(
             "the function's value is {}: it must be one floating number. Reduce it (sum, mean), or use vjp.",
             y ? str(y.layout()) : "undefined"));
  return ramie::gradients(y, leaves_, {.create_graph = nested(y)});
}

std::vector<Tensor> Level::gradients(const Tensor& y, const Tensor& cotangent) const {
  const bool record = context.grad_enabled && (nested(y) || cotangent.graph());
  return ramie::gradients(y, leaves_, cotangent, {.retain_graph = true, .create_graph = record});
}

}  // namespace ramie::detail
