#include <ramie/optim/detail/group.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/error.h>

namespace ramie::optim::detail {

void Group::add(const Elementwise& part, std::span<State::Entry> state) {
  if (part.scalars) {
    NoGrad guard;
    const bool wide =
        std::any_of(updates_.begin(), updates_.end(), [](auto& e) { return e.second.dtype() == float64; });
    const auto counters = state.first(part.counters.size());
    for (auto& t : part.scalars({counters, updates_, wide ? float64 : float32, extra_}))
      scalars_.push_back(t);
  }
  members_.push_back({&part, state});
}

void Group::flush() {
  if (!members_.empty()) run(false);
}
void Group::apply() { run(true); }

kernels::Update Group::kernel(bool apply) const {
  kernels::Update k{{}, updates_.size(), apply};
  k.stages.reserve(members_.size());
  for (auto& m : members_) k.stages.push_back(m.part->stage);
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (const Mask& mask = members_[i].part->mask) skip(k.skipped, i, mask);
  if (k.states() > kernels::max_states)
    fail("chain",
         fmt::format("{} states for each parameter in a row of elementwise transformations: at most {}.",
                     k.states(), kernels::max_states));
  return k;
}

// The parameters that the mask does not take leave stage i out.
void Group::skip(std::vector<std::uint32_t>& skipped, std::size_t i, const Mask& mask) const {
  skipped.resize(updates_.size());
  for (std::size_t p = 0; p < updates_.size(); ++p)
    if (i < kernels::max_stages && !mask(params_[p].first, params_[p].second)) skipped[p] |= 1u << i;
}

void Group::make_dense() {
  for (std::size_t p = 0; p < updates_.size(); ++p) {
    const auto dense = [](Tensor& t) {
      if (!t.layout().dense) t = contiguous(t);
    };
    dense(updates_[p].second);
    dense(params_[p].second);
    for_each_state(p, dense);
  }
}

// Moved out, so that what nobody else holds may be overwritten. Reserved before, so that nothing throws half
// way.
std::vector<Tensor> Group::take_inputs(std::size_t width) {
  std::vector<Tensor> x;
  x.reserve(scalars_.size() + updates_.size() * width);
  x = scalars_;
  for (std::size_t p = 0; p < updates_.size(); ++p) {
    x.push_back(std::move(updates_[p].second));
    x.push_back(std::move(params_[p].second));
    for_each_state(p, [&](Tensor& t) { x.push_back(std::move(t)); });
  }
  return x;
}

void Group::put_back(std::vector<Tensor>& x) {
  auto next = x.begin() + static_cast<std::ptrdiff_t>(scalars_.size());
  for (std::size_t p = 0; p < updates_.size(); ++p) {
    updates_[p].second = std::move(*next++);
    params_[p].second = std::move(*next++);
    for_each_state(p, [&](Tensor& t) { t = std::move(*next++); });
  }
}

void Group::run(bool apply) {
  const kernels::Update k = kernel(apply);
  make_dense();
  const State kept = apply ? State() : params_;  // an update leaves the parameters as they are
  std::vector<Tensor> x = take_inputs(2 + static_cast<std::size_t>(k.states())), y;
  try {
    y = launch_all(k, std::move(x));
  } catch (...) {
    put_back(x);
    throw;
  }
  auto next = y.begin();
  for (std::size_t p = 0; p < updates_.size(); ++p) {
    (apply ? params_ : updates_)[p].second = std::move(*next++);
    if (!apply) params_[p].second = kept[p].second;
    for_each_state(p, [&](Tensor& t) { t = std::move(*next++); });
  }
  members_.clear();
  scalars_.clear();
}

}  // namespace ramie::optim::detail
