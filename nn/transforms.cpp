#include <ramie/nn/transforms.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

Leaves::Leaves(const std::vector<Found>& variables, const Filter& wrt)
    : recording_(context.grad_enabled, true) {
  for (auto& f : variables) {
    if (!wrt(f.path, *f.kind)) continue;
    const Tensor value = f.variable->value();
    if (!is_floating(value.dtype()))
      fail("value_and_grad",
           fmt::format("'{}' ({}) is {}: only floating variables have a gradient. Choose others with wrt.",
                       f.path, f.kind->name(), str(value.layout())));
    paths_.push_back(f.path);
    const Tensor leaf = level_.enter(value);
    if (context.anomaly) node(leaf)->noted().label = f.path;  // named in errors
    substitution_.put(f.variable->cell(), leaf);
  }
  if (paths_.empty()) fail("value_and_grad", "the filter takes no variable of the model.");
}

State Leaves::gradients(const Tensor& loss) const {
  std::vector<Tensor> g = level_.gradients("value_and_grad", loss);
  State out;
  for (std::size_t i = 0; i < g.size(); ++i) out.add(paths_[i], std::move(g[i]));
  return out;
}

}  // namespace ramie::nn::detail
