// Images in another size.
//
//   data::Resize({.size = {14, 14}});
//   data::Resize({.size = {56, 56}, .method = ramie::Resize::nearest});
//
// Source: jax.image.resize (autograd/ops/resize.h), which Datarax's functional resize_image calls.
#pragma once

#include <array>

#include <ramie/autograd/ops/resize.h>
#include <ramie/data/operators/image.h>

namespace ramie::data {

struct ResizeOptions {
  std::string field_key = "image", target_key = {};
  std::array<std::int64_t, 2> size = {};         // height, width
  ramie::Resize method = ramie::Resize::linear;  // called bilinear in Datarax; or nearest, or cubic
  bool antialias = true;                         // averages where it shrinks
  std::optional<Interval> clip_range = {};
};

class Resize : public ImageOperator {
 public:
  explicit Resize(ResizeOptions options);

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  ResizeOptions options_;
};

}  // namespace ramie::data
