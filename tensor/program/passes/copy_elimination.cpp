#include <ramie/tensor/ops/cast.h>
#include <ramie/tensor/ops/copy.h>
#include <ramie/tensor/ops/reduce.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

// A step that only copies: its output holds its input's elements in their order.
bool copies(const Program::Step& step) {
  const auto& id = *step.launch.type->id;
  if (id == typeid(kernels::Copy)) return true;
  if (step.in.empty()) return false;
  const Layout &x = step.in[0].layout, &y = step.out[0].layout;
  if (id == typeid(kernels::Reduce)) return x.dense && x.size == y.size && x.dtype == y.dtype;  // of one each
  return id == typeid(kernels::Cast) && x.dtype == y.dtype;
}

// Buffers whose readers all take any strides and look at the buffer as it was written, so that they may look
// at a view of the same shape instead.
std::vector<bool> find_exchangeable(const Program& p) {
  const std::vector<bool> kept = find_kept(p);
  std::vector<bool> exchangeable(p.buffers.size());
  std::vector<const Layout*> written(p.buffers.size());
  for (auto& step : p.steps) {
    for (auto& o : step.in)
      if (o.buffer != Program::none && written[o.buffer])
        exchangeable[o.buffer] = exchangeable[o.buffer] && step.launch.type->any_strides && o.offset == 0 &&
                                 o.layout == *written[o.buffer];
    for (auto& o : step.out) {
      exchangeable[o.buffer] = !kept[o.buffer];
      written[o.buffer] = &o.layout;
    }
  }
  return exchangeable;
}

}  // namespace

// A dense original serves as well as its copy, one with gaps serves readers that take any strides.
void copy_elimination(Program& p) {
  const std::vector<bool> exchangeable = find_exchangeable(p);
  Replacements originals(p.buffers.size());
  std::vector<const Layout*> seen_as(p.buffers.size());
  std::vector<bool> gone(p.steps.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    auto& step = p.steps[i];
    for (auto& o : step.in) {
      if (o.buffer != Program::none && seen_as[o.buffer]) o.layout = *seen_as[o.buffer];
      o = originals.follow(o);
    }
    if (!copies(step)) continue;
    const auto &from = step.in[0], &copy = step.out[0];
    gone[i] = from.layout.dense || exchangeable[copy.buffer];
    if (!gone[i]) continue;
    originals.add(copy.buffer, from);
    if (!from.layout.dense) seen_as[copy.buffer] = &from.layout;
  }
  originals.apply(p);
  remove_steps(p, gone);
}

}  // namespace ramie::passes
