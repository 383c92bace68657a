#include <ramie/data/operators/warp.h>

#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::data::detail {
namespace {

// One axis of the points: the pixel before (as a number of floating type), and how far it is to the point.
struct Step {
  Tensor floor, beyond;
};
Step step(const Tensor& at) {
  const Tensor before = floor(at);
  return {before, at - before};
}

Tensor within(const Tensor& at, std::int64_t n) { return (at >= 0) & (at <= n - 1); }

// The pixels of all images as one list, read at whole coordinates; those outside are the nearest inside.
class Pixels {
 public:
  explicit Pixels(const Tensor& x)
      : height_(x.shape(1)),
        width_(x.shape(2)),
        list_(reshape(x, {x.shape(0) * height_ * width_, x.shape(3)})),
        index_(list_.shape(0) > std::numeric_limits<std::int32_t>::max() ? int64 : int32),
        first_(reshape(arange(0, x.shape(0), 1, index_), {-1, 1, 1}).to(x.device()) * (height_ * width_)) {}
  Tensor at(const Tensor& y, const Tensor& x) const {
    const Tensor row = clip(y, 0, height_ - 1).astype(index_), column = clip(x, 0, width_ - 1).astype(index_);
    return take(list_, first_ + row * width_ + column);
  }

 private:
  std::int64_t height_, width_;
  Tensor list_;
  DType index_;
  Tensor first_;
};

}  // namespace

Tensor sample(const Tensor& x, const Points& at, double fill, Beyond beyond) {
  const Step down = step(at.y), right = step(at.x);
  const Pixels pixels(x);
  const auto corner = [&](int i, int j) {
    const Tensor y = down.floor + i, u = right.floor + j;
    const Tensor weight = (i ? down.beyond : 1 - down.beyond) * (j ? right.beyond : 1 - right.beyond);
    Tensor value = pixels.at(y, u);
    if (beyond == Beyond::blend)
      value = where(expand_dims(within(y, x.shape(1)) & within(u, x.shape(2)), -1), value, fill);
    return expand_dims(weight, -1) * value;
  };
  Tensor y = corner(0, 0) + corner(0, 1) + corner(1, 0) + corner(1, 1);
  if (beyond == Beyond::blend) return y;
  return where(expand_dims(within(at.y, x.shape(1)) & within(at.x, x.shape(2)), -1), y, fill);
}

Points grid(const Tensor& x, double centre_y, double centre_x) {
  const auto axis = [&](int i, double centre, const Shape& shape) {
    return reshape(arange(0, x.shape(i), 1, x.dtype()), shape).to(x.device()) - centre;
  };
  return {axis(1, centre_y, {1, -1, 1}), axis(2, centre_x, {1, 1, -1})};
}

}  // namespace ramie::data::detail
