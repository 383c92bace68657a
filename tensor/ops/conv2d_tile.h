// What the CUDA kernels of convolution share: an implicit matrix product A B in tiles. A is gathered from the
// images, element (pixel, tap) from where the tap of the kernel lies on the image, and zero beyond its edges;
// it is never written out. A block of threads computes a tile of results. Stage by stage along the depth it
// brings its parts of A and B to shared memory, the next stage's while it multiplies this one's.
#pragma once

#include <cmath>
#include <cstdint>

#include <ramie/tensor/cuda/packs.h>

namespace ramie::kernels {

// A pixel of the images, or a tap and channel of the kernel relative to it. Steps are in elements.
struct Site {
  std::int64_t x;      // in the images
  std::int64_t other;  // in the other operand, or in the result
  int i, j;            // row and column of the image
};
inline constexpr int nowhere = -(1 << 30);  // a row that no image has, whichever site is added

// Four elements, of which `left` are there, with zeros for the rest. `packed`: all four or none, side by
// side.
template <bool packed, class To, class T>
__device__ void read_four(const T* p, std::int64_t step, int left, To (&to)[4]) {
  if constexpr (packed) {
    Pack<T, 4> four{};
    if (left > 0) four = *reinterpret_cast<const Pack<T, 4>*>(p);
    for (int i = 0; i < 4; ++i) to[i] = convert_on_device<To>(four.v[i]);
  } else {
    for (int i = 0; i < 4; ++i) to[i] = i < left ? convert_on_device<To>(p[i * step]) : To(0);
  }
}

template <class T>
struct Images {
  const T* data;
  std::int64_t image, row, pixel, channel;
  int height, width;
  bool packed;  // four channels of a group can be read at once

  __device__ bool inside(const Site& pixel_site, const Site& tap) const {
    return static_cast<unsigned>(pixel_site.i + tap.i) < static_cast<unsigned>(height) &&
           static_cast<unsigned>(pixel_site.j + tap.j) < static_cast<unsigned>(width);
  }
  template <class To>
  __device__ To at(const Site& pixel_site, const Site& tap) const {
    return inside(pixel_site, tap) ? convert_on_device<To>(data[pixel_site.x + tap.x]) : To(0);
  }
  // At four neighbouring taps and channels; `packed`: at four channels of one tap, side by side.
  template <bool packed, class To>
  __device__ void read(const Site& pixel_site, const Site* taps, To (&to)[4]) const {
    if constexpr (packed) {
      read_four<true>(data + pixel_site.x + taps[0].x, 1, inside(pixel_site, taps[0]) ? 4 : 0, to);
    } else {
      for (int i = 0; i < 4; ++i) to[i] = at<To>(pixel_site, taps[i]);
    }
  }
};

// One of the two operands of a stage: `width` rows of A or columns of B, which threads read in fours that lie
// `step` apart. They are brought in fours too, along the depth or across it.
template <class T, int depth, int width, int step, int threads>
struct Operand {
  using Values = T[depth][width];
  static constexpr int fours = width * depth / 4 / threads;  // that each thread brings
  static_assert(fours * 4 * threads == width * depth);
  struct At {
    int k, i;
  };
  static __device__ At along(int n) {
    const int t = static_cast<int>(threadIdx.x) + n * threads;
    return {t % (depth / 4) * 4, t / (depth / 4)};
  }
  static __device__ At across(int n) {
    const int t = static_cast<int>(threadIdx.x) + n * threads;
    return {t / (width / 4), t % (width / 4) * 4};
  }
  // Element i of depth k lies at i ^ swizzle(k): so threads that store fours along the depth meet different
  // banks.
  static __device__ int swizzle(int k) { return k / 4 * (depth > 16 ? 4 : 8) % (step < 32 ? step : 32); }
  static __device__ void store_along(Values& to, At at, const T (&v)[4]) {
    for (int j = 0; j < 4; ++j) to[at.k + j][at.i ^ swizzle(at.k)] = v[j];
  }
  static __device__ void store_across(Values& to, At at, const T (&v)[4]) {
    Pack<T, 4> four;
    for (int j = 0; j < 4; ++j) four.v[j] = v[j];
    *reinterpret_cast<Pack<T, 4>*>(&to[at.k][at.i ^ swizzle(at.k)]) = four;
  }
  template <int count>
  static __device__ void read(const Values& from, int k, int first, T (&to)[count]) {
#pragma unroll
    for (int i = 0; i < count; i += 4) {
      const auto four = *reinterpret_cast<const Pack<T, 4>*>(&from[k][i / 4 * step + (first ^ swizzle(k))]);
      for (int j = 0; j < 4; ++j) to[i + j] = four.v[j];
    }
  }
};

// `tall` by `wide` results a thread. Where `parts` > 1, so many groups of threads compute all results of the
// block, each over its part of every stage; their sums are added at the end.
template <class Number, int rows_, int columns_, int tall_, int wide_, int parts_>
struct ProductTile {
  using T = Number;
  static constexpr int rows = rows_, columns = columns_, tall = tall_, wide = wide_, parts = parts_;
  static constexpr int part_depth = 16, depth = part_depth * parts;  // of a stage
  static constexpr int across = columns / wide, part_threads = rows / tall * across,
                       threads = parts * part_threads;
  static constexpr int resident = tall * wide * sizeof(T) > 128 ? 3 : 4;  // blocks of a multiprocessor
  static constexpr int row_step = rows * 4 / tall, column_step = columns * 4 / wide;
  using A = Operand<T, depth, rows, row_step, threads>;
  using B = Operand<T, depth, columns, column_step, threads>;

  struct Stage {
    alignas(16) typename A::Values a;
    alignas(16) typename B::Values b;
  };
  T sums[tall][wide] = {};
  // This thread's part, and its first row and column.
  int part = static_cast<int>(threadIdx.x) / part_threads;
  int row = static_cast<int>(threadIdx.x) % part_threads / across * 4;
  int column = static_cast<int>(threadIdx.x) % across * 4;

  __device__ int row_of(int r) const { return r / 4 * row_step + row + r % 4; }
  __device__ int column_of(int c) const { return c / 4 * column_step + column + c % 4; }

  __device__ __forceinline__ void multiply(const Stage& s) {
#pragma unroll 8  // all 16 would take more registers than there are
    for (int i = 0; i < part_depth; ++i) {
      T a[tall], b[wide];
      A::read(s.a, part * part_depth + i, row, a);
      B::read(s.b, part * part_depth + i, column, b);
      for_each([&](int r, int c) { sums[r][c] = std::fma(a[r], b[c], sums[r][c]); });
    }
  }

  // Leaves the results with the threads of part 0.
  __device__ __forceinline__ void add_parts(Stage (&stages)[2]) {
    if constexpr (parts > 1) {
      static_assert((parts - 1) * rows * columns * sizeof(T) <= sizeof(stages));
      T* const of_part = reinterpret_cast<T*>(&stages);
      const int thread = static_cast<int>(threadIdx.x) % part_threads;
      const auto at = [&](int p, int r, int c) -> T& {
        return of_part[((p - 1) * tall * wide + r * wide + c) * part_threads + thread];
      };
      for_each([&](int r, int c) {
        if (part) at(part, r, c) = sums[r][c];
      });
      __syncthreads();
      for_each([&](int r, int c) {
        for (int p = 1; p < parts; ++p)
          if (!part) sums[r][c] += at(p, r, c);
      });
    }
  }
  template <class F>
  static __device__ __forceinline__ void for_each(F f) {
#pragma unroll
    for (int r = 0; r < tall; ++r)
#pragma unroll
      for (int c = 0; c < wide; ++c) f(r, c);
  }

  // The product, from a source that can prepare(step) its tables, one step before it will fetch(step) what
  // this thread carries to a stage, and store() that.
  template <class Source>
  __device__ __forceinline__ void accumulate(Source& source, int steps) {
    auto& stages = shared<Stage[2], struct Stages>();
    source.prepare(0);
    source.prepare(1);
    __syncthreads();
    source.fetch(0);
    source.store(stages[0]);
    __syncthreads();
    for (int step = 0; step < steps; ++step) {
      const bool more = step + 1 < steps;
      if (more) source.fetch(step + 1);
      multiply(stages[step % 2]);
      if (more) source.store(stages[(step + 1) % 2]);
      source.prepare(step + 2);
      __syncthreads();
    }
    add_parts(stages);
  }
};

}  // namespace ramie::kernels
