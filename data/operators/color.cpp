#include <ramie/data/operators/color.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::data::detail {
namespace {

Tensor channel(const Tensor& x, std::int64_t i) { return slice(x, 1, i, i + 1); }

}  // namespace

Tensor planes(const Tensor& x) { return contiguous(transpose(x, {0, 3, 1, 2})); }
Tensor channels_last(const Tensor& x) { return contiguous(transpose(x, {0, 2, 3, 1})); }

Tensor luma(const Tensor& rgb) {
  return channel(rgb, 0) * 0.2989 + channel(rgb, 1) * 0.587 + channel(rgb, 2) * 0.114;
}

// The hue counts sixths of a turn from the channel that is largest; below 0 it is close under a whole turn.
Hsv to_hsv(const Tensor& rgb) {
  const Tensor r = channel(rgb, 0), g = channel(rgb, 1), b = channel(rgb, 2);
  const Tensor value = maximum(maximum(r, g), b), chroma = value - minimum(minimum(r, g), b);
  const Tensor gray = chroma == 0, divisor = where(gray, 1, chroma);
  const Tensor sixths =
      where(value == r, (g - b) / divisor, where(value == g, (b - r) / divisor + 2, (r - g) / divisor + 4));
  const Tensor hue = sixths * (1.0 / 6);
  return {where(hue < 0, hue + 1, hue), chroma / where(gray, 1, value), value};
}

// Each channel is the value, less the chroma where the hue is far from it.
Tensor to_rgb(const Hsv& x) {
  const Tensor places = tensor({5, 3, 1}, x.hue.dtype()).to(x.hue.device());
  const Tensor turns = x.hue + reshape(places, {3, 1, 1}) * (1.0 / 6);
  const Tensor k = (turns - floor(turns)) * 6;
  return x.value - x.value * x.saturation * clip(minimum(k, 4 - k), 0, 1);
}

}  // namespace ramie::data::detail
