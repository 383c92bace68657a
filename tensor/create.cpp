#include <ramie/tensor/create.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/fill.h>

namespace ramie {

Tensor full(const Shape& shape, Scalar value, DType dtype) {
  return launch(kernels::Fill{{dtype, shape}, value});
}
Tensor full(const Shape& shape, Scalar value) { return full(shape, value, value.dtype()); }
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor full_like(const Tensor& x, Scalar value) {
  const DeviceScope on(x.device());
  return full(x.shape(), value, x.dtype());
}
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

Tensor arange(Scalar start, Scalar stop, Scalar step, DType dtype) {
  const double first = start.as<double>(), by = step.as<double>();
  if (by == 0 || !std::isfinite(by)) fail("arange", fmt::format("the step is {}.", by));
  const double n = std::max(std::ceil((stop.as<double>() - first) / by), 0.0);
  if (!(n < 1e15)) fail("arange", "the range is too long or not a number.");
  return launch(kernels::Ramp{{dtype, {static_cast<std::int64_t>(n)}}, first, by});
}
Tensor arange(Scalar start, Scalar stop, Scalar step) {
  const DType dtype = promote(promote(start.dtype(), stop.dtype()), promote(step.dtype(), int32));
  return arange(start, stop, step, dtype);
}
Tensor arange(Scalar stop) { return arange(0, stop); }

Tensor linspace(double start, double stop, std::int64_t n, DType dtype) {
  if (n < 0) fail("linspace", fmt::format("{} values: the count must not be negative.", n));
  if (!is_floating(dtype))
    fail("linspace", fmt::format("the dtype is {}: it must be floating.", name(dtype)));
  return launch(kernels::Ramp{{dtype, {n}}, start, n > 1 ? (stop - start) / static_cast<double>(n - 1) : 0});
}

Tensor eye(std::int64_t n, DType dtype) { return launch(kernels::Eye{{dtype, {n, n}}}); }

namespace detail {

void check_rows(std::int64_t expected, std::int64_t got) {
  if (expected != got)
    fail("tensor", fmt::format("rows of {} and {} values: all rows must be equally long.", expected, got));
}
}  // namespace detail
}  // namespace ramie
