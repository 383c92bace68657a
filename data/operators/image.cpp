#include <ramie/data/operators/image.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

Tensor ImageOperator::transform(const Tensor& x, const Tensor& keys) const {
  if (x.rank() != 3 && x.rank() != 4)
    fail_field(x, "images are [rows, height, width, channels], or [rows, height, width] if gray.");
  if (pixels_ == Pixels::floating && !is_floating(x.dtype()))
    fail_field(x, "its pixels must be floating-point numbers: Normalize makes them so, or astype.");
  return x.rank() == 4 ? image(x, keys) : squeeze(image(expand_dims(x, -1), keys), {-1});
}

Tensor ImageOperator::per_image(const Interval& range, const Tensor& x, const Tensor& keys,
                                std::uint32_t draw) const {
  const DType dtype = is_floating(x.dtype()) ? x.dtype() : float32;
  if (!random() || range.low == range.high)
    return full({x.shape(0), 1, 1, 1}, (range.low + range.high) / 2, dtype).to(x.device());
  return random::uniform_rows(detail::draw_keys(keys, draw), {1, 1, 1}, dtype, range.low, range.high);
}

Tensor ImageOperator::coin(double p, const Tensor& x, const Tensor& keys, std::uint32_t draw) const {
  if (!random() || p <= 0 || p >= 1) return full({x.shape(0), 1, 1, 1}, p > 0, bool_).to(x.device());
  return random::bernoulli_rows(detail::draw_keys(keys, draw), p, {1, 1, 1});
}

namespace detail {

Tensor draw_keys(const Tensor& keys, std::uint32_t draw) {
  return draw == 0 ? keys : random::fold_in_rows(keys, draw);
}

Shape row_shape(const Tensor& x) {
  Shape row = x.shape();
  row.erase(0);
  return row;
}

}  // namespace detail
}  // namespace ramie::data
