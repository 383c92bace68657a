#include "sim/functions.h"

#include <ramie/tensor/cuda/launch.h>

#include "sim/device_array.h"

namespace ramie {
namespace {

constexpr unsigned full = 0xffffffffu;

__global__ void warp_kernel(int* out, double* wide) {
  const int lane = static_cast<int>(threadIdx.x);
  out[lane] = __shfl_up_sync(full, lane, 3, 16);
  out[32 + lane] = __shfl_down_sync(full, lane, 3, 16);
  out[64 + lane] = __shfl_xor_sync(full, lane, 5);
  out[96 + lane] = __shfl_sync(full, static_cast<short>(lane), 2, 8);
  out[128 + lane] = static_cast<int>(__ballot_sync(full, lane % 3 == 0));
  out[160 + lane] = lane < 16 ? __any_sync(0xffffu, lane == 40) : __any_sync(0xffff0000u, lane == 17);
  out[192 + lane] = __all_sync(full, lane < 32);
  out[224 + lane] = static_cast<int>(__match_any_sync(full, lane / 8));
  out[256 + lane] = __reduce_add_sync(full, lane) + __reduce_max_sync(full, -lane);
  wide[lane] = __shfl_xor_sync(full, 0.5 + lane, 1);
}

// ---- a tensor-core instruction: inline PTX for a GPU, what the lanes exchange for the simulated device
// -------

// d[16,8] += a[16,8] b[8,8] by one warp: TF32 factors, float32 sums, in PTX's layout of fragments.
#if RAMIE_SIM
struct Fragments {
  float* d;
  const unsigned *a, *b;
};
float tf32(unsigned bits) {
  return __uint_as_float(bits & 0xffffe000u);
}  // the hardware ignores the low 13 bits
void exchange_mma(sim::Thread* lanes, unsigned) {
  const auto of = [&](int lane) { return *sim::from_bits<const Fragments*>(lanes[lane].posted); };
  const auto a = [&](int m, int k) { return tf32(of(m % 8 * 4 + k % 4).a[m / 8 + k / 4 * 2]); };
  const auto b = [&](int k, int n) { return tf32(of(n * 4 + k % 4).b[k / 4]); };
  for (int m = 0; m < 16; ++m)
    for (int n = 0; n < 8; ++n)
      for (int k = 0; k < 8; ++k) of(m % 8 * 4 + n / 2).d[m / 8 * 2 + n % 2] += a(m, k) * b(k, n);
}
void mma_m16n8k8(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], RAMIE_SIM_HERE) {
  const Fragments f{d, a, b};
  sim::sm->warp_operation({"mma.sync", file, line}, full, sim::to_bits(&f), 0, exchange_mma);
}
#else
__device__ __forceinline__ void mma_m16n8k8(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

__global__ void mma_kernel(const float* a, const float* b, float* c) {
  const int group = static_cast<int>(threadIdx.x) / 4, t = static_cast<int>(threadIdx.x) % 4;
  unsigned fa[4], fb[2];
  for (int i = 0; i < 4; ++i) fa[i] = __float_as_uint(a[(group + i % 2 * 8) * 8 + t + i / 2 * 4]);
  for (int i = 0; i < 2; ++i) fb[i] = __float_as_uint(b[(t + i * 4) * 8 + group]);
  float d[4] = {};
  mma_m16n8k8(d, fa, fb);
  for (int i = 0; i < 4; ++i) c[(group + i / 2 * 8) * 8 + 2 * t + i % 2] = d[i];
}

__global__ void block_kernel(BlockResults* r) {
  auto& words = shared<int[5], struct Words>();
  const int t = static_cast<int>(threadIdx.x);
  if (t < 5) words[t] = t == 2 ? 1000 : 0;
  const int count = __syncthreads_count(t % 4 == 0), all = __syncthreads_and(t < 64),
            some = __syncthreads_or(t == 99);
  atomicAdd(&words[0], t);
  atomicMax(&words[1], t);
  atomicMin(&words[2], t - 7);
  atomicExch(&words[3], 5);
  atomicCAS(&words[4], t, t + 1);
  __syncthreads();
  if (t == 0) *r = {count, all, some, words[0], words[1], words[2], words[3], words[4]};
}

}  // namespace

WarpResults warp_functions() {
  const DeviceArray<int> out(288);
  const DeviceArray<double> wide(32);
  launch_kernel(warp_kernel, 1, 32, 0, Cuda{.op = "warp"}, out.data, wide.data);
  const auto all = out.host();
  const auto row = [&](int i) { return std::vector<int>(all.begin() + 32 * i, all.begin() + 32 * i + 32); };
  return {row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), wide.host()};
}

std::vector<float> tensor_core_product(const std::vector<float>& a, const std::vector<float>& b) {
  const DeviceArray<float> da(a), db(b), dc(128);
  launch_kernel(mma_kernel, 1, 32, 0, Cuda{.op = "mma"}, da.data, db.data, dc.data);
  return dc.host();
}

BlockResults block_functions() {
  const DeviceArray<BlockResults> out(1);
  launch_kernel(block_kernel, 1, 64, 0, Cuda{.op = "block"}, out.data);
  return out.host()[0];
}

}  // namespace ramie
