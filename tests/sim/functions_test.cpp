// What the simulated device's functions compute.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/functions.h"
#include "sim/orders.h"

namespace ramie {
namespace {

// f(0), ..., f(31)
template <class F>
std::vector<int> lanes(F f) {
  std::vector<int> v;
  for (int i = 0; i < 32; ++i) v.push_back(f(i));
  return v;
}

TEST(Functions, OfAWarp) {
  sim::in_every_order([] {
    const WarpResults r = warp_functions();
    EXPECT_EQ(r.up, lanes([](int i) { return i % 16 < 3 ? i : i - 3; }));
    EXPECT_EQ(r.down, lanes([](int i) { return i % 16 > 12 ? i : i + 3; }));
    EXPECT_EQ(r.exclusive_or, lanes([](int i) { return i ^ 5; }));
    EXPECT_EQ(r.broadcast_by_8, lanes([](int i) { return i / 8 * 8 + 2; }));
    EXPECT_EQ(r.ballot, lanes([](int) { return 0x49249249; }));
    EXPECT_EQ(r.any, lanes([](int i) { return i >= 16; }));
    EXPECT_EQ(r.all, lanes([](int) { return 1; }));
    EXPECT_EQ(r.match, lanes([](int i) { return static_cast<int>(0xffu << i / 8 * 8); }));
    EXPECT_EQ(r.reduced, lanes([](int) { return 496; }));
    for (int i = 0; i < 32; ++i) EXPECT_EQ(r.wide[static_cast<std::size_t>(i)], 0.5 + (i ^ 1));
  });
}

TEST(Functions, OfABlock) {
  sim::in_every_order([] {
    const BlockResults r = block_functions();
    EXPECT_EQ(r.count, 16);
    EXPECT_EQ(r.all, 1);
    EXPECT_EQ(r.some, 0);
    EXPECT_EQ(r.sum, 2016);
    EXPECT_EQ(r.largest, 63);
    EXPECT_EQ(r.smallest, -7);
    EXPECT_EQ(r.exchanged, 5);
    EXPECT_GE(r.swapped, 1);
  });
}

TEST(Functions, TensorCoreProduct) {
  std::vector<float> a(128), b(64), c(128);
  for (int i = 0; i < 128; ++i) a[static_cast<std::size_t>(i)] = static_cast<float>(i % 13 - 6);
  for (int i = 0; i < 64; ++i) b[static_cast<std::size_t>(i)] = static_cast<float>(i % 7 - 3);
  for (std::size_t m = 0; m < 16; ++m)
    for (std::size_t n = 0; n < 8; ++n)
      for (std::size_t k = 0; k < 8; ++k) c[m * 8 + n] += a[m * 8 + k] * b[k * 8 + n];
  sim::in_every_order([&] { EXPECT_EQ(tensor_core_product(a, b), c); });
}

TEST(Functions, Bits) {
  static_assert(__popc(0xf0f0u) == 8 && __popcll(~0ull) == 64);
  static_assert(__ffs(0) == 0 && __ffs(8) == 4 && __ffsll(1ll << 40) == 41);
  static_assert(__clz(1) == 31 && __clz(0) == 32 && __clzll(1) == 63);
  static_assert(__brev(1) == 0x80000000u && __brev(0x00f0u) == 0x0f000000u && __brevll(2) == 1ull << 62);
  static_assert(__umulhi(0xffffffffu, 3) == 2 && __mulhi(-1, 3) == -1);
  static_assert(__umul64hi(~0ull, 5) == 4 && __mul64hi(-1, 5) == -1);
  static_assert(__byte_perm(0x33221100u, 0x77665544u, 0x7410) == 0x77441100u);
  static_assert(__funnelshift_l(0x80000000u, 1, 1) == 3 && __funnelshift_r(2, 1, 1) == 0x80000001u);
  static_assert(__float_as_uint(1.0f) == 0x3f800000u && __uint_as_float(0x40000000u) == 2.0f);
  static_assert(__hiloint2double(__double2hiint(2.5), __double2loint(2.5)) == 2.5);
}

TEST(Functions, OfTwoNumbers) {
  static_assert(max(-1, 1u) == 0xffffffffu && min(2, 3.5f) == 2.0f);
  EXPECT_EQ(max(NAN, 1.0f), 1.0f);
  EXPECT_EQ(max(1.0f, NAN), 1.0f);
  EXPECT_EQ(min(NAN, 1.0), 1.0);
  EXPECT_EQ(__fmaf_rn(1 + 1e-7f, 1 - 1e-7f, -1), fmaf(1 + 1e-7f, 1 - 1e-7f, -1));
  EXPECT_EQ(rsqrtf(4), 0.5f);
}

TEST(Functions, VectorsAreAlignedAsOnAGpu) {
  static_assert(alignof(char2) == 2 && alignof(uchar4) == 4 && alignof(short4) == 8 && alignof(ushort2) == 4);
  static_assert(alignof(int2) == 8 && alignof(uint4) == 16 && alignof(float2) == 8 && alignof(float4) == 16);
  static_assert(alignof(double2) == 16 && alignof(longlong2) == 16 && alignof(ulonglong2) == 16);
  static_assert(sizeof(float3) == 12 && alignof(float3) == 4 && sizeof(uint3) == 12 && sizeof(uchar3) == 3);
  const float4 v = make_float4(1, 2, 3, 4);
  EXPECT_EQ(v.w, 4);
}

}  // namespace
}  // namespace ramie
