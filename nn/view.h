// Views: the same state with other settings. Make them once, and use each where it belongs.
//
//   CNN train_model = nn::train_view(model);     // dropout on, batch statistics
//   CNN eval_model = nn::eval_view(model);       // dropout off, running averages
//   auto frozen = nn::view(model, nn::set<&nn::BatchNorm::use_running_average>(true));
//
// Source: flax.nnx.view.
#pragma once

#include <functional>
#include <vector>

#include <ramie/nn/attention.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/weight_norm.h>

namespace ramie::nn {

// A change to every module of one type.
struct Setting {
  const std::type_info* type;
  std::string name;  // "Dropout.deterministic"
  std::function<void(void* module)> apply;
};

namespace detail {
template <class>
struct owner;
template <class C, class T>
struct owner<T C::*> {
  using type = C;
};
std::string joined_name(std::string_view type, std::string_view member);

// Applies the settings to the modules below, and counts how many modules each has met.
class Setter final : public Visitor {
 public:
  explicit Setter(std::vector<Setting> settings)
      : settings_(std::move(settings)), met_(settings_.size(), 0) {}
  void variable(std::string_view, VariableBase&, const VariableKind&) override {}
  void enter(std::string_view, std::string_view) override {}
  void leave() override {}
  void module(const std::type_info& type, void* module) override;
  void check_all_met() const;

 private:
  std::vector<Setting> settings_;
  std::vector<int> met_;
};
}  // namespace detail

template <auto Member>
Setting set(detail::field_t<Member> value) {
  using M = typename detail::owner<decltype(Member)>::type;
  return {&typeid(M), detail::joined_name(detail::type_name<M>(), detail::member_name<Member>()),
          [value](void* module) { static_cast<M*>(module)->*Member = value; }};
}

// An error where a setting fits no module of the model.
template <class M, class... S>
M view(const M& model, const S&... settings) {
  M out = model;
  detail::Setter setter({Setting(settings)...});
  walk(setter, "", out);
  setter.check_all_met();
  return out;
}
namespace detail {
template <class M>
M view_of_mode(const M& model, bool evaluating) {
  M out = model;
  Setter setter({set<&Dropout::deterministic>(evaluating),
                 set<&MultiHeadAttention::deterministic>(evaluating),
                 set<&BatchNorm::use_running_average>(evaluating),
                 set<&SpectralNorm::use_running_average>(evaluating)});
  walk(setter, "", out);
  return out;
}
}  // namespace detail
// These fit models without dropout or batch normalisation too.
template <class M>
M train_view(const M& model) {
  return detail::view_of_mode(model, false);
}
template <class M>
M eval_view(const M& model) {
  return detail::view_of_mode(model, true);
}

}  // namespace ramie::nn
