#include "sim/planted.h"

#include <ramie/tensor/cuda/launch.h>

namespace ramie::planted {
namespace {

constexpr unsigned all = 0xffffffffu;

__device__ void meet(Bug bug, int t) {
  if (bug == Bug::missing_syncthreads) return;
  if (bug == Bug::skipped_barrier && t >= 48) return;
  if (bug == Bug::divergent_barrier && t >= 48) {
    __syncthreads();
    return;
  }
  __syncthreads();
}

__device__ void overflow(Bug bug, int t, float* shared_one, float* dynamic, float* out, const float* x) {
  if (bug == Bug::shared_overflow) shared_one[t + 1] = x[t];
  if (bug == Bug::dynamic_shared_overflow) dynamic[t + 1] = x[t];
  if (bug == Bug::device_overflow) out[t + 1] = 1;  // out has one float
  if (bug == Bug::misaligned) dynamic[t] = reinterpret_cast<const float4*>(x + 1)->x;
}

__device__ float warp_sum(Bug bug, float v) {
  const unsigned mask = bug == Bug::not_in_own_mask ? 0x0000ffffu : all;
  for (int k = 16; k > 0; k /= 2) v += __shfl_down_sync(mask, v, k);
  return v;
}

__device__ float half_warp_sums(float v, int t) {  // the halves never meet
  for (int k = 16; k > 0; k /= 2) v += __shfl_down_sync(0x0000ffffu << (t / 16 * 16), v, k);
  return v;
}

__device__ void tree_without_syncwarp(float* s, int t) {
  for (int k = 32; k > 0; k /= 2)
    if (t < k) s[t] += s[t + k];
}

__global__ void sum64_kernel(Bug bug, const float* x, float* out) {
  auto& s = shared<float[64], struct S>();
  const int t = static_cast<int>(threadIdx.x);
  if (bug == Bug::early_exit) {
    if (t >= 32) return;
    s[t + 32] = x[t + 32];
  }
  s[t] = x[t];
  overflow(bug, t, s, dynamic_shared<float>(), out, x);
  meet(bug, t);
  if (bug == Bug::skipped_barrier) __syncthreads();
  if (bug == Bug::lane_missing && t == 5) __syncthreads();  // the others of its warp wait for it in a shuffle
  if (t >= 32) return;
  if (bug == Bug::missing_syncwarp) {
    tree_without_syncwarp(s, t);
  } else {
    const float v = s[t] + s[t + 32];
    s[t] = bug == Bug::wrong_mask ? half_warp_sums(v, t) : warp_sum(bug, v);
  }
  if (t == 0) out[0] = s[0];
}

// What only the race detector sees.
__global__ void meddle_kernel(Bug bug, const float* x, float* out) {
  auto& s = shared<float[64], struct Meddled>();
  auto& address = shared<const float*, struct Address>();
  const int t = static_cast<int>(threadIdx.x);
  if (bug == Bug::unwritten_shared && t == 0) out[0] = s[63];
  if (bug == Bug::blocks_meet && t == 0) out[0] = 1;
  if (bug == Bug::host_memory && t == 0) out[0] = x[0];
  if (bug != Bug::others_local) return;
  volatile float own = static_cast<float>(t);
  if (t == 0) address = const_cast<const float*>(&own);
  __syncthreads();
  if (t == 1) out[0] = *address;
  __syncthreads();
}

__global__ void empty_kernel() {}

__global__ void static_40k_kernel(int* out) {
  auto& s = shared<int[10 * 1024], struct Large>();
  int* d = dynamic_shared<int>();
  s[0] = 1;
  d[0] = s[0];
  out[0] = d[0];
}

__global__ void block_numbers_kernel(int* out) {
  if (threadIdx.x == 0) out[blockIdx.x] = static_cast<int>(blockIdx.x);
}

}  // namespace

void sum64(Bug bug, const float* x, float* out, CUstream_st* stream) {
  const Cuda cuda{.stream = stream, .op = "sum64"};
  if (bug >= Bug::unwritten_shared)
    launch_kernel(meddle_kernel, bug == Bug::blocks_meet ? 2 : 1, 64, 0, cuda, bug, x, out);
  else
    launch_kernel(sum64_kernel, 1, 64, 64 * sizeof(float), cuda, bug, x, out);
}
void empty(dim3 grid, dim3 block, std::size_t shared_bytes, CUstream_st* stream) {
  launch_kernel(empty_kernel, grid, block, shared_bytes, Cuda{.stream = stream, .op = "empty"});
}
void static_40k(std::size_t dynamic_bytes, int* out) {
  launch_kernel(static_40k_kernel, 1, 1, dynamic_bytes, Cuda{.op = "static_40k"}, out);
}
void block_numbers(int* out) {
  launch_kernel(block_numbers_kernel, 8, 32, 0, Cuda{.op = "block_numbers"}, out);
}

}  // namespace ramie::planted
