#include <ramie/nn/variable.h>

#include <algorithm>
#include <exception>

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
  if (substitution) [[unlikely]]
    substitution->before_store(cell_);
  set(cell_, std::move(value));
}

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
