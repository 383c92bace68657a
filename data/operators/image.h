// What operators on images share. An image is [height, width, channels], or [height, width] if it is gray;
// a field of them has an axis of records in front. One of your own:
//
//   struct Darken : data::ImageOperator {
//     Darken() : ImageOperator("Darken", {}) {}
//     Tensor image(const Tensor& x, const Tensor&) const override { return x * 0.5; }
//   };
#pragma once

#include <ramie/data/operators/modality.h>

namespace ramie::data {

enum class Pixels { floating, any };  // dtypes that an operator takes

class ImageOperator : public ModalityOperator {
 protected:
  ImageOperator(std::string name, ModalityOptions options, Pixels pixels = Pixels::floating)
      : ModalityOperator(std::move(name), std::move(options)), pixels_(pixels) {}
  // x is [rows, height, width, channels], with one channel for gray images.
  virtual Tensor image(const Tensor& x, const Tensor& keys) const = 0;
  Tensor transform(const Tensor& x, const Tensor& keys) const final;

  // One number for each image, [rows, 1, 1, 1]: draw number `draw` of the operator, or, where it is not
  // stochastic, the middle. In the dtype of x, float32 if x is not floating.
  Tensor per_image(const Interval& range, const Tensor& x, const Tensor& keys, std::uint32_t draw = 0) const;
  // bool [rows, 1, 1, 1], true with probability p; not stochastic: true where p > 0.
  Tensor coin(double p, const Tensor& x, const Tensor& keys, std::uint32_t draw = 0) const;

 private:
  Pixels pixels_;
};

namespace detail {

// The keys of draw 0, 1, 2, ... of an operator.
Tensor draw_keys(const Tensor& keys, std::uint32_t draw);
// The shape of one row.
Shape row_shape(const Tensor& x);

}  // namespace detail
}  // namespace ramie::data
