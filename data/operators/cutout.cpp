#include <ramie/data/operators/cutout.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/operators/patch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

Cutout::Cutout(CutoutOptions options)
    : ImageOperator("Cutout", detail::modality(options), Pixels::any), options_(std::move(options)) {
  if (options_.num_holes < 0) fail(name(), fmt::format("num_holes is {}: at least 0.", options_.num_holes));
  if (options_.length < 1) fail(name(), fmt::format("length is {}: at least 1.", options_.length));
}

Tensor Cutout::first(const Tensor& x, int axis, const Tensor& keys) const {
  const std::int64_t n = x.shape(axis), half = options_.length / 2;
  if (!options_.stochastic) return full({1, 1}, n / 2 - half, int32).to(x.device());
  const auto draw = static_cast<std::uint32_t>(axis - 1);
  return detail::whole(random::uniform_rows(detail::draw_keys(keys, draw), {options_.num_holes}), n) - half;
}

Tensor Cutout::image(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  if (o.num_holes == 0) return x;
  const Tensor mask =
      detail::covered(first(x, 1, keys), first(x, 2, keys), {o.length, o.length}, {x.shape(1), x.shape(2)});
  return where(mask, o.fill_value, x);
}

std::string Cutout::settings() const {
  const auto& o = options_;
  return fmt::format("{} of {} at {}{}", o.num_holes, o.length, o.fill_value, o.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
