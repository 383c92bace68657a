#include <ramie/data/operators/batch_mix.h>

#include <cmath>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/beta.h>
#include <ramie/data/operators/records.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : x.astype(float32); }

Tensor mixed(const Tensor& x, const Tensor& share, const Tensor& permutation) {
  const Tensor own = floating(x), other = take(own, permutation.to(x.device()));
  return other + share.to(x.device()).astype(own.dtype()) * (own - other);
}

struct Span {  // of the box, along one side of the image
  Tensor begin, end;
};
Span span(const Tensor& centre, const Tensor& ratio, std::int64_t side) {
  const auto length = static_cast<double>(side);
  const Tensor half = length * ratio / 2, at = centre.astype(float32);
  return {clip(at - half, 0, length), clip(at + half, 0, length)};
}

Tensor inside(const Span& s, std::int64_t side) {
  const Tensor pixel = arange(0, side, 1, float32);
  return (pixel >= s.begin) & (pixel < s.end);
}

// The values as they are, with the dtypes of other batches.
Batch unmixed(Batch batch, const BatchMixOptions& options) {
  for (auto& [name, x] : batch)
    if (options.mode == MixMode::mixup || name == options.label_field) x = floating(x);
  return batch;
}

const Tensor& images_of(const Batch& batch, const std::string& field) {
  const Tensor& images = batch[field];
  if (images.rank() < 4)
    fail("BatchMix",
         fmt::format("cutmix needs images [n, h, w, channels], \"{}\" is {}.", field, str(images.layout())));
  return images;
}

}  // namespace

Batch mixup(const Batch& batch, const Tensor& lambda, const Tensor& permutation) {
  Batch out = batch;
  for (auto& [name, x] : out) x = mixed(x, lambda, permutation);
  return out;
}

Batch cutmix(const Batch& batch, const Tensor& lambda, const Tensor& permutation, const Tensor& x,
             const Tensor& y, const std::string& data_field, const std::string& label_field) {
  const Tensor& images = images_of(batch, data_field);
  const std::int64_t height = images.shape(1), width = images.shape(2);
  const Tensor ratio = sqrt(1 - lambda);
  const Span across = span(x, ratio, width), down = span(y, ratio, height);
  Shape shape = {1, height, width};
  for (int axis = 3; axis < images.rank(); ++axis) shape.push_back(1);
  const Tensor box = reshape(expand_dims(inside(down, height), 1) & inside(across, width), shape);

  Batch out = batch;
  out[data_field] = where(box.to(images.device()), take(images, permutation.to(images.device())), images);
  if (!batch.contains(label_field)) return out;
  const Tensor area = (across.end - across.begin) * (down.end - down.begin);
  out[label_field] = mixed(batch[label_field], 1 - area / static_cast<double>(height * width), permutation);
  return out;
}

BatchMix::BatchMix(BatchMixOptions options) : options_(std::move(options)) {
  if (!(options_.alpha > 0 && std::isfinite(options_.alpha)))
    fail("BatchMix", fmt::format("alpha is {}: it must be a positive number.", options_.alpha));
}

std::string BatchMix::describe() const {
  if (options_.mode == MixMode::mixup) return fmt::format("BatchMix(mixup, alpha {})", options_.alpha);
  return fmt::format("BatchMix(cutmix, alpha {}, {}, {})", options_.alpha, options_.data_field,
                     options_.label_field);
}

Batch BatchMix::apply(const Batch& batch, const Tensor& keys) const {
  const std::int64_t n = detail::rows("BatchMix", batch);
  if (n < 2) return unmixed(batch, options_);
  detail::check_keys("BatchMix", n, keys);
  const auto drawn = random::split(keys[0], 4);
  const Tensor lambda = beta(drawn[0], options_.alpha, options_.alpha);
  const Tensor permutation = random::permutation(drawn[1], n);
  if (options_.mode == MixMode::mixup) return mixup(batch, lambda, permutation);
  const Tensor& images = images_of(batch, options_.data_field);
  return cutmix(batch, lambda, permutation, random::randint(drawn[2], {}, 0, images.shape(2)),
                random::randint(drawn[3], {}, 0, images.shape(1)), options_.data_field, options_.label_field);
}

}  // namespace ramie::data
