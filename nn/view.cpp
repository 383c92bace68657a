#include <ramie/nn/view.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

void Setter::module(const std::type_info& type, void* module) {
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    if (*settings_[i].type != type) continue;
    settings_[i].apply(module);
    ++met[i];
  }
}

void Setter::check_all_met() const {
  for (std::size_t i = 0; i < met.size(); ++i)
    if (!met[i]) fail("view", fmt::format("setting {} fits no module of the model.", i + 1));
}

}  // namespace ramie::nn::detail
