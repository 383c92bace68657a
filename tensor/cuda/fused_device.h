// What the kernels of fused_source.h are written in.
#pragma once

#include <ramie/tensor/cuda/convert.h>
#include <ramie/tensor/cuda/pack.h>
#include <ramie/tensor/ops/elementwise_activation-inl.h>
#include <ramie/tensor/ops/elementwise_arithmetic-inl.h>
#include <ramie/tensor/ops/elementwise_integer-inl.h>
#include <ramie/tensor/ops/elementwise_math-inl.h>
#include <ramie/tensor/ops/elementwise_special-inl.h>
#include <ramie/tensor/ops/elementwise_trigonometry-inl.h>

namespace ramie::kernels::fused {

namespace formulas = N_CUDA::formulas;

template <int inputs, int results>
struct Pointers {
  const void* x[inputs];
  void* y[results];
};

// Bytes of bools are 0 and 1.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

template <class T, int w>
__device__ inline Pack<Stored<T>, w> load_pack(const void* p, long long pack) {
  return static_cast<const Pack<Stored<T>, w>*>(p)[pack];
}
template <class T>
__device__ inline Stored<T> load(const void* p, long long at) {
  return static_cast<const Stored<T>*>(p)[at];
}
template <class T, int w>
__device__ inline void store_pack(void* p, long long pack, const Pack<T, w>& y) {
  static_cast<Pack<T, w>*>(p)[pack] = y;
}

template <class T, class Bits>
__device__ inline T number(Bits bits) {
  return std::bit_cast<T>(bits);
}

// A formula that computes in T, of values of any dtypes.
template <class F, class T, class... X>
__device__ inline auto apply(X... x) {
  using V = N_CUDA::ValueOf<T>;
  return N_CUDA::plain(F::of(V(convert_on_device<T>(x))...));
}

}  // namespace ramie::kernels::fused
