#include <ramie/data/operators/image_dropout.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

ImageDropout::ImageDropout(ImageDropoutOptions options)
    : ImageOperator("ImageDropout", detail::modality(options), Pixels::any), options_(std::move(options)) {
  detail::check_probability(name(), "dropout_rate", options_.dropout_rate);
}

Tensor ImageDropout::image(const Tensor& x, const Tensor& keys) const {
  const double keep = 1 - options_.dropout_rate;
  const Shape row = options_.mode == DropoutMode::channel ? Shape{1, 1, x.shape(3)} : detail::row_shape(x);
  const Tensor mask = options_.stochastic ? random::bernoulli_rows(keys, keep, row)
                                          : random::bernoulli(random::key(0).to(x.device()), keep, row);
  return where(mask, x, 0);
}

std::string ImageDropout::settings() const {
  return fmt::format("{}, {}{}", options_.mode == DropoutMode::pixel ? "pixel" : "channel",
                     options_.dropout_rate, options_.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
