#include <ramie/tensor/ops/conv2d_correlate.h>

#include <algorithm>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/cpu/tile.h>
#include <ramie/tensor/ops/conv2d_image.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t band_bytes = 128 << 10;  // of padded image: a part of the second-level cache
constexpr std::int64_t wanted_tasks = 32;       // so many threads find work in small batches too
constexpr std::int64_t worthwhile = 1 << 16;    // multiplications that pay for waking a thread

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

template <class T>
struct Plan {
  const Correlation& c;
  TileSize tile = tile_size<T>();
  std::int64_t width;                                                   // of the padded image
  std::int64_t bands;                                                   // of each image
  std::int64_t panel_width = ceil_div(c.out, tile.lanes) * tile.lanes;  // of a group's panels together

  explicit Plan(const Correlation& correlation) : c(correlation) {
    width = extent(1, c.positions[1]);
    const std::int64_t row_bytes =
        std::max<std::int64_t>(width * c.groups * c.in * static_cast<std::int64_t>(sizeof(T)), 1);
    const std::int64_t fit = (band_bytes / row_bytes - span(0)) / c.strides[0] + 1;
    const std::int64_t share = ceil_div(c.positions[0] * c.images, wanted_tasks);
    bands = ceil_div(c.positions[0], std::max<std::int64_t>(std::min(fit, share), 1));
  }
  std::int64_t span(int axis) const {
    return std::max<std::int64_t>((c.taps[axis] - 1) * c.dilation[axis] + 1, 0);
  }
  // The pixels under so many output positions.
  std::int64_t extent(int axis, std::int64_t positions) const {
    return (positions - 1) * c.strides[axis] + span(axis);
  }
  std::int64_t first_row(std::int64_t band) const { return c.positions[0] * band / bands; }
  std::size_t panel_bytes() const {
    return aligned(static_cast<std::size_t>(c.groups * panel_width * c.depth()) * sizeof(T));
  }
  std::size_t band_size() const {  // the largest, in bytes
    const std::int64_t rows = extent(0, ceil_div(c.positions[0], bands));
    return aligned(static_cast<std::size_t>(rows * width * c.groups * c.in) * sizeof(T));
  }
  std::int64_t grain() const {  // bands that are worth a thread
    const std::int64_t work = ceil_div(c.positions[0], bands) * c.positions[1] * c.depth() * c.groups * c.out;
    return ceil_div(worthwhile, std::max<std::int64_t>(work, 1));
  }
};

// Rows (tap, channel) of the kernel, each as wide as a panel, with zeros after the last column.
template <class T, class From>
void pack(const Plan<T>& plan, const CorrelationKernel& k, T* panels) {
  const Correlation& c = plan.c;
  const std::int64_t depth = c.depth();
  const From* kernel = reinterpret_cast<const From*>(k.data);
  parallel_for(c.groups * depth, default_grain / plan.panel_width + 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t r = begin; r < end; ++r) {
                   const std::int64_t group = r / depth, row = r % depth, tap = row / c.in;
                   const From* from = kernel + group * k.group + tap / c.taps[1] * k.row +
                                      tap % c.taps[1] * k.column + row % c.in * k.in;
                   for (std::int64_t n = 0; n < plan.panel_width; n += plan.tile.columns) {
                     const std::int64_t wide = std::min(plan.tile.columns, plan.panel_width - n),
                                        used = std::min(wide, c.out - n);
                     T* to = panels + group * plan.panel_width * depth + n * depth + row * wide;
                     for (std::int64_t i = 0; i < used; ++i) to[i] = convert<T>(from[(n + i) * k.out]);
                     std::fill(to + used, to + wide, T(0));
                   }
                 }
               });
}

// The sums that a tile takes over taps and channels. Where a kernel row and its channels lie side by side in
// the image, they are one long loop.
template <class T>
void set_sums(const Correlation& c, const ConvImage<T>& x, std::int64_t wide, Tile<T>& t) {
  const std::int64_t row = c.dilation[0] * x.row, run = c.taps[1] * c.in;
  if (c.groups == 1 && c.dilation[1] == 1 && x.pixel == c.in) {
    t.count = {1, c.taps[0], run};
    t.a_step = {0, row, 1};
    t.b_step = {0, run * wide, wide};
  } else {
    t.count = {c.taps[0], c.taps[1], c.in};
    t.a_step = {row, c.dilation[1] * x.pixel, 1};
    t.b_step = {run * wide, c.in * wide, wide};
  }
}

// One panel's channels of so many rows of the output.
template <class T>
void correlate_panel(const Plan<T>& plan, const ConvImage<T>& x, std::int64_t rows, Tile<T> t,
                     const CorrelationOutput& y) {
  const std::int64_t width = plan.c.positions[1], pieces = ceil_div(width, plan.tile.rows);
  const T* a = t.a;
  T* out = t.c;
  t.run_step = plan.c.strides[1] * x.pixel;
  t.c_step = y.pixel;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const std::int64_t begin = width * piece / pieces;
      t.runs = width * (piece + 1) / pieces - begin;
      t.a = a + i * plan.c.strides[0] * x.row + begin * t.run_step;
      t.c = out + i * y.row + begin * y.pixel;
      multiply_tile(t);
    }
}

template <class T>
void correlate_band(const Plan<T>& plan, const ConvImage<T>& x, std::int64_t rows, const T* panels, T* out,
                    const CorrelationOutput& y) {
  const Correlation& c = plan.c;
  for (std::int64_t g = 0; g < c.groups; ++g)
    for (std::int64_t n = 0; n < c.out; n += plan.tile.columns) {
      const std::int64_t wide = std::min(plan.tile.columns, plan.panel_width - n);
      Tile<T> t{.a = x.data + g * c.in,
                .b = panels + (g * plan.panel_width + n) * c.depth(),
                .c = out + g * c.out + n,
                .columns = std::min(wide, c.out - n),
                .count = {},
                .a_step = {},
                .b_step = {}};
      set_sums(c, x, wide, t);
      correlate_panel(plan, x, rows, t, y);
    }
}

template <class T, class From>
void correlate(const Correlation& c, View x, const CorrelationKernel& kernel, const CorrelationOutput& y,
               std::byte* workspace, int workers, const Finish& finish) {
  const Plan<T> plan(c);
  T* panels = reinterpret_cast<T*>(workspace);
  pack<T, From>(plan, kernel, panels);
  const std::int64_t tasks = c.images * plan.bands;
  const std::int64_t grain = std::max(plan.grain(), ceil_div(tasks, workers));
  parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    const auto slot = static_cast<std::size_t>(omp_get_thread_num() % workers);
    T* scratch = reinterpret_cast<T*>(workspace + plan.panel_bytes() + slot * plan.band_size());
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t image = t / plan.bands, row = plan.first_row(t % plan.bands);
      const std::int64_t rows = plan.first_row(t % plan.bands + 1) - row;
      const ConvPatch patch{image, row * c.strides[0] - c.before[0], -c.before[1], plan.extent(0, rows),
                            plan.width};
      const std::int64_t first = image * y.image + row * y.row;
      correlate_band(plan, patch_of<T, From>(x, patch, scratch), rows, panels,
                     reinterpret_cast<T*>(y.data) + first, y);
      finish(first, first + rows * y.row);
    }
  });
}

bool nothing(const Correlation& c) {
  return c.images * c.positions[0] * c.positions[1] * c.groups * c.out == 0;
}

}  // namespace

std::size_t correlation_workspace(const Correlation& c, DType dtype, int workers) {
  const auto bytes = [&]<class T>(const Plan<T>& plan) {
    return plan.panel_bytes() + static_cast<std::size_t>(workers) * plan.band_size();
  };
  if (nothing(c)) return 0;
  return dtype == float64 ? bytes(Plan<double>(c)) : bytes(Plan<float>(c));
}

void correlate(const Correlation& c, View x, const CorrelationKernel& kernel, const CorrelationOutput& y,
               std::byte* workspace, int workers, const Finish& finish) {
  if (nothing(c)) return;
  visit(x.layout->dtype, [&]<class From>(Type<From>) {
    if constexpr (!std::is_integral_v<From>)
      correlate<Accumulator<From>, From>(c, x, kernel, y, workspace, workers, finish);
  });
}

}  // namespace ramie::kernels
