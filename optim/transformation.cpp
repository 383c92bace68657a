#include <ramie/optim/transformation.h>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

#include <ramie/autograd/engine.h>
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
  for (std::size_t i = 0; i < elementwise.states.size(); ++i) {
    const double initial = i < elementwise.initial.size() ? elementwise.initial[i] : 0;
    for (auto& [path, value] : params) out.add(elementwise.states[i] + "." + path, full_like(value, initial));
  }
  return out;
}

using Entries = std::span<State::Entry>;

// The state of each part: the entries whose paths begin with its number.
std::vector<Entries> split(State& whole, std::size_t parts) {
  std::vector<Entries> out;
  auto at = whole.begin();
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string prefix = std::to_string(part) + ".";
    const auto begin = at;
    at = std::find_if(at, whole.end(), [&](auto& e) { return !e.first.starts_with(prefix); });
    out.emplace_back(begin, at);
  }
  if (at != whole.end())
    fail("update",
         fmt::format("the state's '{}' is not of this transformation: use its init(params).", at->first));
  return out;
}

// Values that return to their places after an exception.
class Rollback {
 public:
  void keep(Entries entries) {
    for (auto& [path, value] : entries) kept_.emplace_back(&value, value);
  }
  ~Rollback() {
    if (std::uncaught_exceptions() == exceptions_) return;
    for (auto& [place, value] : kept_) *place = std::move(value);
  }
  Rollback() = default;
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;

 private:
  std::vector<std::pair<Tensor*, Tensor>> kept_;
  int exceptions_ = std::uncaught_exceptions();
};

// Its state under its own paths, without the part's number.
State run_general(const General& part, State updates, Entries state, const State& params,
                  const ExtraArgs& extra) {
  NoGrad guard;
  State own;
  for (auto& [path, value] : state) own.add(path.substr(path.find('.') + 1), std::move(value));
  updates = part.update(std::move(updates), own, params, extra);
  for (std::size_t i = 0; i < state.size(); ++i) state[i].second = std::move(own[i].second);
  return updates;
}

// What runs from this part on is one launch, which leaves the state as it is if it throws.
std::size_t last_launch(const std::vector<Part>& parts) {
  for (std::size_t i = parts.size(); i-- > 0;) {
    auto* elementwise = std::get_if<Elementwise>(&parts[i]);
    if (!elementwise) return i + 1;
    if (elementwise->reads_updates) return i;
  }
  return 0;
}

void check_size(const Elementwise& part, Entries state, const State& params) {
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

void GradientTransformation::run(State& updates, State& state, State& params, const ExtraArgs& given,
                                 bool apply) const {
  check_match(updates, params);
  std::optional<ExtraArgs> with_grad;
  if (given.value_fn) with_grad = {given.value, given.value_fn, updates};
  const ExtraArgs& extra = with_grad ? *with_grad : given;
  const std::vector<Entries> states = split(state, parts_.size());
  Rollback rollback;
  detail::Group group(updates, params, extra);
  const std::size_t last = last_launch(parts_);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto* part = std::get_if<Elementwise>(&parts_[i]);
    if (part) check_size(*part, states[i], params);
    rollback.keep(i < last ? states[i] : states[i].first(part->counters.size()));
    if (part) {
      if (part->reads_updates) group.flush();
      group.add(*part, states[i]);
    } else {
      group.flush();
      updates = run_general(std::get<General>(parts_[i]), std::move(updates), states[i], params, extra);
    }
  }
  if (apply)
    group.apply();
  else
    group.flush();
}

State GradientTransformation::update(State updates, State& state, const State& params,
                                     const ExtraArgs& extra) const {
  State same = params;
  run(updates, state, same, extra, false);
  return updates;
}
void GradientTransformation::apply(State grads, State& state, State& params, const ExtraArgs& extra) const {
  run(grads, state, params, extra, true);
}

GradientTransformation chain(const std::vector<GradientTransformation>& transformations) {
  std::vector<Part> parts;
  for (auto& t : transformations) parts.insert(parts.end(), t.parts().begin(), t.parts().end());
  return GradientTransformation(std::move(parts));
}

}  // namespace ramie::optim
