#include <ramie/nn/track.h>

#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

void track(const std::vector<Found>& variables, const Filter& filter) {
  bool any = false;
  for (auto& f : variables) {
    if (!filter(f.path, *f.kind)) continue;
    f.variable->track(f.path);
    any = true;
  }
  if (!any) fail("track", "the filter takes no variable of the model.");
}

void untrack(const std::vector<Found>& variables, const Filter& filter) {
  for (auto& f : variables)
    if (filter(f.path, *f.kind)) f.variable->untrack();
}

void zero_grad(const std::vector<Found>& variables) {
  bool any = false;
  for (auto& f : variables) {
    if (!f.variable->tracked()) continue;
    set(f.variable->gradient_cell(), Tensor());
    any = true;
  }
  if (!any) fail("zero_grad", "no variable of the model is tracked: call nn::track(model) once, before.");
}

State gradients(const char* op, const std::vector<Found>& variables, const Filter& filter) {
  State out;
  bool reached = false;
  for (auto& f : variables) {
    if (!filter(f.path, *f.kind)) continue;
    if (!f.variable->tracked())
      fail(op, fmt::format("'{}' is not tracked, so it has no gradient: call nn::track(model) before the "
                           "forward pass, or leave it out of the optimizer (wrt).",
                           f.path));
    const Tensor gradient = f.variable->grad();
    reached = reached || gradient;
    out.add(f.path, gradient ? gradient : zeros_like(get(f.variable->cell())));
  }
  if (!reached)
    fail(op,
         "there are no gradients: call backward(loss) first, and not under no_grad. (Are the variables "
         "tracked, nn::track(model)?)");
  return out;
}

}  // namespace ramie::nn::detail
