// Transformations of some of the parameters.
#include <fmt/format.h>

#include <algorithm>

#include <ramie/optim/detail/substate.h>
#include <ramie/optim/wrappers.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

std::vector<std::size_t> chosen(const State& params, const Mask& mask) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < params.size(); ++i)
    if (mask(params[i].first, params[i].second)) out.push_back(i);
  return out;
}
State pick(const State& all, const std::vector<std::size_t>& which) {
  State out;
  for (std::size_t i : which) out.add(all[i].first, all[i].second);
  return out;
}

State update_some(const GradientTransformation& inner, const std::vector<std::size_t>& which, State updates,
                  State& state, const State& params, const ExtraArgs& extra) {
  State mine;
  for (std::size_t i : which) mine.add(updates[i].first, std::move(updates[i].second));
  mine = inner.update(std::move(mine), state, pick(params, which), extra);
  for (std::size_t i = 0; i < which.size(); ++i) updates[which[i]].second = std::move(mine[i].second);
  return updates;
}

struct Groups {
  std::map<std::string, GradientTransformation> transforms;
  Label label;

  std::vector<std::size_t> members(const State& params, const std::string& group) const {
    return chosen(params, [&](std::string_view path, const Tensor& p) { return label(path, p) == group; });
  }
  void check(const State& params) const {
    for (auto& [path, p] : params)
      if (const std::string group = label(path, p); !transforms.contains(group)) {
        std::string names;
        for (auto& [name, tx] : transforms) names += (names.empty() ? "'" : ", '") + name + "'";
        fail("multi_transform",
             fmt::format("the parameter '{}' is labelled '{}', but there are only {}.", path, group, names));
      }
  }
  State init(const State& params) const {
    check(params);
    State out;
    for (auto& [name, tx] : transforms)
      detail::add_all(out, name + ".", tx.init(pick(params, members(params, name))));
    return out;
  }
  State update(State updates, State& state, const State& params, const ExtraArgs& extra) const {
    for (auto& [name, tx] : transforms) {
      State own = detail::take(state, name + ".");
      updates = update_some(tx, members(params, name), std::move(updates), own, params, extra);
      detail::put(state, name + ".", std::move(own));
    }
    return updates;
  }
};

}  // namespace

namespace {

bool stays_elementwise(const GradientTransformation::Part& part) {
  auto* p = std::get_if<Elementwise>(&part);
  return p && p->states.empty() && !p->reads_updates && !p->mask;
}

}  // namespace

GradientTransformation masked(const GradientTransformation& inner, Mask mask) {
  if (!mask) return inner;
  std::vector<GradientTransformation::Part> parts = inner.parts();
  if (std::all_of(parts.begin(), parts.end(), stays_elementwise)) {
    for (auto& part : parts) std::get<Elementwise>(part).mask = mask;
    return GradientTransformation(std::move(parts));
  }
  return General{[=](const State& params) { return inner.init(pick(params, chosen(params, mask))); },
                 [=](State updates, State& state, const State& params, const ExtraArgs& extra) {
                   return update_some(inner, chosen(params, mask), std::move(updates), state, params, extra);
                 }};
}

GradientTransformation add_decayed_weights(double weight_decay, Mask mask) {
  return masked(add_decayed_weights(weight_decay), std::move(mask));
}

GradientTransformation multi_transform(std::map<std::string, GradientTransformation> transforms,
                                       Label label) {
  for (auto& [name, tx] : transforms)
    if (name.empty() || name.find('.') != std::string::npos)
      fail("multi_transform",
           fmt::format("a group is called '{}': names have no dots, and some letters.", name));
  const Groups groups{std::move(transforms), std::move(label)};
  return General{[groups](const State& params) { return groups.init(params); },
                 [groups](State updates, State& state, const State& params, const ExtraArgs& extra) {
                   return groups.update(std::move(updates), state, params, extra);
                 }};
}

GradientTransformation freeze(Mask mask) { return masked(set_to_zero(), std::move(mask)); }
GradientTransformation selective_transform(const GradientTransformation& optimizer, const Mask& freeze_mask) {
  return multi_transform({{"train", optimizer}, {"freeze", set_to_zero()}},
                         [freeze_mask](std::string_view path, const Tensor& p) {
                           return std::string(freeze_mask(path, p) ? "freeze" : "train");
                         });
}

}  // namespace ramie::optim
