#include <ramie/nn/variable.h>

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include <ramie/autograd/node.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

constinit thread_local nn::detail::Substitution* substitution = nullptr;

Node& node_of(const Ref<Graph>& leaf) { return static_cast<Node&>(*leaf); }

Ref<Graph> make_leaf(const Tensor& value, std::string label) {
  auto leaf = make_node<Leaf>(value.layout());
  leaf->device = value.device();
  leaf->noted().label = std::move(label);
  return leaf;
}

Tensor with_leaf(const Tensor& value, const Ref<Graph>& leaf) {
  Tensor x = value.alias(value.layout());
  if (detail::keep_values) detail::keep_value(node_of(leaf), x);
  x.attach(leaf);
  return x;
}

// A gradient of another shape, or on another device, is none of the new value's.
void renew_leaf(Ref<Graph>& leaf, const Tensor& value) {
  const Node& n = node_of(leaf);
  if (value && !(n.layout.same(value.layout()) && n.device == value.device()))
    leaf = make_leaf(value, n.notes->label);
}

}  // namespace

// Inside a value_and_grad, what it does not differentiate by is a constant.
Tensor VariableBase::value() const {
  if (substitution) [[unlikely]] {
    auto* leaf = substitution->find(cell_.get());
    return leaf ? *leaf : get(cell_);
  }
  const Tensor& value = get(cell_);
  if (tracked() && context.grad_enabled && value) [[unlikely]]
    return with_leaf(value, tracking().leaf);
  return value;
}

void VariableBase::store(Tensor value) const {
  if (substitution) [[unlikely]]
    substitution->before_store(cell_);
  if (tracked()) [[unlikely]]
    renew_leaf(tracking().leaf, value);
  set(cell_, std::move(value));
}

void VariableBase::track(std::string_view label) const {
  const Tensor& value = get(cell_);
  if (!value || !is_floating(value.dtype()))
    fail("track", fmt::format("'{}' is {}: only floating variables have a gradient. Choose others with the "
                              "filter.",
                              label, value ? str(value.layout()) : "empty"));
  if (!tracked()) tracking().leaf = make_leaf(value, std::string(label));
}
void VariableBase::untrack() const { tracking().leaf = Ref<Graph>(); }

const std::shared_ptr<Cell>& VariableBase::gradient_cell() const {
  if (!tracked()) fail("grad", "the variable is not tracked: call nn::track(model) before the forward pass.");
  return node_of(tracking().leaf).slot;
}
Tensor VariableBase::grad() const { return get(gradient_cell()); }

namespace nn::detail {

Substitution::Substitution()
    : exceptions_(std::uncaught_exceptions()),
      around_(std::exchange(substitution, this)),
      inline_jit_(context.jit_disabled, true) {}
Substitution::~Substitution() {
  substitution = around_;
  if (std::uncaught_exceptions() > exceptions_)
    for (auto& [cell, value] : before_) set(cell, std::move(value));
}

void Substitution::put(const std::shared_ptr<Cell>& cell, Tensor leaf) {
  auto at = std::lower_bound(leaves_.begin(), leaves_.end(), cell.get(),
                             [](const auto& entry, const Cell* c) { return entry.first < c; });
  leaves_.insert(at, {cell.get(), std::move(leaf)});
}

const Tensor* Substitution::find(const Cell* cell) const {
  auto at = std::lower_bound(leaves_.begin(), leaves_.end(), cell,
                             [](const auto& entry, const Cell* c) { return entry.first < c; });
  if (at != leaves_.end() && at->first == cell) return &at->second;
  return around_ ? around_->find(cell) : nullptr;
}

void Substitution::before_store(const std::shared_ptr<Cell>& cell) {
  std::erase_if(leaves_, [&](const auto& entry) { return entry.first == cell.get(); });
  if (std::none_of(before_.begin(), before_.end(), [&](const auto& entry) { return entry.first == cell; }))
    before_.emplace_back(cell, get(cell));
  if (around_) around_->before_store(cell);
}

}  // namespace nn::detail
}  // namespace ramie
