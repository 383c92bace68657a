// Random numbers with a key for each row, on CUDA: to the bit the CPU's.
#include <ramie/tensor/ops/random_rows.h>

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/erf_inv.h>
#include <ramie/tensor/ops/random_rows_normal.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::kernels {
namespace {

struct DeviceKeys {  // lie in device memory, and are read there
  const std::uint32_t* words;
  std::int64_t step, second, rows;

  explicit DeviceKeys(const View& keys)
      : words(keys.as<std::uint32_t>()),
        step(keys.layout->strides[0]),
        second(keys.layout->strides[1]),
        rows(keys.shape(0)) {}
  __device__ Words read(std::int64_t row) const { return {words[row * step], words[row * step + second]}; }
};

// Word i of a row, for the elements of T.
template <class T>
__device__ auto word_at(std::uint64_t start, std::int64_t i) {
  if constexpr (sizeof(T) == 8)
    return rows::block(start, i);
  else
    return static_cast<std::uint32_t>(rows::block(start, i / 2) >> 32 * (i % 2));
}

__device__ float fraction(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }
__device__ double fraction(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

template <class T>
struct DrawUniform {
  using W = Wide<T>;
  static constexpr std::int64_t each = 1;  // elements of a call
  rows::UniformSpan<W> u;
  __device__ void operator()(std::uint64_t start, std::int64_t i, std::int64_t, std::int64_t before,
                             T* y) const {
    const W x = std::fma(fraction(word_at<W>(start, i)), u.width, u.low), below = x < u.last ? x : u.last;
    y[before + i] = T(below > u.low ? below : u.low);
  }
};

struct DrawBernoulli {
  static constexpr std::int64_t each = 1;
  std::uint32_t limit;
  __device__ void operator()(std::uint64_t start, std::int64_t i, std::int64_t, std::int64_t before,
                             bool* y) const {
    y[before + i] = word_at<float>(start, i) >> 8 < limit;
  }
};

template <class T, class W>
__device__ T radius(W word) {
  using B = rows::BoxMuller<T>;
  using Bits = typename B::Bits;
  constexpr auto coefficients = B::log();
  const T u = static_cast<T>(static_cast<Bits>(word >> 1)) + T(0.5);
  const Bits bits = std::bit_cast<Bits>(u) - rows::log_base<T>;
  const Bits below = bits & ((Bits{1} << B::mantissa) - 1);
  const T t = std::bit_cast<T>(below + rows::log_mantissa<T>) - 1;
  const T log_m = t * polynomial(t, coefficients);
  return std::sqrt(std::fma(static_cast<T>(bits >> B::mantissa), T(-2 * std::numbers::ln2), log_m));
}

template <class T>
struct Plain {
  __device__ T operator()(std::int64_t, Wide<T> z) const { return T(z); }
};
template <class T>
struct AddTo {
  const T* x;
  Wide<T> factor;
  __device__ T operator()(std::int64_t i, Wide<T> z) const { return T(Wide<T>(x[i]) + factor * z); }
};

// Pair i of a row: an element of a group's first half, and the one that lies half a group further. `last`
// makes element k of the result, counted over all rows, of a normal number.
template <class T, class Last>
struct DrawNormal {
  using W = Wide<T>;
  using B = rows::BoxMuller<W>;
  static constexpr std::int64_t each = 2, half = rows::group<W> / 2;
  Last last;
  __device__ void operator()(std::uint64_t start, std::int64_t i, std::int64_t row, std::int64_t before,
                             T* y) const {
    constexpr auto of_sine = B::sine();
    constexpr auto of_cosine = B::cosine();
    const std::int64_t first = i / half * half * 2 + i % half, second = first + half;
    if (first >= row) return;
    const auto word = word_at<W>(start, second);
    const W r = radius<W>(word_at<W>(start, first));
    const W x = static_cast<W>(static_cast<typename B::Bits>(word)) * B::scale, square = x * x;
    const W cosine = (1 - square) * polynomial(square, of_cosine);
    y[before + first] = last(before + first, r * (word & 1 ? -cosine : cosine));
    if (second < row) y[before + second] = last(before + second, r * (x * polynomial(square, of_sine)));
  }
};

template <class T, class Draw>
__global__ void __launch_bounds__(block_threads)
    fill_rows(T* __restrict__ y, DeviceKeys keys, std::int64_t row, std::int64_t calls, Draw draw) {
  const std::int64_t thread = global_thread(), r = thread / calls;
  if (r >= keys.rows) return;
  const Words key = keys.read(r);
  draw(rows::start(key.first, key.second), thread % calls, row, r * row, y);
}

// A thread for each call: as many as elements, or as pairs, of which a row's last group has all.
template <class T, class Draw>
void launch_rows(Cuda cuda, View y, View keys, const Draw& draw) {
  if (y.size() == 0) return;
  const std::int64_t row = y.size() / keys.shape(0), size = rows::group<Wide<T>>;
  const std::int64_t calls = Draw::each == 1 ? row : ceil_divide(row, size) * size / 2;
  launch_kernel(fill_rows<T, Draw>, blocks_for(keys.shape(0) * calls, block_threads), block_threads, 0, cuda,
                y.as<T>(), DeviceKeys(keys), row, calls, draw);
}

__global__ void fold_in_rows(std::uint32_t* y, DeviceKeys keys, std::uint32_t data) {
  const std::int64_t i = global_thread();
  if (i >= keys.rows) return;
  const Words w = threefry2x32(keys.read(i), Words{0, data});
  y[2 * i] = w.first;
  y[2 * i + 1] = w.second;
}

}  // namespace

void UniformRows::run(Cuda cuda, View y, View keys) const {
  visit_floating(row.dtype, [&]<class T>(Type<T> t) {
    launch_rows<T>(cuda, y, keys, DrawUniform<T>{rows::UniformSpan<Wide<T>>::of(t, low, high)});
  });
}

void NormalRows::run(Cuda cuda, View y, View keys) const {
  visit_floating(row.dtype,
                 [&]<class T>(Type<T>) { launch_rows<T>(cuda, y, keys, DrawNormal<T, Plain<T>>()); });
}

void AddNormalRows::run(Cuda cuda, View y, View x, View keys) const {
  visit_floating(x.layout->dtype, [&]<class T>(Type<T>) {
    launch_rows<T>(cuda, y, keys, DrawNormal<T, AddTo<T>>{{x.as<T>(), static_cast<Wide<T>>(std)}});
  });
}

void BernoulliRows::run(Cuda cuda, View y, View keys) const {
  launch_rows<bool>(cuda, y, keys, DrawBernoulli{rows::bernoulli_limit(p)});
}

void FoldInRows::run(Cuda cuda, View y, View keys) const {
  if (keys.shape(0) == 0) return;
  launch_kernel(fold_in_rows, blocks_for(keys.shape(0), block_threads), block_threads, 0, cuda,
                y.as<std::uint32_t>(), DeviceKeys(keys), data);
}

}  // namespace ramie::kernels
