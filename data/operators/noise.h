// Noise on every pixel.
//
//   data::Noise({.noise_std = 0.1});                                          // x + normal numbers
//   data::Noise({.mode = data::NoiseMode::salt_pepper, .salt_prob = 0.02});   // some pixels white or black
//   data::Noise({.mode = data::NoiseMode::poisson, .lam_scale = 100});        // photons counted
//
// THE RESULT IS CLIPPED TO [0, 1], as in Datarax; `.clip_range = {}` switches it off, as it should be behind
// Normalize (see brightness.h). With stochastic = false all images get the same noise, that of key 0: in the
// modes gaussian and salt_pepper the numbers that Datarax draws.
//
// An image of pixels up to 255 is told from one of pixels up to 1 by its largest, above 1.5: salt is then 255
// and Poisson's mean x lam_scale / 255.
//
// Source: Datarax's NoiseOperator.
#pragma once

#include <cstdint>

#include <ramie/data/operators/image.h>

namespace ramie::data {

enum class NoiseMode : std::uint8_t { gaussian, salt_pepper, poisson };

struct NoiseOptions {
  std::string field_key = "image", target_key = {};
  NoiseMode mode = NoiseMode::gaussian;
  double noise_std = 0.05, noise_mean = 0;                   // gaussian; a std of 0 leaves the image as it is
  double salt_prob = 0.01, pepper_prob = 0.01;               // salt_pepper
  std::optional<double> salt_value = {}, pepper_value = {};  // {}: the largest that a pixel may be, and 0
  double lam_scale = 1;  // poisson: the mean where a pixel is 1; more is less noise
  std::optional<Interval> clip_range = {{0, 1}};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Noise : public ImageOperator {
 public:
  explicit Noise(NoiseOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  Tensor gaussian(const Tensor& x, const Tensor& keys) const;
  Tensor salt_pepper(const Tensor& x, const Tensor& keys) const;
  Tensor poisson(const Tensor& x, const Tensor& keys) const;
  Tensor uniform(const Tensor& x, const Tensor& keys) const;  // a number in [0, 1) for each pixel
  std::string settings() const override;
  NoiseOptions options_;
};

namespace detail {

// The k with P(fewer than k events) <= u < P(at most k events), for a mean of lam >= 0; u in [0, 1). Up to
// lam = 10 to the rounding of float32, and for u up to 1 - 1e-6; from there on by Giles' expansion, which is
// one off for one u in 40 lam. No gradient.
Tensor poisson_quantile(const Tensor& u, const Tensor& lam);

}  // namespace detail
}  // namespace ramie::data
