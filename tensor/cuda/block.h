// What kernels share: reductions and running totals by the threads of a warp and of a block, whose trees
// depend on the number of threads alone, and packs of elements.
#pragma once

#include <cstdint>

#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/cuda/pack.h>

namespace ramie::kernels {

inline constexpr int block_threads = 256, warp_threads = 32;
inline constexpr unsigned full_mask = 0xffffffffu;

inline std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
// The number of blocks that do `items` when each does `each`.
inline unsigned blocks_for(std::int64_t items, std::int64_t each) {
  return static_cast<unsigned>(ceil_divide(items, each));
}
inline int power_of_two_from(std::int64_t n) {  // the first that is not smaller
  int p = 1;
  while (p < n) p *= 2;
  return p;
}

// The index of this thread in a grid of one-dimensional blocks.
__device__ inline std::int64_t global_thread() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t grid_threads() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

// The total of `lanes` neighbouring lanes, a power of two, in each of them. Called by whole warps.
template <class T, class Op>
__device__ T warp_reduce(T v, Op op, int lanes = warp_threads) {
  for (int d = lanes / 2; d > 0; d /= 2) v = op(v, __shfl_xor_sync(full_mask, v, d));
  return v;
}

// The total of a block of block_threads, in each of its threads.
template <class T, class Op>
__device__ T block_reduce(T v, Op op) {
  constexpr int warps = block_threads / warp_threads;
  auto& totals = shared<T[warps], struct WarpTotals>();
  v = warp_reduce(v, op);
  if (threadIdx.x % warp_threads == 0) totals[threadIdx.x / warp_threads] = v;
  __syncthreads();
  v = totals[0];
  for (int w = 1; w < warps; ++w) v = op(v, totals[w]);
  __syncthreads();  // for the next one's stores
  return v;
}

// The running total of a warp's lanes.
template <class A>
__device__ A warp_scan(A v) {
  const int lane = static_cast<int>(threadIdx.x % warp_threads);
  for (int d = 1; d < warp_threads; d *= 2) {
    const A before = __shfl_up_sync(full_mask, v, static_cast<unsigned>(d));
    if (lane >= d) v += before;
  }
  return v;
}

// What stands before this warp in the block; `all`, the warp's total, becomes the block's.
template <class A>
__device__ A sum_before_warp(A& all) {
  constexpr int warps = block_threads / warp_threads;
  auto& totals = shared<A[warps], struct ScanTotals>();
  const int warp = static_cast<int>(threadIdx.x / warp_threads);
  if (threadIdx.x % warp_threads == 0) totals[warp] = all;
  __syncthreads();
  A front = 0;
  all = 0;
  for (int w = 0; w < warps; ++w) {
    if (w < warp) front += totals[w];
    all += totals[w];
  }
  __syncthreads();  // for the next one's stores
  return front;
}

// What stands before this thread among `threads`, a warp's or a block's; `all` becomes their total.
template <int threads, class A>
__device__ A scan_threads(A v, A& all) {
  const A running = warp_scan(v);
  A before = __shfl_up_sync(full_mask, running, 1u);
  if (threadIdx.x % warp_threads == 0) before = 0;
  all = __shfl_sync(full_mask, running, warp_threads - 1);
  if constexpr (threads > warp_threads) before += sum_before_warp(all);
  return before;
}

struct Plus {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Larger {  // a number rather than NaN
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a > b || b != b ? a : b;
  }
};
struct Smaller {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b || b != b ? a : b;
  }
};

inline bool aligned(const void* p, std::size_t bytes = 16) {
  return reinterpret_cast<std::uintptr_t>(p) % bytes == 0;
}

// The first `left` elements of p, at most a pack; `rest` in the place of others. One load where that is
// possible, which the caller says: the order of the elements in a thread, and so the bits of its sums, must
// not depend on it.
template <class T, int n = pack_size<T>>
__device__ Pack<T, n> load_pack(const T* p, std::int64_t left, bool whole, T rest) {
  if (whole && left >= n) return *reinterpret_cast<const Pack<T, n>*>(p);
  Pack<T, n> x;
  for (int j = 0; j < n; ++j) x.v[j] = j < left ? p[j] : rest;
  return x;
}
template <class T, int n>
__device__ void store_pack(T* p, const Pack<T, n>& x, std::int64_t left, bool whole) {
  if (whole && left >= n) {
    *reinterpret_cast<Pack<T, n>*>(p) = x;
    return;
  }
  for (int j = 0; j < n; ++j)
    if (j < left) p[j] = x.v[j];
}

}  // namespace ramie::kernels
