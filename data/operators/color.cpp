#include <ramie/data/operators/color.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::data::detail {
namespace {

Tensor channel(const Tensor& x, std::int64_t i) { return slice(x, 3, i, i + 1); }

}  // namespace

Tensor luma(const Tensor& rgb) {
  return channel(rgb, 0) * 0.2989 + channel(rgb, 1) * 0.587 + channel(rgb, 2) * 0.114;
}

// The hue counts sixths of a turn from the channel that is largest.
Hsv to_hsv(const Tensor& rgb) {
  const Tensor r = channel(rgb, 0), g = channel(rgb, 1), b = channel(rgb, 2);
  const Tensor value = max(rgb, {3}, true), chroma = value - min(rgb, {3}, true);
  const Tensor gray = chroma == 0, divisor = where(gray, 1, chroma);
  const Tensor sixths =
      where(value == r, (g - b) / divisor, where(value == g, (b - r) / divisor + 2, (r - g) / divisor + 4));
  return {remainder(sixths / 6, 1), chroma / where(gray, 1, value), value};
}

// Each channel is the value, less the chroma where the hue is far from it.
Tensor to_rgb(const Hsv& x) {
  const Tensor offset = tensor({5, 3, 1}, x.hue.dtype()).to(x.hue.device());
  const Tensor k = remainder(x.hue * 6 + offset, 6);
  return x.value - x.value * x.saturation * clip(minimum(k, 4 - k), 0, 1);
}

}  // namespace ramie::data::detail
