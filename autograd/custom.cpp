#include <ramie/autograd/custom.h>

#include <ramie/tensor/create.h>

namespace ramie::detail {

Tensors pull_through(const Function& f, const Tensors& x, const Tensors& cotangents) {
  Level level;
  const Restore<bool> recording(context.grad_enabled, true);
  Tensors t, wanted, given;
  for (auto& v : x) t.push_back(is_floating(v.dtype()) ? level.enter(zeros_like(v)) : zeros_like(v));
  const Tensors dy = f.push(x, t).second;
  for (std::size_t i = 0; i < dy.size(); ++i) {
    if (!dy[i] || !dy[i].graph()) continue;
    wanted.push_back(dy[i]);
    given.push_back(cotangents.at(i));
  }
  Tensors out(x.size());
  const Tensors g = level.leave(level.gradients(wanted, given));
  for (std::size_t i = 0, k = 0; i < x.size(); ++i)
    if (is_floating(x[i].dtype())) out[i] = g[k++];
  return out;
}

}  // namespace ramie::detail
