#include <ramie/tensor/ops/conv2d.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/conv2d_depthwise.h>
#include <ramie/tensor/ops/conv2d_image.h>
#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/ops/conv2d_phase.h>

namespace ramie::kernels {
namespace {

std::string both(const Layout& x, const Layout& kernel) {
  return fmt::format("x is {}, kernel {} (HWIO). Images are NHWC.", str(x), str(kernel));
}

void check_ranks(const Layout& x, const Layout& kernel) {
  if (x.rank() != 4) fail("conv2d", fmt::format("images have 4 axes: {}", both(x, kernel)));
  if (kernel.rank() != 4) fail("conv2d", fmt::format("kernels have 4 axes: {}", both(x, kernel)));
  if (x.dtype != kernel.dtype) fail("conv2d", fmt::format("the dtypes differ: {}", both(x, kernel)));
}

void check_window(const ConvWindow& w) {
  for (int axis : {0, 1}) {
    if (w.strides[axis] < 1) fail("conv2d", fmt::format("a stride of {} is less than 1.", w.strides[axis]));
    if (w.dilation[axis] < 1)
      fail("conv2d", fmt::format("a kernel dilation of {} is less than 1.", w.dilation[axis]));
  }
  if (w.groups < 1) fail("conv2d", fmt::format("feature_group_count is {}: it must be 1 or more.", w.groups));
}

void check_channels(const ConvWindow& w, const Layout& x, const Layout& kernel) {
  const std::int64_t expected = kernel.shape[2] * w.groups;
  const std::string in_groups =
      w.groups > 1 ? fmt::format(" ({} in each of {} groups)", kernel.shape[2], w.groups) : "";
  if (x.shape[3] != expected)
    fail("conv2d", fmt::format("input has {} channels but the kernel expects {}{}: {}", x.shape[3], expected,
                               in_groups, both(x, kernel)));
  if (kernel.shape[3] % w.groups)
    fail("conv2d", fmt::format("{} output channels do not divide into {} groups: {}", kernel.shape[3],
                               w.groups, both(x, kernel)));
}

// The number of output positions along the height or width.
std::int64_t positions(const ConvWindow& w, int axis, const Layout& x, const Layout& kernel) {
  const std::int64_t padded = x.shape[1 + axis] + w.padding[axis][0] + w.padding[axis][1];
  const std::int64_t span = (kernel.shape[axis] - 1) * w.dilation[axis] + 1;
  if (kernel.shape[axis] < 1) fail("conv2d", fmt::format("the kernel is empty: {}", both(x, kernel)));
  if (padded < span)
    fail("conv2d", fmt::format("the kernel's {} of {} exceeds the padded image's {}: {} Use SAME padding.",
                               axis ? "width" : "height", span, padded, both(x, kernel)));
  return (padded - span) / w.strides[axis] + 1;
}

}  // namespace

Layout Conv2d::outputs(const Layout& x, const Layout& kernel) const {
  check_ranks(x, kernel);
  check_window(window);
  check_channels(window, x, kernel);
  return {x.dtype,
          {x.shape[0], positions(window, 0, x, kernel), positions(window, 1, x, kernel), kernel.shape[3]}};
}

std::size_t Conv2d::workspace(const Layout& x, const Layout& kernel) const {
  if (!is_floating(x.dtype) || is_depthwise(window, x, kernel)) return 0;
  const Layout y = outputs(x, kernel);
  return real_bytes(y) + correlation_workspace(correlation(window, y.shape, kernel.shape), x.dtype, workers);
}

void Conv2d::run(Cpu cpu, View y, View x, View kernel) const noexcept {
  const Finish finish(cpu, y);
  std::byte* workspace = cpu.workspace;
  if (is_depthwise(window, *x.layout, *kernel.layout)) return depthwise(window, y, x, kernel, finish);
  if (is_floating(y.layout->dtype) && !is_small_float(y.layout->dtype)) {
    const CorrelationPhase p = forward_phase(window, y, kernel);
    return correlate(p.correlation, x, p.kernel, p.y, workspace, workers, finish);
  }
  if (is_floating(y.layout->dtype)) {
    std::byte* real = real_output(y, workspace);
    const CorrelationPhase p = forward_phase(window, {real, y.layout}, kernel);
    correlate(p.correlation, x, p.kernel, p.y, workspace, workers);
    round_output(y, real);
  } else {
    naive::Conv2d{window}.run(cpu, y, x, kernel);
  }
  finish(0, y.size());
}

}  // namespace ramie::kernels
