#include <ramie/tensor/tensor.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>
#include <ramie/tensor/launch.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/pool.h>
#endif

namespace ramie {

void Storage::destroy() {
  if (serial && context.recorder) [[unlikely]]
    context.recorder->forget(*this);
  const int c = size_class;
#if RAMIE_CUDA
  if (block && !original) gpu::release(block);
#endif
  this->~Storage();
  detail::pool_give(c, this);
}

namespace {
Ref<Storage> storage_on(Device device, std::size_t bytes) {
#if RAMIE_CUDA
  if (device.kind == DeviceKind::cuda) return Storage::make(bytes, device);
#endif
  if (device != cpu()) require_available(device);
  return Storage::make(bytes);
}
}  // namespace

Tensor Tensor::empty(const Layout& layout, Device device) {
  Ref<Storage> s = storage_on(device, layout.bytes());
  std::byte* data = s->data;
  return Tensor(std::move(s), data, layout, device);
}

#if RAMIE_CUDA
Tensor Tensor::empty_pinned(const Layout& layout) {
  Ref<Storage> s = Storage::make_pinned(layout.bytes());
  std::byte* data = s->data;
  return Tensor(std::move(s), data, layout, cpu());
}
#endif

Tensor Tensor::alias(const Layout& layout, std::int64_t offset) const {
  const auto bytes = offset * static_cast<std::int64_t>(size_of(dtype()));
  return Tensor(impl_->storage, impl_->data + bytes, layout, impl_->device);
}

Tensor Tensor::renamed() const {
  const Layout& l = layout();
  return Tensor(Storage::rename(impl_->storage), impl_->data, l, impl_->device);
}

std::int64_t Tensor::shape(int axis) const { return shape()[normalize_axis("shape", axis, rank())]; }

Tensor Tensor::abstract(const Layout& layout, Device device) {
  return Tensor(Ref<Storage>(), nullptr, layout, device);
}

Tensor Tensor::without_graph() const { return graph()->traced ? graph()->detached() : alias(layout()); }

// Destruction is a loop, whatever the nodes hold: one that dies while another is destroyed waits in the list,
// so that a chain of a million ops does not overflow the stack.
void Graph::destroy() {
  next_dead = std::exchange(context.dead, this);
  if (std::exchange(context.destroying, true)) return;
  while (Graph* d = context.dead) {
    context.dead = d->next_dead;
    const int c = d->size_class;
    d->~Graph();
    detail::pool_give(c, d);
  }
  context.destroying = false;
}

namespace detail {
Tensor storable(const Tensor& x) {
  Tensor plain = x.detach();
  if (plain.graph())
    fail("variable", fmt::format("{} is one of a batch under vmap: a variable cannot keep it. Return it from "
                                 "the vmapped function instead.",
                                 str(x.layout())));
  return plain;
}
}  // namespace detail

void Tensor::no_bytes(const char* what) const {
  fail(what,
       fmt::format("{} is one of a batch under vmap and has no bytes of its own. Use ops, such as where "
                   "instead of an if, or move this out of the vmapped function.",
                   str(layout())));
}

void Tensor::undefined() {
  fail("tensor", "an undefined Tensor was used: it was never assigned, or was moved from.");
}

Tensor Tensor::readable(const char* what) const {
  if (impl_ && !impl_->data) no_bytes(what);
  if (context.recorder) [[unlikely]]
    context.recorder->read(what, *this);
  if (std::string_view(what) == "item" && size() != 1)
    fail(what, fmt::format("{} has {} elements, not one: use to_vector, or reduce it first.", str(layout()),
                           size()));
  return transfer(*this, cpu());
}

void Tensor::check_data(const char* what, DType wanted) const {
  if (impl_ && !impl_->data) no_bytes(what);
  if (context.recorder) [[unlikely]]
    context.recorder->read(what, *this);
  if (std::string_view(what) == "mutable_data" && !donatable())
    fail(what,
         "a tensor may be filled only while it is fresh, dense and held once: tensors are immutable values.");
  if (dtype() != wanted)
    fail("data", fmt::format("{} holds no {}: use astype.", str(layout()), name(wanted)));
  if (!layout().dense)
    fail("data", fmt::format("a view of {} is not dense: use contiguous(x).", str(layout())));
  if (device() != cpu())
    fail("data", fmt::format("{} is on {}: use x.to(cpu()).", str(layout()), str(device())));
}

void check_count(std::size_t values, const Shape& shape) {
  if (static_cast<std::int64_t>(values) != shape.size())
    fail("tensor", fmt::format("{} values do not fill shape {}.", values, str(shape)));
}

}  // namespace ramie
