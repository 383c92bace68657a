// Fills some rectangles of an image with a value. They lie wholly inside, anywhere with the same probability,
// and may overlap; an image that is smaller than a patch stays as it is.
//
//   data::PatchDropout({.num_patches = 4, .patch_size = {8, 8}});
//
// With stochastic = false all images lose the patches of key 0, which are those of Datarax.
//
// Source: Datarax's PatchDropoutOperator.
#pragma once

#include <array>

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct PatchDropoutOptions {
  std::string field_key = "image", target_key = {};
  std::int64_t num_patches = 4;
  std::array<std::int64_t, 2> patch_size = {8, 8};  // height, width
  double drop_value = 0;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class PatchDropout : public ImageOperator {
 public:
  explicit PatchDropout(PatchDropoutOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  PatchDropoutOptions options_;
};

}  // namespace ramie::data
