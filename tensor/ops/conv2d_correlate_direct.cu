// Correlation on a GPU where tiles of a product would stand half empty: with few taps and channels of the
// input, and with few output channels.
#include <algorithm>

#include <ramie/tensor/ops/conv2d_correlate_cuda.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t most_blocks = 132 * 16;  // more only wait

// ---- few taps and channels of the input ----
// The whole kernel, 32 of its output channels, lies in shared memory. Eight threads share a pixel, each with
// four channels of four pixels.
constexpr int columns = 32, threads = 128, across = columns / 4, pixels = 4, rows = threads / across * pixels;
constexpr std::size_t most_shared = 48 << 10;

template <class T>
struct ShallowTap {
  Site site;
  Pack<T, 4> kernel[across];
};

template <class T, class From>
__device__ void load_taps(const Correlate<From>& c, const PhaseSites& p, int first_column,
                          ShallowTap<T>* taps) {
  for (unsigned k = threadIdx.x; k < p.depth; k += threads) taps[k].site = c.tap(p, k);
  for (unsigned i = threadIdx.x; i < p.depth * across; i += threads) {
    const int column = first_column + static_cast<int>(i % across) * 4;
    const From* from = c.kernel + p.kernel + c.tap(p, i / across).other + column * c.kernel_out;
    read_four<false>(from, c.kernel_out, c.out - column, taps[i / across].kernel[i % across].v);
  }
  __syncthreads();
}

template <class T, class From>
__global__ void __launch_bounds__(threads) shallow_kernel(Correlate<From> c) {
  ShallowTap<T>* taps = dynamic_shared<ShallowTap<T>>();
  const PhaseSites& phase = c.phases[blockIdx.z];
  const int four = static_cast<int>(threadIdx.x) % across,
            column = static_cast<int>(blockIdx.y) * columns + four * 4;
  load_taps(c, phase, static_cast<int>(blockIdx.y) * columns, taps);
  const unsigned positions = c.positions(phase);
  for (unsigned first = blockIdx.x * rows; first < positions; first += gridDim.x * rows) {
    Site pixel[pixels];
    T sum[pixels][4] = {};
#pragma unroll
    for (int i = 0; i < pixels; ++i) {
      const unsigned m = first + threadIdx.x / across + static_cast<unsigned>(i) * (threads / across);
      pixel[i] = m < positions ? c.pixel(phase, m) : Site{0, 0, nowhere, 0};
    }
    for (unsigned k = 0; k < phase.depth; ++k) {
      const Pack<T, 4> kernel = taps[k].kernel[four];
#pragma unroll
      for (int i = 0; i < pixels; ++i) {
        const T x = c.x.template at<T>(pixel[i], taps[k].site);
        for (int j = 0; j < 4; ++j) sum[i][j] = std::fma(x, kernel.v[j], sum[i][j]);
      }
    }
#pragma unroll
    for (int i = 0; i < pixels; ++i) {
      if (pixel[i].i <= nowhere) continue;
      Pack<From, 4> y;
      for (int j = 0; j < 4; ++j) y.v[j] = convert_on_device<From>(sum[i][j]);
      store_pack(c.y + phase.y + pixel[i].other + column, y, c.out - column, c.y_packed);
    }
  }
}

template <class T>
std::size_t shallow_bytes(const Correlate<T>& c) {
  unsigned depth = 0;
  for (int i = 0; i < c.phase_count; ++i) depth = std::max(depth, c.phases[i].depth);
  return depth * sizeof(ShallowTap<Accumulator<T>>);
}

// ---- few output channels ----
// A thread for each output; threads side by side have output channels side by side.
template <class T, class From>
__device__ T output_at(const Correlate<From>& c, const PhaseSites& p, const Site& pixel, const From* kernel) {
  const int in = static_cast<int>(c.in.divisor()), tap_columns = static_cast<int>(p.tap_columns.divisor());
  T sum = 0;
  for (int i = 0; i < p.tap_rows; ++i)
    for (int j = 0; j < tap_columns; ++j) {
      const int h = i * c.dilation[0], w = j * c.dilation[1];
      if (!c.x.inside(pixel, {0, 0, h, w})) continue;
      const From* x = c.x.data + pixel.x + h * c.x.row + w * c.x.pixel;
      const From* k = kernel + i * c.kernel_row + j * c.kernel_column;
      for (int channel = 0; channel < in; ++channel, x += c.x.channel, k += c.kernel_in)
        sum = std::fma(convert_on_device<T>(*x), convert_on_device<T>(*k), sum);
    }
  return sum;
}

template <class T, class From>
__global__ void __launch_bounds__(block_threads)
    narrow_kernel(Correlate<From> c, FastDivide channels, FastDivide out) {
  const PhaseSites& phase = c.phases[blockIdx.y];
  const unsigned outputs = c.positions(phase) * channels.divisor(), step = gridDim.x * blockDim.x;
  for (unsigned e = blockIdx.x * blockDim.x + threadIdx.x; e < outputs; e += step) {
    const auto [m, channel] = channels.split(e);
    const auto [group, column] = out.split(channel);
    Site pixel = c.pixel(phase, m);
    pixel.x += group * c.in.divisor() * c.x.channel;
    const From* kernel = c.kernel + phase.kernel + group * c.kernel_group + column * c.kernel_out;
    c.y[phase.y + pixel.other + channel] = convert_on_device<From>(output_at<T>(c, phase, pixel, kernel));
  }
}

unsigned blocks_of(std::int64_t items, std::int64_t each) {
  return blocks_for(std::min(items, most_blocks * each), each);
}

}  // namespace

template <class T>
bool is_shallow(const Correlate<T>& c) {
  return c.groups == 1 && c.in.divisor() <= 4 && shallow_bytes(c) <= most_shared;
}

template <class T>
void correlate_shallow(Cuda cuda, const Correlate<T>& c) {
  const dim3 grid(blocks_of(most_positions(c), rows), blocks_for(c.out, columns),
                  static_cast<unsigned>(c.phase_count));
  launch_kernel(shallow_kernel<Accumulator<T>, T>, grid, threads, shallow_bytes(c), cuda, c);
}

template <class T>
void correlate_narrow(Cuda cuda, const Correlate<T>& c) {
  const std::int64_t channels = std::int64_t{c.groups} * c.out;
  const dim3 grid(blocks_of(most_positions(c) * channels, block_threads),
                  static_cast<unsigned>(c.phase_count));
  launch_kernel(narrow_kernel<Accumulator<T>, T>, grid, block_threads, 0, cuda, c, FastDivide(channels),
                FastDivide(c.out));
}

#define RAMIE_INSTANTIATE(T)                                  \
  template bool is_shallow(const Correlate<T>&);              \
  template void correlate_shallow(Cuda, const Correlate<T>&); \
  template void correlate_narrow(Cuda, const Correlate<T>&);
RAMIE_INSTANTIATE(float)
RAMIE_INSTANTIATE(double)
RAMIE_INSTANTIATE(Half)
RAMIE_INSTANTIATE(BFloat16)
#undef RAMIE_INSTANTIATE

}  // namespace ramie::kernels
