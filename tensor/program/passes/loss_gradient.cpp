#include <memory>
#include <unordered_map>

#include <ramie/tensor/ops/cross_entropy.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

using kernels::CrossEntropy, kernels::CrossEntropyBackward, kernels::CrossEntropyWithGradient;

// The loss and its gradient in the place of the loss.
Program::Step joined(const Program::Step& loss, const Program::Step& gradient) {
  using K = CrossEntropyWithGradient;
  return {{K::name,
           &detail::kernel_type<K>(),
           std::make_shared<K>(),
           detail::run_views<K, 2, 3>,
           loss.launch.device,
           std::max(loss.launch.workspace, gradient.launch.workspace),
           {}},
          {loss.out[0], gradient.out[0]},
          gradient.in};
}

}  // namespace

// The gradient of a cross-entropy whose cotangent is known before the loss, as that of a mean is: both look
// at the same rows, so one step does both.
void loss_gradient(Program& p) {
  const std::vector<int> writers = find_writers(p);
  std::unordered_map<std::uint32_t, std::size_t> losses;  // by their logits
  std::vector<bool> gone(p.steps.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    auto& step = p.steps[i];
    if (*step.launch.type->id == typeid(CrossEntropy)) losses[step.in[0].buffer] = i;
    if (*step.launch.type->id != typeid(CrossEntropyBackward)) continue;
    const auto at = losses.find(step.in[1].buffer);
    if (at == losses.end() || writers[step.in[0].buffer] >= static_cast<int>(at->second)) continue;
    auto& loss = p.steps[at->second];
    if (!same(loss.in[0], step.in[1]) || !same(loss.in[1], step.in[2])) continue;
    loss = joined(loss, step);
    gone[i] = true;
    losses.erase(at);
  }
  remove_steps(p, gone);
}

}  // namespace ramie::passes
