// Images as the convolution kernels read them: float or double, channels side by side, padding written out as
// zeros.
#pragma once

#include <algorithm>
#include <cstdint>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/tensor.h>

namespace ramie::kernels {

template <class T>
struct ConvImage {  // steps in elements; the step between channels is 1
  const T* data;
  std::int64_t row, pixel;
};

// A part of images [N,H,W,C] that may reach beyond their edges.
struct ConvPatch {
  std::int64_t image, top, left, height, width;
  bool inside(const Shape& x) const {
    return top >= 0 && left >= 0 && top + height <= x[1] && left + width <= x[2];
  }
};

// Whether the kernels can read the images where they are.
template <class T>
bool readable_in_place(const Layout& x) {
  return x.dtype == dtype_of<T>() && (x.strides[3] == 1 || x.shape[3] <= 1);
}

template <class To, class From>
void copy_pixels(const From* x, const Layout& l, std::int64_t pixels, std::int64_t pitch, To* to) {
  const std::int64_t channels = l.shape[3], pixel = l.strides[2], channel = l.strides[3];
  if (std::is_same_v<To, From> && channel == 1 && pixel == channels && pitch == channels) {
    for (std::int64_t i = 0; i < pixels * channels; ++i) to[i] = convert<To>(x[i]);
    return;
  }
  for (std::int64_t j = 0; j < pixels; ++j) {
    for (std::int64_t c = 0; c < channels; ++c) to[j * pitch + c] = convert<To>(x[j * pixel + c * channel]);
    std::fill(to + j * pitch + channels, to + (j + 1) * pitch, To(0));
  }
}

// Copies the patch, zero beyond the edges; `pitch` elements from pixel to pixel.
template <class To, class From>
ConvImage<To> copy_patch(View x, const ConvPatch& p, std::int64_t pitch, To* to) {
  const Layout& l = *x.layout;
  const std::int64_t first = std::clamp<std::int64_t>(-p.left, 0, p.width);
  const std::int64_t last = std::clamp<std::int64_t>(l.shape[2] - p.left, first, p.width);
  for (std::int64_t i = 0; i < p.height; ++i) {
    To* row = to + i * p.width * pitch;
    const std::int64_t h = p.top + i;
    const bool on_image = h >= 0 && h < l.shape[1];
    const std::int64_t begin = on_image ? first : p.width, end = on_image ? last : p.width;
    std::fill(row, row + begin * pitch, To(0));
    if (begin < end)
      copy_pixels(x.as<From>() + p.image * l.strides[0] + h * l.strides[1] + (p.left + begin) * l.strides[2],
                  l, end - begin, pitch, row + begin * pitch);
    std::fill(row + end * pitch, row + p.width * pitch, To(0));
  }
  return {to, p.width * pitch, pitch};
}

// The patch where it lies if possible, else a copy of it at `scratch`.
template <class T, class From>
ConvImage<T> patch_of(View x, const ConvPatch& p, T* scratch) {
  const Layout& l = *x.layout;
  if constexpr (std::is_same_v<T, From>)
    if (readable_in_place<T>(l) && p.inside(l.shape))
      return {x.as<T>() + p.image * l.strides[0] + p.top * l.strides[1] + p.left * l.strides[2], l.strides[1],
              l.strides[2]};
  return copy_patch<T, From>(x, p, l.shape[3], scratch);
}

// Kernels compute float16 and bfloat16 in float, in the workspace.
inline bool is_small_float(DType t) { return is_floating(t) && size_of(t) < sizeof(float); }
inline std::size_t real_bytes(const Layout& y) {
  return is_small_float(y.dtype) ? (static_cast<std::size_t>(y.size) * sizeof(float) + 63) / 64 * 64 : 0;
}
// Where y is computed: in place, or in so many bytes that it takes from the workspace.
inline std::byte* real_output(View y, std::byte*& workspace) {
  std::byte* real = is_small_float(y.layout->dtype) ? workspace : y.data;
  workspace += real_bytes(*y.layout);
  return real;
}
inline void round_output(View y, const std::byte* real) {
  if (!is_small_float(y.layout->dtype)) return;
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    const float* x = reinterpret_cast<const float*>(real);
    for (std::int64_t i = 0; i < y.size(); ++i) y.as<T>()[i] = convert<T>(x[i]);
  });
}

}  // namespace ramie::kernels
