#include <ramie/data/operators/brightness.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

Brightness::Brightness(BrightnessOptions options)
    : ImageOperator("Brightness", detail::modality(options)), options_(std::move(options)) {
  detail::check_interval(name(), "brightness_range", options_.brightness_range);
  if (options_.stochastic && !options_.brightness_delta.is(0))
    fail(name(), "brightness_delta is for stochastic = false: else it is drawn from brightness_range.");
}

Tensor Brightness::image(const Tensor& x, const Tensor& keys) const {
  return x + (options_.stochastic ? per_image(options_.brightness_range, x, keys)
                                  : options_.brightness_delta.like(x));
}

std::string Brightness::settings() const {
  return options_.stochastic ? str(options_.brightness_range)
                             : "delta " + options_.brightness_delta.describe();
}

}  // namespace ramie::data
