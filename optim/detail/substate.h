// The states of inner transformations, kept in an outer one's under a prefix: "inner.0.mu.kernel".
#pragma once

#include <string>
#include <string_view>

#include <ramie/optim/transformation.h>

namespace ramie::optim::detail {

inline void add_all(State& to, const std::string& prefix, const State& from) {
  for (auto& [path, value] : from) to.add(prefix + path, value);
}
// What lies under the prefix, which is taken off the paths. The values are moved out.
inline State take(State& from, std::string_view prefix) {
  State out;
  for (auto& [path, value] : from)
    if (path.starts_with(prefix)) out.add(path.substr(prefix.size()), std::move(value));
  return out;
}
// Puts what take() gave back to its places, which are in the same order.
inline void put(State& to, std::string_view prefix, State values) {
  auto next = values.begin();
  for (auto& [path, value] : to)
    if (path.starts_with(prefix)) value = std::move(next++->second);
}

// condition ? a : b, of one path after the other.
State choose(const Tensor& condition, const State& a, const State& b);

}  // namespace ramie::optim::detail
