// Moves the pixels of each channel of an image away from their mean, or towards it:
// mean + factor (x - mean).
//
//   data::Contrast({.contrast_range = {0.8, 1.2}});                        // one factor per image
//   data::Contrast({.contrast_factor = 1.2, .stochastic = false});         // always this one
//
// The result is clipped to [0, 1], as in Datarax; `.clip_range = {}` switches it off (see brightness.h). And
// as there, an image of three channels that is the same colour all over, which no contrast could change,
// gets an offset of 0.1 (factor - 1), with its sign turned in the second channel, before it is scaled.
//
// Source: Datarax's ContrastOperator. (It makes three channels of one; here one stays one.)
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct ContrastOptions {
  std::string field_key = "image", target_key = {};
  Interval contrast_range = {0.8, 1.2};
  Setting contrast_factor = 1;  // of one that is not stochastic
  std::optional<Interval> clip_range = {{0, 1}};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Contrast : public ImageOperator {
 public:
  explicit Contrast(ContrastOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  Tensor offset_if_uniform(const Tensor& x, const Tensor& mean, const Tensor& factor) const;
  std::string settings() const override;
  ContrastOptions options_;
};

}  // namespace ramie::data
