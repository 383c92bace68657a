#include <ramie/data/operators/patch_dropout.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/patch.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

// [rows, n] or, fixed, [1, n]: where patches begin that have `places` to begin at.
Tensor drawn(const Tensor& keys, std::uint32_t draw, std::int64_t n, std::int64_t places) {
  return detail::whole(random::uniform_rows(detail::draw_keys(keys, draw), {n}), places);
}
Tensor fixed(const Tensor& x, std::size_t key, std::int64_t n, std::int64_t places) {
  const Tensor one = random::split(random::key(0).to(x.device()))[key];
  return expand_dims(random::randint(one, {n}, 0, places), 0);
}

}  // namespace

PatchDropout::PatchDropout(PatchDropoutOptions options)
    : ImageOperator("PatchDropout", detail::modality(options), Pixels::any), options_(std::move(options)) {
  const auto& o = options_;
  if (o.num_patches < 0) fail(name(), fmt::format("num_patches is {}: at least 0.", o.num_patches));
  if (o.patch_size[0] < 1 || o.patch_size[1] < 1)
    fail(name(), fmt::format("patch_size is {} x {}: at least 1 x 1.", o.patch_size[0], o.patch_size[1]));
}

Tensor PatchDropout::image(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  const auto n = o.num_patches, rows = x.shape(1) - o.patch_size[0] + 1,
             columns = x.shape(2) - o.patch_size[1] + 1;
  if (n == 0 || rows < 1 || columns < 1) return x;
  const Tensor left = o.stochastic ? drawn(keys, 0, n, columns) : fixed(x, 0, n, columns);
  const Tensor top = o.stochastic ? drawn(keys, 1, n, rows) : fixed(x, 1, n, rows);
  const Tensor mask =
      detail::covered(top, left, {o.patch_size[0], o.patch_size[1]}, {x.shape(1), x.shape(2)});
  return where(mask, o.drop_value, x);
}

std::string PatchDropout::settings() const {
  const auto& o = options_;
  return fmt::format("{} of {} x {} at {}{}", o.num_patches, o.patch_size[0], o.patch_size[1], o.drop_value,
                     o.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
