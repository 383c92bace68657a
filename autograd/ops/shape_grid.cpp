#include <ramie/autograd/ops/shape_grid.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// In float64, so that the ends are exact.
Tensor spread(double start, double stop, std::int64_t n, double base, DType dtype) {
  return astype(power(base, linspace(start, stop, n, float64)), dtype);
}

// One axis along axis i of a grid.
Tensor along(const Tensor& x, int i, const Shape& grid) {
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(grid.rank()), 1));
  shape[i] = x.size();
  return broadcast_to(reshape(x, shape), grid);
}

}  // namespace

Tensor logspace(double start, double stop, std::int64_t n, double base, DType dtype) {
  if (n < 0) fail("logspace", fmt::format("{} values: the count must not be negative.", n));
  return spread(start, stop, n, base, dtype);
}

Tensor geomspace(double start, double stop, std::int64_t n, DType dtype) {
  if (n < 0) fail("geomspace", fmt::format("{} values: the count must not be negative.", n));
  if (!(start * stop > 0))
    fail("geomspace", fmt::format("no constant quotient leads from {} to {}.", start, stop));
  return astype(spread(0, std::log2(stop / start), n, 2, float64) * start, dtype);
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& axes, Indexing indexing) {
  const bool swapped = indexing == Indexing::xy && axes.size() > 1;
  Shape grid;
  for (auto& x : axes) {
    if (x.rank() > 1) fail("meshgrid", fmt::format("{} has more than one axis.", str(x.layout())));
    grid.push_back(x.size());
  }
  if (swapped) std::swap(grid[0], grid[1]);
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < axes.size(); ++i)
    out.push_back(along(axes[i], static_cast<int>(swapped && i < 2 ? 1 - i : i), grid));
  return out;
}

Tensor indices(const Shape& shape, DType dtype) {
  std::vector<Tensor> axes;
  for (auto n : shape) axes.push_back(arange(0, n, 1, dtype));
  return axes.empty() ? zeros({0}, dtype) : stack(meshgrid(axes, Indexing::ij));
}

}  // namespace ramie
