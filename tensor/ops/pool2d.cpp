#include <ramie/tensor/ops/pool2d.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/pool2d_naive.h>
#include <ramie/tensor/ops/pool2d_rows.h>

namespace ramie::kernels {
namespace {

void check_window(const char* op, const PoolWindow& p) {
  for (std::size_t axis : {0, 1}) {
    if (p.size[axis] < 1) fail(op, fmt::format("a window of {}x{} is empty.", p.size[0], p.size[1]));
    if (p.strides[axis] < 1) fail(op, fmt::format("a stride of {} is less than 1.", p.strides[axis]));
  }
}

std::int64_t positions(const char* op, const PoolWindow& p, std::size_t axis, const Layout& x) {
  const std::int64_t padded = x.shape[1 + static_cast<int>(axis)] + p.padding[axis][0] + p.padding[axis][1];
  if (padded < p.size[axis])
    fail(op,
         fmt::format("a window of {}x{} exceeds the padded image's {} of {}: x is {}. Images are NHWC; use a "
                     "smaller window or SAME padding.",
                     p.size[0], p.size[1], axis ? "width" : "height", padded, str(x)));
  return (padded - p.size[axis]) / p.strides[axis] + 1;
}

Layout pooled(const char* op, const PoolWindow& p, const Layout& x) {
  if (x.rank() != 4) fail(op, fmt::format("images have 4 axes (NHWC), but x is {}.", str(x)));
  check_window(op, p);
  return x.as({x.shape[0], positions(op, p, 0, x), positions(op, p, 1, x), x.shape[3]});
}

// Whether the vector kernels take it: they read channels that lie side by side.
bool vectors_read(View x) {
  return (x.layout->dtype == float32 || x.layout->dtype == float64) &&
         (x.layout->strides[3] == 1 || x.shape(3) <= 1);
}
bool vectors_read(View x, View index) {
  return vectors_read(x) && (index.layout->strides[3] == 1 || x.shape(3) <= 1);
}

using RowFunction = void (*)(const PoolRows&, std::int64_t, std::int64_t);

// Splits the rows of y over the threads.
void run_rows(RowFunction rows, const PoolRows& p, View y) {
  const std::int64_t row = std::max<std::int64_t>(y.shape(2) * y.shape(3), 1);
  if (y.size() == 0) return;
  parallel_for(y.shape(0) * y.shape(1), default_grain / row + 1,
               [&](std::int64_t begin, std::int64_t end) { rows(p, begin, end); });
}

bool disjoint(const PoolWindow& p) { return p.strides[0] >= p.size[0] && p.strides[1] >= p.size[1]; }
// Whether every element lies under a window.
bool covered(const PoolWindow& p, const Shape& input, const Shape& output) {
  bool all = true;
  for (int axis : {0, 1})
    all = all && p.strides[axis] <= p.size[axis] && p.padding[axis][0] >= 0 &&
          (output[1 + axis] - 1) * p.strides[axis] + p.size[axis] >= input[1 + axis] + p.padding[axis][0];
  return all;
}

std::size_t span_bytes(const PoolWindow& p, const Shape& input) {
  return disjoint(p) ? 0 : static_cast<std::size_t>(input[1] + input[2]) * sizeof(PoolSpan);
}

// Which windows each row and column of the input lies in.
void fill_spans(const PoolWindow& p, const Shape& input, const Shape& output, PoolSpan* spans) {
  for (int axis : {0, 1})
    for (std::int64_t i = 0; i < input[1 + axis]; ++i) {
      const std::int64_t at = i + p.padding[axis][0],
                         past = at - p.size[axis];  // the last window that begins too early
      const std::int64_t stride = p.strides[axis], windows = output[1 + axis];
      *spans++ = {std::clamp<std::int64_t>(past < 0 ? 0 : past / stride + 1, 0, windows),
                  std::clamp<std::int64_t>(at < 0 ? 0 : at / stride + 1, 0, windows)};
    }
}

// p.y is the gradient, p.x the cotangent.
void run_gradient(RowFunction rows, PoolRows p, std::byte* workspace) {
  const Shape &input = p.y.layout->shape, &output = p.x.layout->shape;
  if (!disjoint(p.window)) {
    auto* spans = reinterpret_cast<PoolSpan*>(workspace);
    fill_spans(p.window, input, output, spans);
    p.spans = spans;
    return run_rows(rows, p, p.y);
  }
  if (!covered(p.window, input, output)) std::memset(p.y.data, 0, p.y.layout->bytes());
  run_rows(rows, p, p.x);
}

}  // namespace

Layout AvgPool::outputs(const Layout& x) const {
  Layout y = pooled(name, window, x);
  if (!is_floating(x.dtype))
    fail(name, fmt::format("an average of {} is not {}: use astype.", str(x), ramie::name(x.dtype)));
  return y;
}
Layout MaxPool::outputs(const Layout& x) const { return pooled(minimum ? "min_pool" : name, window, x); }
std::array<Layout, 2> MaxPoolIndex::outputs(const Layout& x) const {
  const Layout y = pooled(minimum ? "min_pool" : "max_pool", window, x);
  return {y, y.as(window.area() < 255 ? uint8 : int32)};
}

std::size_t AvgPoolGradient::workspace(const Layout&) const { return span_bytes(window, input); }
std::size_t PoolScatter::workspace(const Layout&, const Layout&) const { return span_bytes(window, input); }

void AvgPool::run(Cpu cpu, View y, View x) const noexcept {
  if (!vectors_read(x)) return naive::AvgPool{window, count_padding}.run(cpu, y, x);
  run_rows(avg_pool_rows, {.window = window, .count_padding = count_padding, .y = y, .x = x, .index = {}}, y);
}

void AvgPoolGradient::run(Cpu cpu, View dx, View dy) const noexcept {
  if (!vectors_read(dy)) return naive::AvgPoolGradient{window, count_padding, input}.run(cpu, dx, dy);
  run_gradient(avg_pool_gradient_rows,
               {.window = window, .count_padding = count_padding, .y = dx, .x = dy, .index = {}},
               cpu.workspace);
}

void MaxPool::run(Cpu cpu, View y, View x) const noexcept {
  if (!vectors_read(x)) return naive::MaxPool{window, minimum}.run(cpu, y, x);
  run_rows(max_pool_rows, {.window = window, .minimum = minimum, .y = y, .x = x, .index = {}}, y);
}

void MaxPoolIndex::run(Cpu cpu, View y, View index, View x) const noexcept {
  if (!vectors_read(x)) return naive::MaxPoolIndex{window, minimum}.run(cpu, y, index, x);
  run_rows(max_pool_index_rows, {.window = window, .minimum = minimum, .y = y, .x = x, .index = index}, y);
}

void PoolGather::run(Cpu cpu, View y, View x, View index) const noexcept {
  if (!vectors_read(x, index)) return naive::PoolGather{window}.run(cpu, y, x, index);
  run_rows(pool_gather_rows, {.window = window, .y = y, .x = x, .index = index}, y);
}

void PoolScatter::run(Cpu cpu, View dx, View dy, View index) const noexcept {
  if (!vectors_read(dy, index)) return naive::PoolScatter{window, input}.run(cpu, dx, dy, index);
  run_gradient(pool_scatter_rows, {.window = window, .y = dx, .x = dy, .index = index}, cpu.workspace);
}

}  // namespace ramie::kernels
