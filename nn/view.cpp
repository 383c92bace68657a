#include <ramie/nn/view.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

std::string joined_name(std::string_view type, std::string_view member) {
  return fmt::format("{}.{}", type, member);
}

void Setter::module(const std::type_info& type, void* module) {
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    if (*settings_[i].type != type) continue;
    settings_[i].apply(module);
    ++met_[i];
  }
}

void Setter::check_all_met() const {
  for (std::size_t i = 0; i < met_.size(); ++i)
    if (!met_[i]) fail("view", fmt::format("no module of the model has the setting {}.", settings_[i].name));
}

}  // namespace ramie::nn::detail
