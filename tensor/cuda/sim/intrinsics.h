// Device functions that concern one thread: bits, conversions, loads with a hint, and mathematics. <math.h>
// brings the rest (fmaf, expf, sqrt, ...) into the global namespace, where CUDA has it too.
#pragma once

#include <math.h>

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <type_traits>

// ---- bits -------------------------------------------------------------------------------------------------

constexpr int __popc(unsigned v) { return std::popcount(v); }
constexpr int __popcll(unsigned long long v) { return std::popcount(v); }
constexpr int __ffs(int v) { return __builtin_ffs(v); }  // 1 for the lowest bit, 0 for none
constexpr int __ffsll(long long v) { return __builtin_ffsll(v); }
constexpr int __clz(int v) { return std::countl_zero(static_cast<unsigned>(v)); }
constexpr int __clzll(long long v) { return std::countl_zero(static_cast<unsigned long long>(v)); }
constexpr unsigned __brev(unsigned v) {
  v = (v >> 1 & 0x55555555u) | (v & 0x55555555u) << 1;
  v = (v >> 2 & 0x33333333u) | (v & 0x33333333u) << 2;
  v = (v >> 4 & 0x0f0f0f0fu) | (v & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(v);
}
constexpr unsigned long long __brevll(unsigned long long v) {
  const unsigned long long low = __brev(static_cast<unsigned>(v));
  return low << 32 | __brev(static_cast<unsigned>(v >> 32));
}
constexpr unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((static_cast<unsigned long long>(high) << 32 | low) << (shift & 31) >> 32);
}
constexpr unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((static_cast<unsigned long long>(high) << 32 | low) >> (shift & 31));
}
constexpr unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {  // four of the eight bytes of y:x
  const unsigned long long bytes = static_cast<unsigned long long>(y) << 32 | x;
  unsigned out = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned s = selector >> 4 * i & 15;
    const auto byte = static_cast<unsigned char>(bytes >> 8 * (s & 7));
    out |= static_cast<unsigned>(s & 8 ? (byte & 0x80 ? 0xff : 0) : byte) << 8 * i;
  }
  return out;
}

constexpr unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<unsigned long long>(a) * b >> 32);
}
constexpr int __mulhi(int a, int b) { return static_cast<int>(static_cast<long long>(a) * b >> 32); }
constexpr unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(a) * b >> 64);
}
constexpr long long __mul64hi(long long a, long long b) {
  __extension__ using Wide = __int128;
  return static_cast<long long>(static_cast<Wide>(a) * b >> 64);
}

constexpr int __float_as_int(float v) { return std::bit_cast<int>(v); }
constexpr unsigned __float_as_uint(float v) { return std::bit_cast<unsigned>(v); }
constexpr float __int_as_float(int v) { return std::bit_cast<float>(v); }
constexpr float __uint_as_float(unsigned v) { return std::bit_cast<float>(v); }
constexpr long long __double_as_longlong(double v) { return std::bit_cast<long long>(v); }
constexpr double __longlong_as_double(long long v) { return std::bit_cast<double>(v); }
constexpr double __hiloint2double(int high, int low) {
  return std::bit_cast<double>(static_cast<unsigned long long>(static_cast<unsigned>(high)) << 32 |
                               static_cast<unsigned>(low));
}
constexpr int __double2hiint(double v) {
  return static_cast<int>(std::bit_cast<unsigned long long>(v) >> 32);
}
constexpr int __double2loint(double v) { return static_cast<int>(std::bit_cast<unsigned long long>(v)); }

// ---- loads and stores with a hint -------------------------------------------------------------------------

// clang-format off
template <class T> T __ldg(const T* p) { return *p; }
template <class T> T __ldcs(const T* p) { return *p; }
template <class T> T __ldcg(const T* p) { return *p; }
template <class T> T __ldca(const T* p) { return *p; }
template <class T> T __ldlu(const T* p) { return *p; }
template <class T> void __stcs(T* p, std::type_identity_t<T> v) { *p = v; }
template <class T> void __stcg(T* p, std::type_identity_t<T> v) { *p = v; }
template <class T> void __stwb(T* p, std::type_identity_t<T> v) { *p = v; }
template <class T> void __stwt(T* p, std::type_identity_t<T> v) { *p = v; }

// ---- mathematics ------------------------------------------------------------------------------------------

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline float rsqrtf(float v) { return 1.0f / sqrtf(v); }
inline double rsqrt(double v) { return 1.0 / sqrt(v); }
inline float rsqrt(float v) { return rsqrtf(v); }
// The fast ones are as exact as the others here; on a GPU they are not.
inline float __expf(float v) { return expf(v); }
inline float __exp10f(float v) { return powf(10.0f, v); }
inline float __logf(float v) { return logf(v); }
inline float __log2f(float v) { return log2f(v); }
inline float __log10f(float v) { return log10f(v); }
inline float __sinf(float v) { return sinf(v); }
inline float __cosf(float v) { return cosf(v); }
inline float __powf(float a, float b) { return powf(a, b); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __saturatef(float v) { return v > 0.0f ? (v < 1.0f ? v : 1.0f) : 0.0f; }
inline float exp10f(float v) { return powf(10.0f, v); }
// clang-format on

inline int __float2int_rn(float v) { return static_cast<int>(nearbyintf(v)); }
inline int __float2int_rz(float v) { return static_cast<int>(v); }
inline int __float2int_rd(float v) { return static_cast<int>(floorf(v)); }
inline int __float2int_ru(float v) { return static_cast<int>(ceilf(v)); }
inline unsigned __float2uint_rn(float v) { return static_cast<unsigned>(nearbyintf(v)); }
inline unsigned __float2uint_rz(float v) { return static_cast<unsigned>(v); }
inline float __int2float_rn(int v) { return static_cast<float>(v); }
inline float __uint2float_rn(unsigned v) { return static_cast<float>(v); }
inline float __double2float_rn(double v) { return static_cast<float>(v); }

// Of two numbers of any types, as CUDA's: where one is a NaN, the other.
template <class A, class B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) constexpr std::common_type_t<A, B> max(A a, B b) {
  using T = std::common_type_t<A, B>;
  const T x = static_cast<T>(a), y = static_cast<T>(b);
  return x > y || y != y ? x : y;
}
template <class A, class B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) constexpr std::common_type_t<A, B> min(A a, B b) {
  using T = std::common_type_t<A, B>;
  const T x = static_cast<T>(a), y = static_cast<T>(b);
  return x < y || y != y ? x : y;
}
