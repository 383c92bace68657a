#include "sim/speed.h"

#include <ramie/tensor/cuda/launch.h>

namespace ramie::speed {
namespace {

constexpr unsigned full = 0xffffffffu;

__global__ void empty_kernel() {}

__global__ void barrier_kernel(int count, int* out) {
  for (int i = 0; i < count; ++i) __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = count;
}

__global__ void shuffle_kernel(int count, int* out) {
  unsigned v = threadIdx.x % 32;
  for (int i = 0; i < count; ++i) v += __shfl_xor_sync(full, v, 1 + i % 31);
  if (threadIdx.x == 0) out[blockIdx.x] = static_cast<int>(v);
}

__global__ void add_kernel(const float4* a, const float4* b, float4* y, int n) {
  const int step = static_cast<int>(gridDim.x * blockDim.x);
  for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const float4 u = a[i], v = b[i];
    y[i] = make_float4(u.x + v.x, u.y + v.y, u.z + v.z, u.w + v.w);
  }
}

__device__ float warp_sum(float v) {
  for (int d = 16; d > 0; d /= 2) v += __shfl_xor_sync(full, v, d);
  return v;
}

__global__ void sum_kernel(const float* x, float* y, int n) {
  auto& of_warp = shared<float[32], struct OfWarp>();
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int step = static_cast<int>(gridDim.x * blockDim.x);
  float v = 0;
  for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) v += x[i];
  v = warp_sum(v);
  if (lane == 0) of_warp[warp] = v;
  __syncthreads();
  if (warp != 0) return;
  v = warp_sum(lane < blockDim.x / 32 ? of_warp[lane] : 0.0f);
  if (lane == 0) y[blockIdx.x] = v;
}

constexpr int tile = 16;
__global__ void multiply_kernel(const float* a, const float* b, float* c, int n) {
  auto& as = shared<float[tile][tile + 1], struct A>();
  auto& bs = shared<float[tile][tile], struct B>();
  const int tx = static_cast<int>(threadIdx.x), ty = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * tile + ty, column = static_cast<int>(blockIdx.x) * tile + tx;
  float sum = 0;
  for (int k = 0; k < n; k += tile) {
    as[ty][tx] = a[row * n + k + tx];
    bs[ty][tx] = b[(k + ty) * n + column];
    __syncthreads();
    for (int i = 0; i < tile; ++i) sum = fmaf(as[ty][i], bs[i][tx], sum);
    __syncthreads();
  }
  c[row * n + column] = sum;
}

constexpr Cuda cuda{.op = "speed"};
}  // namespace

void threads(unsigned blocks, unsigned threads) { launch_kernel(empty_kernel, blocks, threads, 0, cuda); }
void barriers(unsigned blocks, unsigned threads, int count, int* out) {
  launch_kernel(barrier_kernel, blocks, threads, 0, cuda, count, out);
}
void shuffles(unsigned blocks, unsigned threads, int count, int* out) {
  launch_kernel(shuffle_kernel, blocks, threads, 0, cuda, count, out);
}
void add(const float* a, const float* b, float* y, int n) {
  const auto four = [](const float* p) { return reinterpret_cast<const float4*>(p); };
  launch_kernel(add_kernel, 32, 256, 0, cuda, four(a), four(b), reinterpret_cast<float4*>(y), n / 4);
}
void sum(const float* x, float* partial, float* y, int n) {
  launch_kernel(sum_kernel, 64, 256, 0, cuda, x, partial, n);
  launch_kernel(sum_kernel, 1, 64, 0, cuda, partial, y, 64);
}
void multiply(const float* a, const float* b, float* c, int n) {
  const auto blocks = static_cast<unsigned>(n / tile);
  launch_kernel(multiply_kernel, dim3(blocks, blocks), dim3(tile, tile), 0, cuda, a, b, c, n);
}

}  // namespace ramie::speed
