#include <ramie/data/operators/resize.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

const char* method_name(ramie::Resize m) {
  return m == ramie::Resize::nearest ? "nearest" : m == ramie::Resize::linear ? "linear" : "cubic";
}

// [n, m]: what each of n new rows takes of m old ones, which is how the identity is resized.
Tensor weights(const Tensor& x, int axis, std::int64_t n, const ResizeOptions& o) {
  const std::int64_t m = x.shape(axis);
  const Tensor identity = eye(m, x.dtype()).to(x.device());
  return transpose(resize(identity, {m, n}, o.method, o.antialias));
}

// Axis 1 of x [rows, height, ...] by one product for each row, whose bits depend on no other row.
Tensor mixed(const Tensor& x, const Tensor& w) {
  Shape shape = x.shape();
  shape[1] = w.shape(0);
  return reshape(matmul(w, reshape(x, {x.shape(0), x.shape(1), -1})), shape);
}

}  // namespace

Resize::Resize(ResizeOptions options)
    : ImageOperator("Resize", detail::modality(options), Pixels::any), options_(std::move(options)) {
  const auto& s = options_.size;
  if (s[0] < 1 || s[1] < 1)
    fail(name(), fmt::format("size is {} x {}: give a height and a width, in pixels.", s[0], s[1]));
}

Tensor Resize::image(const Tensor& x, const Tensor&) const {
  const auto& [height, width] = options_.size;
  if (options_.method == ramie::Resize::nearest || x.size() == 0)
    return resize(x, {x.shape(0), height, width, x.shape(3)}, options_.method, options_.antialias);
  Tensor y = is_floating(x.dtype()) ? x : x.astype(float32);
  if (x.shape(1) != height) y = mixed(y, weights(y, 1, height, options_));
  if (x.shape(2) != width) y = swapaxes(mixed(swapaxes(y, 1, 2), weights(y, 2, width, options_)), 1, 2);
  return y;
}

std::string Resize::settings() const {
  const auto& o = options_;
  return fmt::format("{} x {}, {}{}", o.size[0], o.size[1], method_name(o.method),
                     o.antialias ? "" : ", no antialias");
}

}  // namespace ramie::data
