#include <ramie/data/operators/crop.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/patch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

using Size = std::array<std::int64_t, 2>;

std::string by(const Size& s) { return fmt::format("{} x {}", s[0], s[1]); }

void check_size(const std::string& op, const Size& s) {
  if (s[0] < 1 || s[1] < 1) fail(op, fmt::format("size is {}: give a height and a width, in pixels.", by(s)));
}

Size common(const Tensor& x, const Size& size) {
  return {std::min(x.shape(1), size[0]), std::min(x.shape(2), size[1])};
}

Tensor centre(const Tensor& x, const Size& size) {
  const auto [h, w] = common(x, size);
  const std::int64_t top = (x.shape(1) - h) / 2, left = (x.shape(2) - w) / 2;
  return x.index({range(), range(top, top + h), range(left, left + w)});
}

// [rows, 1, 1]: where a part of length n begins on an axis.
Tensor begins(const Tensor& x, int axis, std::int64_t n, const Tensor& keys) {
  const auto draw = static_cast<std::uint32_t>(axis - 1);
  return detail::whole(random::uniform_rows(detail::draw_keys(keys, draw), {1, 1}), x.shape(axis) - n + 1);
}

// All pixels of all images as one list, of which those are taken that lie at these places.
Tensor part(const Tensor& x, const Tensor& top, const Tensor& left, const Size& size) {
  const std::int64_t height = x.shape(1), width = x.shape(2), pixels = x.shape(0) * height * width;
  const DType index = pixels > std::numeric_limits<std::int32_t>::max() ? int64 : int32;
  const auto places = [&](std::int64_t n, const Shape& shape) {
    return reshape(arange(0, n, 1, index), shape).to(x.device());
  };
  const Tensor rows = places(size[0], {1, -1, 1}) + top + places(x.shape(0), {-1, 1, 1}) * height;
  const Tensor at = rows * width + (places(size[1], {1, 1, -1}) + left);
  return take(reshape(x, {pixels, x.shape(3)}), at);
}

}  // namespace

RandomCrop::RandomCrop(RandomCropOptions options)
    : ImageOperator("RandomCrop", detail::modality(options), Pixels::any), options_(std::move(options)) {
  check_size(name(), options_.size);
  if (options_.padding[0] < 0 || options_.padding[1] < 0)
    fail(name(), fmt::format("padding is {}: at least 0.", by(options_.padding)));
}

Tensor RandomCrop::image(const Tensor& x, const Tensor& keys) const {
  const auto& [rows, columns] = options_.padding;
  const bool padded = rows > 0 || columns > 0;
  const Tensor from =
      padded ? pad(x, {{0, 0}, {rows, rows}, {columns, columns}, {0, 0}}, options_.fill_value) : x;
  if (!options_.stochastic) return centre(from, options_.size);
  const Size size = common(from, options_.size);
  return part(from, begins(from, 1, size[0], keys), begins(from, 2, size[1], keys), size);
}

std::string RandomCrop::settings() const {
  const auto& o = options_;
  const bool padded = o.padding != Size{};
  return by(o.size) + (padded ? fmt::format(", padding {} of {}", by(o.padding), o.fill_value) : "") +
         (o.stochastic ? "" : ", fixed");
}

CenterCrop::CenterCrop(CenterCropOptions options)
    : ImageOperator("CenterCrop", detail::modality(options), Pixels::any), options_(std::move(options)) {
  check_size(name(), options_.size);
}
Tensor CenterCrop::image(const Tensor& x, const Tensor&) const { return centre(x, options_.size); }
std::string CenterCrop::settings() const { return by(options_.size); }

}  // namespace ramie::data
