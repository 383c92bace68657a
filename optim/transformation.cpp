#include <ramie/optim/transformation.h>

#include <fmt/format.h>

#include <exception>

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
  for (auto& [path, value] : out) value = value.to(device_of(params));
  for (auto& name : elementwise.states)
    for (auto& [path, value] : params) out.add(name + "." + path, zeros_like(value));
  return out;
}

// The state of each part under its own paths; the values return to the whole state at the end. After an
// exception those that were kept return as they were then.
class PartStates {
 public:
  PartStates(State& whole, std::size_t parts) : whole_(whole), parts_(parts), kept_(parts) {
    for (std::size_t part = 0, i = 0; i < whole.size(); ++i) {
      const auto& path = whole[i].first;
      while (part < parts && !path.starts_with(fmt::format("{}.", part))) ++part;
      if (part == parts)
        fail("update",
             fmt::format("the state's '{}' is not of this transformation: use its init(params).", path));
      parts_[part].add(path.substr(path.find('.') + 1), whole[i].second);
    }
    for (auto& [path, value] : whole) value = Tensor();  // so that the parts hold them alone
  }
  ~PartStates() {
    const bool failed = std::uncaught_exceptions() > exceptions_;
    auto whole = whole_.begin();
    for (std::size_t part = 0; part < parts_.size(); ++part)
      for (std::size_t i = 0; i < parts_[part].size(); ++i) {
        const bool back = failed && i < kept_[part].size();
        (whole++)->second = std::move((back ? kept_ : parts_)[part][i].second);
      }
  }
  PartStates(const PartStates&) = delete;
  PartStates& operator=(const PartStates&) = delete;
  State& operator[](std::size_t part) { return parts_[part]; }
  void keep(std::size_t part, std::size_t values) {
    for (std::size_t i = 0; i < values; ++i) kept_[part].add("", parts_[part][i].second);
  }

 private:
  State& whole_;
  std::vector<State> parts_, kept_;
  int exceptions_ = std::uncaught_exceptions();
};

// What runs from this part on is one launch, which leaves the state as it is if it throws.
std::size_t last_launch(const std::vector<Part>& parts) {
  for (std::size_t i = parts.size(); i-- > 0;) {
    auto* elementwise = std::get_if<Elementwise>(&parts[i]);
    if (!elementwise) return i + 1;
    if (elementwise->reads_updates) return i;
  }
  return 0;
}

void check_size(const Elementwise& part, const State& state, const State& params) {
  const std::size_t expected = part.counters.size() + part.states.size() * params.size();
  if (state.size() != expected)
    fail("update",
         fmt::format("the state has {} values where {} belong: use this transformation's init(params).",
                     state.size(), expected));
}

void check_match(const State& updates, const State& params) {
  if (updates.size() != params.size())
    fail("update", fmt::format("{} gradients for {} parameters: take both with the same filter.",
                               updates.size(), params.size()));
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& [path, g] = updates[i];
    const auto& [wanted, p] = params[i];
    if (path != wanted || !g.layout().same(p.layout()))
      fail("update", fmt::format("gradient {} is '{}' {}, but the parameter is '{}' {}.", i, path,
                                 str(g.layout()), wanted, str(p.layout())));
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
  const std::size_t last = last_launch(parts_);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto* part = std::get_if<Elementwise>(&parts_[i]);
    if (part) check_size(*part, states[i], params);
    states.keep(i, i < last ? states[i].size() : part->counters.size());
    if (part) {
      if (part->reads_updates) group.flush();
      group.add(*part, states[i]);
    } else {
      group.flush();
      updates = std::get<General>(parts_[i]).update(std::move(updates), states[i], params);
    }
  }
  if (apply)
    group.apply();
  else
    group.flush();
}

State GradientTransformation::update(State updates, State& state, const State& params) const {
  State same = params;
  run(updates, state, same, false);
  return updates;
}
void GradientTransformation::apply(State grads, State& state, State& params) const {
  run(grads, state, params, true);
}

GradientTransformation chain(const std::vector<GradientTransformation>& transformations) {
  std::vector<Part> parts;
  for (auto& t : transformations) parts.insert(parts.end(), t.parts().begin(), t.parts().end());
  return GradientTransformation(std::move(parts));
}

}  // namespace ramie::optim
