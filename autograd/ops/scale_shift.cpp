#include <ramie/autograd/ops/scale_shift.h>

#include <fmt/format.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/scale_shift.h>

namespace ramie {
namespace {

// Sums over all axes but the last, and over that too if there is one number for all.
Tensor sum_to_channels(const Tensor& x, std::int64_t channels) {
  return channels == 1 ? reshape(sum(x), {1}) : sum(reshape(x, {-1, channels}), {0});
}

// Channels of each example, beside examples of that rank.
Tensor over_batch(const Tensor& channels, bool batched, int rank) {
  if (!batched) return channels;
  Shape shape = channels.shape();
  for (int i = 1; i < rank; ++i) shape.insert(1, 1);
  return reshape(channels, shape);
}

// What the kernel takes: everything without gaps, scale and shift [channels].
Tensor by_channel(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const std::int64_t channels = scale.size();
  return apply("scale_shift", {x, scale, shift}, Forward{[](auto& x, auto& scale, auto& shift) {
                 return launch(kernels::ScaleShift{}, x, scale, shift);
               }},
               Saved{[](auto&, auto& x, auto& scale, auto&) { return save(x, scale); }},
               Vjp{[channels](auto& dy, Needs needs, auto& x, auto& scale) {
                 return Grads{needs[0] ? dy * scale : Tensor(),
                              needs[1] ? sum_to_channels(dy * astype(x, dy.dtype()), channels) : Tensor(),
                              needs[2] ? sum_to_channels(dy, channels) : Tensor()};
               }},
               Vmap{[](Batch batch, auto& x, auto& scale, auto& shift) {
                 if (!batch[1] && !batch[2]) return scale_shift(x, scale, shift);
                 const int rank = x.rank() - (batch[0] ? 1 : 0);
                 return astype(x, scale.dtype()) * over_batch(scale, batch[1], rank) +
                        over_batch(shift, batch[2], rank);
               }});
}

bool fits(const Tensor& parameter, const Tensor& x) {
  return parameter.rank() <= 1 &&
         (parameter.size() == 1 || (x.rank() > 0 && parameter.size() == x.shape(-1)));
}

}  // namespace

Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  if (!fits(scale, x) || !fits(shift, x))
    fail("scale_shift",
         fmt::format("scale and shift must have one number, or one for each channel: x is {}, scale {}, "
                     "shift {}.",
                     str(x.layout()), str(scale.layout()), str(shift.layout())));
  const DType computed = x.dtype() == float64 ? float64 : float32;
  const Shape channels = {std::max(scale.size(), shift.size())};
  const auto parameter = [&](const Tensor& p) {
    return contiguous(broadcast_to(astype(p, computed), channels));
  };
  const Tensor y = by_channel(contiguous(x.dtype() == uint8 ? x : astype(x, computed)), parameter(scale),
                              parameter(shift));
  return is_floating(x.dtype()) ? astype(y, x.dtype()) : y;
}

}  // namespace ramie
