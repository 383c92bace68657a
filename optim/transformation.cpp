#include <ramie/optim/transformation.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/optim/detail/group.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

using Part = GradientTransformation::Part;

State init_part(const Part& part, const State& params) {
  if (auto* general = std::get_if<General>(&part)) return general->init(params);
  const auto& elementwise = std::get<Elementwise>(part);
  State out = elementwise.counters;
  for (auto& name : elementwise.states)
    for (auto& [path, value] : params) out.add(name + "." + path, zeros_like(value));
  return out;
}

// The state of each part under its own paths; the values return to the whole state at the end, also after an exception.
class PartStates {
 public:
  PartStates(State& whole, std::size_t parts) : whole_(whole), parts_(parts) {
    for (auto& [path, value] : whole) {
      const std::size_t dot = path.find('.'), part = std::stoul(path);
      if (dot == path.npos || part >= parts) fail("update", fmt::format("the state's '{}' is of no part of the chain.", path));
      parts_[part].add(path.substr(dot + 1), std::move(value));
    }
  }
  ~PartStates() {
    auto whole = whole_.begin();
    for (auto& part : parts_)
      for (auto& [path, value] : part) (whole++)->second = std::move(value);
  }
  PartStates(const PartStates&) = delete;
  PartStates& operator=(const PartStates&) = delete;
  State& operator[](std::size_t i) { return parts_[i]; }

 private:
  State& whole_;
  std::vector<State> parts_;
};

void check_match(const State& updates, const State& params) {
  if (updates.size() != params.size())
    fail("update", fmt::format("{} gradients for {} parameters: take both with the same filter.", updates.size(), params.size()));
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& [path, g] = updates[i];
    const auto& [wanted, p] = params[i];
    if (path != wanted || !g.layout().same(p.layout()))
      fail("update", fmt::format("gradient {} is '{}' {}, but the parameter is '{}' {}.", i, path, str(g.layout()), wanted,
                                 str(p.layout())));
  }
}

}  // namespace

State GradientTransformation::init(const State& params) const {
  State out;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    for (auto& [path, value] : init_part(parts_[i], params)) out.add(fmt::format("{}.{}", i, path), value);
  return out;
}

void GradientTransformation::run(State& updates, State& state, State& params, bool apply) const {
  check_match(updates, params);
  PartStates states(state, parts_.size());
  detail::Group group(updates, params);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (auto* part = std::get_if<Elementwise>(&parts_[i])) {
      if (part->reads_updates) group.flush();
      group.add(*part, states[i]);
    } else {
      group.flush();
      updates = std::get<General>(parts_[i]).update(std::move(updates), states[i], params);
    }
  }
  if (apply) group.apply();
  else group.flush();
}

State GradientTransformation::update(State updates, State& state, const State& params) const {
  State same = params;
  run(updates, state, same, false);
  return updates;
}
void GradientTransformation::apply(State grads, State& state, State& params) const { run(grads, state, params, true); }

GradientTransformation chain(const std::vector<GradientTransformation>& transformations) {
  std::vector<Part> parts;
  for (auto& t : transformations) parts.insert(parts.end(), t.parts().begin(), t.parts().end());
  return GradientTransformation(std::move(parts));
}

}  // namespace ramie::optim
