// Dropout: sets each element to zero with probability `rate` and divides the others by 1 - rate.
//
//   nn::Dropout dropout(0.5, rngs);       // with a stream of its own, forked from rngs
//   Tensor y = dropout(x);
//   nn::Dropout plain(0.5);               // the streams come with each call
//   Tensor z = plain(x, rngs);
//
// Source: flax.nnx.Dropout; Srivastava et al., 2014.
#pragma once

#include <optional>

#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct Dropout : Module<Dropout> {
  double rate;
  bool deterministic = false;
  std::optional<RngStream> rng;

  explicit Dropout(double rate);
  Dropout(double rate, Rngs& rngs);
  Tensor operator()(const Tensor& x);                    // draws from its own stream
  Tensor operator()(const Tensor& x, Rngs& rngs) const;  // draws from the stream "dropout" of rngs
  Tensor operator()(const Tensor& x, const Tensor& key) const;
  using fields = Fields<&Dropout::rate, &Dropout::deterministic, &Dropout::rng>;

 private:
  // rate 0 and 1 draw no key, as in Flax.
  bool draws() const { return !deterministic && rate > 0 && rate < 1; }
  Tensor without_key(const Tensor& x) const;
};

}  // namespace ramie::nn
