// CUDA's short vectors with CUDA's alignments. They may alias anything: kernels load four floats, or eight
// halves, as one uint4.
#pragma once

#include <ramie/tensor/cuda/sim/language.h>

#define RAMIE_SIM_VECTORS(name, T)                              \
  struct alignas(2 * sizeof(T)) [[gnu::may_alias]] name##2 {    \
    T x, y;                                                     \
  };                                                            \
  struct [[gnu::may_alias]] name##3 {                           \
    T x, y, z;                                                  \
  };                                                            \
  constexpr name##2 make_##name##2(T x, T y) { return {x, y}; } \
  constexpr name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }
#define RAMIE_SIM_VECTORS4(name, T)                          \
  RAMIE_SIM_VECTORS(name, T)                                 \
  struct alignas(4 * sizeof(T)) [[gnu::may_alias]] name##4 { \
    T x, y, z, w;                                            \
  };                                                         \
  constexpr name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
// clang-format off
RAMIE_SIM_VECTORS4(char, signed char)
RAMIE_SIM_VECTORS4(uchar, unsigned char)
RAMIE_SIM_VECTORS4(short, short)
RAMIE_SIM_VECTORS4(ushort, unsigned short)
RAMIE_SIM_VECTORS4(int, int)
RAMIE_SIM_VECTORS4(float, float)
RAMIE_SIM_VECTORS(longlong, long long)
RAMIE_SIM_VECTORS(ulonglong, unsigned long long)
RAMIE_SIM_VECTORS(double, double)
struct alignas(8) [[gnu::may_alias]] uint2 { unsigned x, y; };  // uint3 is in language.h
struct alignas(16) [[gnu::may_alias]] uint4 { unsigned x, y, z, w; };
// clang-format on
constexpr uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
constexpr uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
constexpr uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
#undef RAMIE_SIM_VECTORS
#undef RAMIE_SIM_VECTORS4
