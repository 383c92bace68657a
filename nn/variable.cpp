#include <ramie/nn/variable.h>

#include <algorithm>

namespace ramie {
namespace {

constinit thread_local nn::detail::Substitution* substitution = nullptr;

}  // namespace

Tensor VariableBase::value() const {
  if (substitution) [[unlikely]]
    if (auto* leaf = substitution->find(cell_.get())) return *leaf;
  return get(cell_);
}

void VariableBase::store(Tensor value) const {
  if (substitution) [[unlikely]] substitution->forget(cell_.get());
  set(cell_, std::move(value));
}

namespace nn::detail {

Substitution::Substitution() : around_(std::exchange(substitution, this)) {}
Substitution::~Substitution() { substitution = around_; }

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

void Substitution::forget(const Cell* cell) {
  std::erase_if(leaves_, [&](const auto& entry) { return entry.first == cell; });
  if (around_) around_->forget(cell);
}

}  // namespace nn::detail
}  // namespace ramie
