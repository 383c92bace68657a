#include <ramie/nn/state.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include <ramie/tensor/error.h>

namespace ramie::nn {

const Tensor* State::find(std::string_view path) const {
  auto at = std::find_if(begin(), end(), [&](const Entry& e) { return e.first == path; });
  return at == end() ? nullptr : &at->second;
}

const Tensor& State::at(std::string_view path) const {
  if (auto* value = find(path)) return *value;
  std::string paths;
  for (auto& [name, value] : entries_) paths += (paths.empty() ? "" : ", ") + name;
  fail("state", fmt::format("there is no '{}'; there are: {}.", path, paths));
}

Device device_of(const State& state) { return state.empty() ? default_device() : state[0].second.device(); }

std::ostream& operator<<(std::ostream& out, const State& state) {
  for (auto& [path, value] : state) out << path << ": " << (value ? str(value.layout()) : "empty") << "\n";
  return out;
}

Filter path_contains(std::string text) {
  return [text](std::string_view path, const VariableKind&) { return path.find(text) != path.npos; };
}
Filter any_of(std::vector<Filter> filters) {
  return [filters](std::string_view path, const VariableKind& kind) {
    return std::any_of(filters.begin(), filters.end(), [&](const Filter& f) { return f(path, kind); });
  };
}
Filter all_of(std::vector<Filter> filters) {
  return [filters](std::string_view path, const VariableKind& kind) {
    return std::all_of(filters.begin(), filters.end(), [&](const Filter& f) { return f(path, kind); });
  };
}
Filter not_(Filter filter) {
  return [filter](std::string_view path, const VariableKind& kind) { return !filter(path, kind); };
}

namespace detail {

void Collector::variable(std::string_view name, VariableBase& variable, const VariableKind& kind) {
  enter(name, "");
  found.push_back({path_, &variable, &kind});
  leave();
}
void Collector::enter(std::string_view name, std::string_view) {
  lengths_.push_back(path_.size());
  if (!path_.empty() && !name.empty()) path_ += '.';
  path_ += name;
}
void Collector::leave() {
  path_.resize(lengths_.back());
  lengths_.pop_back();
}

std::vector<Found> distinct(std::vector<Found> all) {
  std::vector<const Cell*> seen;  // sorted
  std::erase_if(all, [&](const Found& f) {
    const Cell* cell = f.variable->cell().get();
    const auto at = std::lower_bound(seen.begin(), seen.end(), cell, std::less());
    if (at != seen.end() && *at == cell) return true;
    seen.insert(at, cell);
    return false;
  });
  return all;
}

State state(const std::vector<Found>& variables, const Filter& filter) {
  State out;
  for (auto& f : variables)
    if (filter(f.path, *f.kind)) out.add(f.path, f.variable->value());
  return out;
}

namespace {

void check_fits(const Found& f, const Tensor& value) {
  const Tensor& before = f.variable->cell()->value;
  if (before && value && before.shape() != value.shape())
    fail("update", fmt::format("'{}' is {}, but the new value is {}.", f.path, str(before.layout()),
                               str(value.layout())));
}

}  // namespace

void update(const std::vector<Found>& variables, const State& state) {
  std::map<std::string_view, const Found*> by_path;
  for (auto& f : variables) by_path.emplace(f.path, &f);
  for (auto& [path, value] : state) {
    auto at = by_path.find(path);
    if (at == by_path.end()) fail("update", fmt::format("the model has no variable '{}'.", path));
    check_fits(*at->second, value);
  }
  for (auto& [path, value] : state) by_path[path]->variable->store(value);
}

void hollow(const std::vector<Found>& variables) {
  std::map<const Cell*, VariableBase> fresh;
  std::vector<std::shared_ptr<Cell>> keep;  // so that no address comes twice meanwhile
  for (auto& f : variables) {
    keep.push_back(f.variable->cell());
    f.variable->rebind(fresh[f.variable->cell().get()]);
  }
}

std::vector<State> split(const std::vector<Found>& variables, const std::vector<Filter>& filters) {
  std::vector<State> parts(filters.size());
  for (auto& f : variables) {
    auto takes = std::find_if(filters.begin(), filters.end(),
                              [&](const Filter& filter) { return filter(f.path, *f.kind); });
    if (takes == filters.end())
      fail("split", fmt::format("no filter takes the variable '{}' ({}): add nn::rest as the last one.",
                                f.path, f.kind->name()));
    parts[static_cast<std::size_t>(takes - filters.begin())].add(f.path, f.variable->value());
  }
  return parts;
}

void check_complete(const std::vector<Found>& variables) {
  for (auto& f : variables)
    if (!*f.variable)
      fail("merge", fmt::format("no state gives a value for '{}' ({}).", f.path, f.kind->name()));
}

}  // namespace detail
}  // namespace ramie::nn
