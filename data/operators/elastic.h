// Bends images: each pixel is read somewhere near its place, by offsets that vary smoothly over the image.
//
//   data::Elastic({.alpha = 50, .sigma = 5});
//
// The offsets are uniform random numbers in [-1, 1), blurred with a Gaussian of sigma pixels (cut off at
// about 4 sigma; the border reflects) and multiplied by alpha / 2 pixels. Outside of the source lies
// fill_value. With stochastic = false nothing moves.
//
// Source: torchvision's ElasticTransform (P. Simard, D. Steinkraus and J. Platt, Best practices for
// convolutional neural networks applied to visual document analysis, 2003).
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct ElasticOptions {
  std::string field_key = "image", target_key = {};
  double alpha = 50, sigma = 5;
  double fill_value = 0;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Elastic : public ImageOperator {
 public:
  explicit Elastic(ElasticOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  Tensor offsets(const Tensor& x, const Tensor& keys, std::uint32_t draw) const;  // [rows, height, width]
  std::string settings() const override;
  ElasticOptions options_;
};

namespace detail {

// [n, n]: a Gaussian blur of n pixels as a matrix, each row of which sums to 1.
Tensor blur_matrix(std::int64_t n, double sigma, DType dtype);

}  // namespace detail
}  // namespace ramie::data
