// The gradient of conv2d by its kernel on a GPU, as an implicit product: its rows are the taps and channels
// of the input, its columns the output channels, and its depth the output positions of all images. Those are
// split among blocks; the splits, which follow from the shapes alone, leave their sums in the workspace, and
// a second kernel adds them in a fixed order.
#include <algorithm>

#include <ramie/tensor/ops/conv2d_correlate_cuda.h>
#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/ops/conv2d_phase.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 30;  // what indices count to

template <class T>
using Large = ProductTile<T, 64, 64, 8, 8, 2>;
template <class T>
using Middle = ProductTile<T, 32, 32, 4, 4, 2>;
template <class T>
using Flat = ProductTile<T, 16, 32, 4, 4, 4>;  // for kernels of few taps and channels

enum class Way { large, middle, flat, lines, naive };

// How it is computed: a function of the shapes.
struct Plan {
  Way way = Way::naive;
  std::int64_t splits = 1, each = 0;  // positions of a split, or lines of positions

  Plan(const ConvWindow& w, const Layout& x, const Layout& dy, const Shape& kernel) {
    const Correlation c = correlation(w, dy.shape, kernel);
    if (!is_floating(x.dtype) || !countable(c, x)) return;
    const std::int64_t lines = c.images * c.positions[0], positions = lines * c.positions[1];
    if (c.out <= 4 || positions >= most) {
      if (lines >= most) return;
      way = Way::lines, split(lines, ceil_divide(kernel.size(), block_threads), 4, 8, 1);
    } else if (x.dtype == float32 && c.depth() <= Flat<float>::rows) {
      way = Way::flat, split<Flat<float>>(c, positions);
    } else if (x.dtype == float32 && c.depth() > Middle<float>::rows && c.out > Middle<float>::columns) {
      way = Way::large, split<Large<float>>(c, positions);
    } else {
      way = Way::middle, split<Middle<float>>(c, positions);
    }
  }

 private:
  template <class Tile>
  void split(const Correlation& c, std::int64_t positions) {
    const std::int64_t tiles =
        ceil_divide(c.depth(), Tile::rows) * ceil_divide(c.out, Tile::columns) * c.groups;
    split(positions, tiles, Tile::resident, 2 * Tile::depth, Tile::depth);
  }
  // n things in as many splits as give a large GPU's 132 processors so many blocks each, if a split has at
  // least `fewest`; all but the last have a multiple of `unit`.
  void split(std::int64_t n, std::int64_t blocks, std::int64_t resident, std::int64_t fewest,
             std::int64_t unit) {
    const std::int64_t wanted = std::min(132 * resident / std::max<std::int64_t>(blocks, 1), n / fewest);
    each = ceil_divide(ceil_divide(n, std::max<std::int64_t>(wanted, 1)), unit) * unit;
    splits = n ? ceil_divide(n, each) : 1;
  }
};

template <class T, class From>
struct Sums {  // where they go: to the result if there is one split, else to its part of the workspace
  T* partial;
  From* result;
  std::int64_t size;
  __device__ void store(unsigned split, std::int64_t i, T sum) const {
    if (partial)
      partial[split * size + i] = sum;
    else
      result[i] = convert_on_device<From>(sum);
  }
};

// ---- the product ----

template <class Tile, class From, bool x_packed, bool dy_packed>
struct GradientSource {
  using T = typename Tile::T;
  using A = typename Tile::A;
  using B = typename Tile::B;
  const Correlate<From>& c;
  const From* dy;  // of the block's first output channel
  int left;        // output channels from there on
  unsigned begin, end;
  Site (&taps)[Tile::rows];
  Site (&pixels)[2][Tile::depth];
  T a[A::fours][4], b[B::fours][4];

  __device__ __forceinline__ void prepare(int step) {
    if (threadIdx.x >= Tile::depth) return;
    const unsigned m = begin + static_cast<unsigned>(step) * Tile::depth + threadIdx.x;
    pixels[step % 2][threadIdx.x] = m < end ? c.pixel(c.phases[0], m) : Site{0, 0, nowhere, 0};
  }
  __device__ __forceinline__ void fetch(int step) {
    const Site* of_step = pixels[step % 2];
#pragma unroll
    for (int n = 0; n < A::fours; ++n)
      c.x.template read<x_packed>(of_step[A::across(n).k], taps + A::across(n).i, a[n]);
#pragma unroll
    for (int n = 0; n < B::fours; ++n) {
      const auto [k, i] = B::across(n);
      const Site& pixel = of_step[k];
      read_four<dy_packed>(dy + pixel.other + i * c.y_channel, c.y_channel, pixel.i <= nowhere ? 0 : left - i,
                           b[n]);
    }
  }
  __device__ __forceinline__ void store(typename Tile::Stage& s) const {
#pragma unroll
    for (int n = 0; n < A::fours; ++n) A::store_across(s.a, A::across(n), a[n]);
#pragma unroll
    for (int n = 0; n < B::fours; ++n) B::store_across(s.b, B::across(n), b[n]);
  }
};

struct Blocks {  // of the grid: all blocks of a split follow each other, since they read the same pixels
  FastDivide columns, rows, groups;
  unsigned each;
};

template <class Tile, class From, bool x_packed, bool dy_packed>
__global__ void __launch_bounds__(Tile::threads, Tile::resident)
    gradient_kernel(Correlate<From> c, Blocks blocks, Sums<typename Tile::T, From> to) {
  auto& taps = shared<Site[Tile::rows], struct Taps>();
  auto& pixels = shared<Site[2][Tile::depth], struct Pixels>();
  const auto [above_column, column] = blocks.columns.split(blockIdx.x);
  const auto [above_row, row] = blocks.rows.split(above_column);
  const auto [split, group] = blocks.groups.split(above_row);
  const PhaseSites& phase = c.phases[0];
  for (unsigned r = threadIdx.x; r < Tile::rows; r += Tile::threads) {
    const unsigned k = row * Tile::rows + r;
    taps[r] = k < phase.depth ? c.tap(phase, k) : Site{0, 0, nowhere, 0};
    taps[r].x += group * c.in.divisor() * c.x.channel;
  }
  const std::int64_t first_column = group * static_cast<std::int64_t>(c.out) + column * Tile::columns;
  const int left = c.out - static_cast<int>(column) * Tile::columns;
  const unsigned begin = split * blocks.each, end = min(begin + blocks.each, c.positions(phase));
  GradientSource<Tile, From, x_packed, dy_packed> source{
      c, c.y + first_column * c.y_channel, left, begin, end, taps, pixels, {}, {}};
  Tile tile;
  tile.accumulate(source, static_cast<int>((end - begin + Tile::depth - 1) / Tile::depth));
  if (tile.part) return;
  tile.for_each([&, split = split](int i, int j) {
    const Site& tap = taps[tile.row_of(i)];
    if (tap.i >= 0 && tile.column_of(j) < left)
      to.store(split, tap.other + first_column + tile.column_of(j), tile.sums[i][j]);
  });
}

template <class Tile, bool x_packed, bool dy_packed, class From>
void launch_product(Cuda cuda, const Correlate<From>& c, const Plan& p,
                    const Sums<typename Tile::T, From>& to) {
  const std::int64_t columns = ceil_divide(c.out, Tile::columns),
                     rows = ceil_divide(c.phases[0].depth, Tile::rows);
  const Blocks blocks{FastDivide(columns), FastDivide(rows), FastDivide(c.groups),
                      static_cast<unsigned>(p.each)};
  launch_kernel(gradient_kernel<Tile, From, x_packed, dy_packed>,
                blocks_for(columns * rows * c.groups * p.splits, 1), Tile::threads, 0, cuda, c, blocks, to);
}
template <class Tile, class From>
void launch_product(Cuda cuda, const Correlate<From>& c, const Plan& p,
                    const Sums<typename Tile::T, From>& to) {
  if (c.x.packed && c.y_packed)
    launch_product<Tile, true, true>(cuda, c, p, to);
  else if (c.x.packed)
    launch_product<Tile, true, false>(cuda, c, p, to);
  else if (c.y_packed)
    launch_product<Tile, false, true>(cuda, c, p, to);
  else
    launch_product<Tile, false, false>(cuda, c, p, to);
}

// ---- few output channels ----
// A thread for each element of the kernel, over lines of output positions.
template <class T, class From>
__global__ void __launch_bounds__(block_threads)
    lines_kernel(Correlate<From> c, FastDivide channels, FastDivide out, FastDivide line_count, unsigned each,
                 Sums<T, From> to) {
  const unsigned e = blockIdx.x * block_threads + threadIdx.x;
  if (e >= to.size) return;
  const PhaseSites& phase = c.phases[0];
  const auto [k, channel] = channels.split(e);
  Site tap = c.tap(phase, k);
  tap.x += out(channel) * c.in.divisor() * c.x.channel;
  const unsigned begin = blockIdx.y * each, end = min(begin + each, c.images * line_count.divisor());
  T sum = 0;
  for (unsigned line = begin; line < end; ++line) {
    const auto [image, i] = line_count.split(line);
    const int h = static_cast<int>(i) * c.strides[0] - phase.before[0];
    const From* dy = c.y + image * c.y_image + i * c.y_row + channel * c.y_channel;
    const std::int64_t x_line = image * c.x.image + h * c.x.row;
    for (unsigned j = 0; j < phase.width.divisor(); ++j, dy += c.y_pixel) {
      const int w = static_cast<int>(j) * c.strides[1] - phase.before[1];
      const Site pixel{x_line + w * c.x.pixel, 0, h, w};
      if (c.x.inside(pixel, tap))
        sum = std::fma(c.x.template at<T>(pixel, tap), convert_on_device<T>(*dy), sum);
    }
  }
  to.store(blockIdx.y, e, sum);
}

template <class T, class From>
void launch_lines(Cuda cuda, const Correlate<From>& c, const Plan& p, const Sums<T, From>& to) {
  const PhaseSites& s = c.phases[0];
  const dim3 grid(blocks_for(to.size, block_threads), static_cast<unsigned>(p.splits));
  launch_kernel(lines_kernel<T, From>, grid, block_threads, 0, cuda, c,
                FastDivide(static_cast<std::int64_t>(c.groups) * c.out), FastDivide(c.out),
                FastDivide(s.area.divisor() / s.width.divisor()), static_cast<unsigned>(p.each), to);
}

// ---- the sum of the splits ----
// `parts` threads add every parts-th split of an element, and one of them their sums.
template <int parts, class T, class From>
__global__ void __launch_bounds__(block_threads) add_splits(Sums<T, From> of, unsigned splits) {
  constexpr unsigned elements = block_threads / parts;
  auto& sums = shared<T[parts][elements], struct OfParts>();
  const unsigned part = threadIdx.x / elements, i = threadIdx.x % elements;
  const std::int64_t e = static_cast<std::int64_t>(blockIdx.x) * elements + i;
  T sum = 0;
  if (e < of.size)
    for (unsigned s = part; s < splits; s += parts) sum += of.partial[s * of.size + e];
  if constexpr (parts > 1) {
    sums[part][i] = sum;
    __syncthreads();
    for (int p = 1; p < parts && part == 0; ++p) sum += sums[p][i];
  }
  if (e < of.size && part == 0) of.result[e] = convert_on_device<From>(sum);
}

template <class T, class From>
void add(Cuda cuda, const Sums<T, From>& of, std::int64_t splits) {
  const auto n = static_cast<unsigned>(splits);
  if (of.size >= (1 << 16))
    launch_kernel(add_splits<1, T, From>, blocks_for(of.size, block_threads), block_threads, 0, cuda, of, n);
  else
    launch_kernel(add_splits<8, T, From>, blocks_for(of.size, block_threads / 8), block_threads, 0, cuda, of,
                  n);
}

template <class From>
void run(Cuda cuda, const Plan& p, const Correlate<From>& c, View dkernel) {
  using T = Accumulator<From>;
  T* partial = p.splits > 1 ? reinterpret_cast<T*>(cuda.workspace) : nullptr;
  const Sums<T, From> to{partial, dkernel.as<From>(), dkernel.size()};
  if constexpr (std::is_same_v<From, float>) {
    if (p.way == Way::flat) launch_product<Flat<float>>(cuda, c, p, to);
    if (p.way == Way::large && c.x.packed && c.y_packed)
      launch_product<Large<float>, true, true>(cuda, c, p, to);
    else if (p.way == Way::large)
      launch_product<Middle<float>>(cuda, c, p, to);
  }
  if (p.way == Way::middle) launch_product<Middle<T>>(cuda, c, p, to);
  if (p.way == Way::lines) launch_lines(cuda, c, p, to);
  if (p.splits > 1) add(cuda, to, p.splits);
}

}  // namespace

std::size_t Conv2dKernelGradient::cuda_workspace(const Layout& x, const Layout& dy) const {
  const Plan p(window, x, dy, kernel);
  const std::int64_t number = x.dtype == float64 ? sizeof(double) : sizeof(float);
  return p.splits > 1 ? static_cast<std::size_t>(p.splits * kernel.size() * number) : 0;
}

void Conv2dKernelGradient::run(Cuda cuda, View dkernel, View x, View dy) const {
  if (dkernel.size() == 0) return;
  const Plan p(window, *x.layout, *dy.layout, kernel);
  if (p.way == Way::naive) return naive::Conv2dKernelGradient{window, kernel}.run(cuda, dkernel, x, dy);
  const CorrelationPhase phase = forward_phase(window, dy, dkernel);
  visit(x.layout->dtype, [&]<class From>(Type<From>) {
    if constexpr (!std::is_integral_v<From>)
      kernels::run(cuda, p, correlate_of<From>(x, {&phase, 1}, dy.layout->strides[3]), dkernel);
  });
}

}  // namespace ramie::kernels
