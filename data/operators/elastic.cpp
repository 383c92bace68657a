#include <ramie/data/operators/elastic.h>

#include <cmath>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/warp.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

Elastic::Elastic(ElasticOptions options)
    : ImageOperator("Elastic", detail::modality(options)), options_(std::move(options)) {
  if (!std::isfinite(options_.alpha)) fail(name(), fmt::format("alpha is {}: finite.", options_.alpha));
  if (!(options_.sigma > 0 && options_.sigma < 1000))
    fail(name(), fmt::format("sigma is {}: more than 0 pixels, less than 1000.", options_.sigma));
}

// Products with the matrix on the left, one for each image, so that its bits depend on no other image.
Tensor Elastic::offsets(const Tensor& x, const Tensor& keys, std::uint32_t draw) const {
  const std::int64_t h = x.shape(1), w = x.shape(2);
  const Tensor noise = random::uniform_rows(detail::draw_keys(keys, draw), {h, w}, x.dtype(), -1, 1);
  const auto matrix = [&](std::int64_t n) {
    return detail::blur_matrix(n, options_.sigma, x.dtype()).to(x.device());
  };
  const Tensor columns = swapaxes(matmul(matrix(h), noise), 1, 2);
  return swapaxes(matmul(matrix(w), contiguous(columns)), 1, 2) * (options_.alpha / 2);
}

Tensor Elastic::image(const Tensor& x, const Tensor& keys) const {
  if (!options_.stochastic || options_.alpha == 0 || x.size() == 0) return x;
  const auto from = detail::grid(x, 0, 0);
  const detail::Points at{from.y + offsets(x, keys, 0), from.x + offsets(x, keys, 1)};
  return detail::sample(x, at, options_.fill_value, detail::Beyond::blend);
}

std::string Elastic::settings() const {
  const auto& o = options_;
  return fmt::format("alpha {}, sigma {}, fill {}{}", o.alpha, o.sigma, o.fill_value,
                     o.stochastic ? "" : ", fixed");
}

namespace detail {
namespace {

// 2 1 [0 1 2] 1 0 1 ...
std::int64_t reflected(std::int64_t i, std::int64_t n) {
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1), k = ((i % period) + period) % period;
  return k < n ? k : period - k;
}

}  // namespace

Tensor blur_matrix(std::int64_t n, double sigma, DType dtype) {
  const auto reach = static_cast<std::int64_t>(std::lround(4 * sigma));
  std::vector<double> w(static_cast<std::size_t>(n * n));
  double total = 0;
  for (std::int64_t d = -reach; d <= reach; ++d)
    total += std::exp(-0.5 * static_cast<double>(d * d) / (sigma * sigma));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t d = -reach; d <= reach; ++d)
      w[static_cast<std::size_t>(i * n + reflected(i + d, n))] +=
          std::exp(-0.5 * static_cast<double>(d * d) / (sigma * sigma)) / total;
  return from_vector(w, {n, n}).astype(dtype);
}

}  // namespace detail
}  // namespace ramie::data
