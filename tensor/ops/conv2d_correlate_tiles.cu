// Correlation on a GPU as an implicit product: its rows are the output positions of all images, its columns
// the output channels, and its depth the taps and channels of the input.
#include <algorithm>

#include <ramie/tensor/ops/conv2d_correlate_cuda.h>

namespace ramie::kernels {
namespace {

// What is read in fours: nothing, input channels of x, output channels of the kernel too, or its input
// channels.
enum class Fours { none, x, both, transposed };

// What a block of threads brings to shared memory.
template <class Tile, class From, Fours fours>
struct CorrelateSource {
  static constexpr bool transposed = fours == Fours::transposed;
  using T = typename Tile::T;
  using A = typename Tile::A;
  using B = typename Tile::B;
  const Correlate<From>& c;
  const PhaseSites& phase;
  const From* kernel;  // of the block's first output channel
  int left;            // output channels from there on
  Site (&pixels)[Tile::rows];
  Site (&taps)[2][Tile::depth];
  T a[A::fours][4], b[B::fours][4];

  __device__ __forceinline__ void prepare(int step) {
    if (threadIdx.x >= Tile::depth) return;
    const unsigned k = static_cast<unsigned>(step) * Tile::depth + threadIdx.x;
    taps[step % 2][threadIdx.x] = k < phase.depth ? c.tap(phase, k) : Site{0, 0, nowhere, 0};
  }
  __device__ __forceinline__ void fetch(int step) {
    const Site* of_step = taps[step % 2];
#pragma unroll
    for (int n = 0; n < A::fours; ++n)
      c.x.template read<fours != Fours::none>(pixels[A::along(n).i], of_step + A::along(n).k, a[n]);
#pragma unroll
    for (int n = 0; n < B::fours; ++n) {
      const auto [k, i] = transposed ? B::along(n) : B::across(n);
      const Site& tap = of_step[k];
      const From* p = kernel + tap.other + i * c.kernel_out;
      read_four<(fours > Fours::x)>(p, transposed ? 1 : c.kernel_out, tap.i < 0 ? 0 : left - i, b[n]);
    }
  }
  __device__ __forceinline__ void store(typename Tile::Stage& s) const {
#pragma unroll
    for (int n = 0; n < A::fours; ++n) A::store_along(s.a, A::along(n), a[n]);
#pragma unroll
    for (int n = 0; n < B::fours; ++n) {
      if constexpr (transposed)
        B::store_along(s.b, B::along(n), b[n]);
      else
        B::store_across(s.b, B::across(n), b[n]);
    }
  }
};

// A block's results go to y.
template <class Tile, class To>
__device__ void write(const Tile& t, const Site* pixels, To* y, int left, bool packed) {
  if (t.part) return;
#pragma unroll
  for (int r = 0; r < Tile::tall; ++r) {
    const Site& pixel = pixels[t.row_of(r)];
    if (pixel.i <= nowhere) continue;
#pragma unroll
    for (int c = 0; c < Tile::wide; c += 4) {
      Pack<To, 4> four;
      for (int j = 0; j < 4; ++j) four.v[j] = convert_on_device<To>(t.sums[r][c + j]);
      store_pack(y + pixel.other + t.column_of(c), four, left - t.column_of(c), packed);
    }
  }
}

struct Blocks {  // of the grid: those of neighbouring columns of the same rows follow each other
  FastDivide columns, rows, phases;
};

template <class Tile, class From, Fours fours>
__global__ void __launch_bounds__(Tile::threads, Tile::resident)
    correlate_kernel(Correlate<From> c, Blocks blocks) {
  auto& pixels = shared<Site[Tile::rows], struct Pixels>();
  auto& taps = shared<Site[2][Tile::depth], struct Taps>();
  const auto [rest, column] = blocks.columns.split(blockIdx.x);
  const auto [which, row] = blocks.rows.split(rest);
  const auto [group, phase_index] = blocks.phases.split(which);
  const PhaseSites& phase = c.phases[phase_index];
  const int first_column = static_cast<int>(column) * Tile::columns;
  if (row * Tile::rows >= c.positions(phase)) return;
  for (unsigned r = threadIdx.x; r < Tile::rows; r += Tile::threads) {
    const unsigned m = row * Tile::rows + r;
    pixels[r] = m < c.positions(phase) ? c.pixel(phase, m) : Site{0, 0, nowhere, 0};
    pixels[r].x += group * c.in.divisor() * c.x.channel;
  }
  CorrelateSource<Tile, From, fours> source{
      c,
      phase,
      c.kernel + phase.kernel + group * c.kernel_group + first_column * c.kernel_out,
      c.out - first_column,
      pixels,
      taps,
      {},
      {}};
  Tile tile;
  tile.accumulate(source, static_cast<int>((phase.depth + Tile::depth - 1) / Tile::depth));
  write(tile, pixels, c.y + phase.y + group * c.out + first_column, c.out - first_column, c.y_packed);
}

template <class Tile, class T>
std::int64_t block_count(const Correlate<T>& c) {
  return ceil_divide(most_positions(c), Tile::rows) * ceil_divide(c.out, Tile::columns) * c.phase_count *
         c.groups;
}

template <class Tile, Fours fours, class From>
void launch_tiles(Cuda cuda, const Correlate<From>& c) {
  const Blocks blocks{FastDivide(ceil_divide(c.out, Tile::columns)),
                      FastDivide(ceil_divide(most_positions(c), Tile::rows)), FastDivide(c.phase_count)};
  launch_kernel(correlate_kernel<Tile, From, fours>, blocks_for(block_count<Tile>(c), 1), Tile::threads, 0,
                cuda, c, blocks);
}

// Large tiles where there are enough of them to keep a large GPU busy.
template <Fours fours>
void launch_largest(Cuda cuda, const Correlate<float>& c) {
  constexpr std::int64_t busy = 2 * 132;
  using Large = ProductTile<float, 128, 64, 8, 8, 1>;
  using Middle = ProductTile<float, 64, 32, 8, 4, 2>;
  if (c.out > Middle::columns && block_count<Large>(c) >= busy)
    launch_tiles<Large, fours>(cuda, c);
  else if (block_count<Middle>(c) >= busy / 2)
    launch_tiles<Middle, fours>(cuda, c);
  else
    launch_tiles<ProductTile<float, 32, 32, 4, 4, 2>, fours>(cuda, c);
}
template <Fours fours, class From>
void launch_largest(Cuda cuda, const Correlate<From>& c) {
  launch_tiles<ProductTile<Accumulator<From>, 32, 32, 4, 4, 2>, fours>(cuda, c);
}

}  // namespace

template <class From>
void correlate_tiles(Cuda cuda, const Correlate<From>& c) {
  using Small = ProductTile<Accumulator<From>, 32, 32, 4, 4, 2>;
  if (!c.x.packed)
    launch_tiles<Small, Fours::none>(cuda, c);
  else if (c.kernel_packed)
    launch_largest<Fours::both>(cuda, c);
  else if (c.kernel_transposed)
    launch_largest<Fours::transposed>(cuda, c);
  else
    launch_tiles<Small, Fours::x>(cuda, c);
}
template void correlate_tiles(Cuda, const Correlate<float>&);
template void correlate_tiles(Cuda, const Correlate<double>&);
template void correlate_tiles(Cuda, const Correlate<Half>&);
template void correlate_tiles(Cuda, const Correlate<BFloat16>&);

}  // namespace ramie::kernels
