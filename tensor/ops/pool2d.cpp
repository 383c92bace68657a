#include <ramie/tensor/ops/pool2d.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/pool2d_naive.h>

namespace ramie::kernels {
namespace {

void check_window(const char* op, const PoolWindow& p) {
  for (std::size_t axis : {0, 1}) {
    if (p.size[axis] < 1) fail(op, fmt::format("a window of {}x{} is empty.", p.size[0], p.size[1]));
    if (p.strides[axis] < 1) fail(op, fmt::format("a stride of {} is less than 1.", p.strides[axis]));
  }
}

std::int64_t positions(const char* op, const PoolWindow& p, std::size_t axis, const Layout& x) {
  const std::int64_t padded = x.shape[1 + static_cast<int>(axis)] + p.padding[axis][0] + p.padding[axis][1];
  if (padded < p.size[axis])
    fail(op, fmt::format("a window of {}x{} exceeds the padded image's {} of {}: x is {}. Images are NHWC; use a "
                         "smaller window or SAME padding.", p.size[0], p.size[1], axis ? "width" : "height", padded, str(x)));
  return (padded - p.size[axis]) / p.strides[axis] + 1;
}

Layout pooled(const char* op, const PoolWindow& p, const Layout& x) {
  if (x.rank() != 4) fail(op, fmt::format("images have 4 axes (NHWC), but x is {}.", str(x)));
  check_window(op, p);
  return x.as({x.shape[0], positions(op, p, 0, x), positions(op, p, 1, x), x.shape[3]});
}

}  // namespace

Layout AvgPool::outputs(const Layout& x) const {
  const Layout y = pooled(name, window, x);
  if (!is_floating(x.dtype)) fail(name, fmt::format("an average of {} is not {}: use astype.", str(x), ramie::name(x.dtype)));
  return y;
}
Layout MaxPool::outputs(const Layout& x) const { return pooled(minimum ? "min_pool" : name, window, x); }
std::array<Layout, 2> MaxPoolIndex::outputs(const Layout& x) const {
  const Layout y = pooled(minimum ? "min_pool" : "max_pool", window, x);
  return {y, y.as(window.area() < 255 ? uint8 : int32)};
}
std::size_t AvgPoolGradient::workspace(const Layout&) const { return 0; }
std::size_t PoolScatter::workspace(const Layout&, const Layout&) const { return 0; }

}  // namespace ramie::kernels
// TEMPORARY
namespace ramie::kernels {
void AvgPool::run(Cpu c, View y, View x) const noexcept { naive::AvgPool{window, count_padding}.run(c, y, x); }
void AvgPoolGradient::run(Cpu c, View dx, View dy) const noexcept { naive::AvgPoolGradient{window, count_padding, input}.run(c, dx, dy); }
void MaxPool::run(Cpu c, View y, View x) const noexcept {
  Tensor i = Tensor::empty(y.layout->as(int32));
  naive::MaxPoolIndex{window, minimum}.run(c, y, i.view(), x);
}
void MaxPoolIndex::run(Cpu c, View y, View index, View x) const noexcept { naive::MaxPoolIndex{window, minimum}.run(c, y, index, x); }
void PoolGather::run(Cpu c, View y, View x, View index) const noexcept { naive::PoolGather{window}.run(c, y, x, index); }
void PoolScatter::run(Cpu c, View dx, View dy, View index) const noexcept { naive::PoolScatter{window, input}.run(c, dx, dy, index); }
}  // namespace ramie::kernels
