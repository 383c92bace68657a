// On a GPU a formula becomes kernels, and a list of formulas a table for its ops. (On the CPU:
// elementwise_loop-inl.h.)
#pragma once

#include <ramie/tensor/cuda/packs.h>
#include <ramie/tensor/ops/elementwise.h>
#include <ramie/tensor/ops/elementwise_formula-inl.h>

namespace ramie::kernels {

// What the kernels of all ops work on: the result, which is dense, and up to three operands.
struct Elements {
  PackedRows<1 + most_operands> rows;
  Operands::Number number[most_operands];  // the operands without data
};

// Elements of a pack: narrower types of storage are to fill 16 bytes too.
constexpr int general_width(std::size_t bytes) { return static_cast<int>(32 / bytes); }

namespace {

template <class F, class T>
using Result = std::conditional_t<F::predicate, bool, T>;

// The formula of each element of some packs.
template <class F, class T, int w, class... Packs>
__device__ inline Pack<Result<F, T>, w> apply(const Pack<T, w>& x, const Packs&... more) {
  using V = N_CUDA::ValueOf<T>;
  Pack<Result<F, T>, w> y;
  for (int j = 0; j < w; ++j) y.v[j] = N_CUDA::plain(F::of(V(x.v[j]), V(more.v[j])...));
  return y;
}

// ---- all operands are dense and of type T, or numbers ----------------------------------------------------

template <class T, int w>
__device__ inline Pack<T, w> load_dense(const Elements& e, int operand, unsigned pack) {
  const std::byte* p = e.rows.operand[1 + operand].data;
  if (p) return reinterpret_cast<const Pack<T, w>*>(p)[pack];
  Pack<T, w> x;
  for (T& v : x.v) v = *reinterpret_cast<const T*>(e.number[operand].bytes);
  return x;
}

template <class F, class T, int w, std::size_t... i>
__device__ inline void compute_dense(const Elements& e, unsigned pack, std::index_sequence<i...>) {
  reinterpret_cast<Pack<Result<F, T>, w>*>(e.rows.operand[0].data)[pack] =
      apply<F>(load_dense<T, w>(e, i, pack)...);
}

template <class F, class T>
__global__ void dense(Elements e) {
  constexpr auto operands = std::make_index_sequence<F::operands>();
  constexpr unsigned w = pack_size<T>;
  const unsigned first = blockIdx.x * blockDim.x + threadIdx.x, packs = e.rows.columns / w;
  for (unsigned k = first; k < packs; k += gridDim.x * blockDim.x) compute_dense<F, T, w>(e, k, operands);
  if (const unsigned rest = packs * w + first; rest < e.rows.columns)
    compute_dense<F, T, 1>(e, rest, operands);
}

// ---- any operands ----------------------------------------------------------------------------------------

template <class T, int w, class Place>
__device__ inline Pack<T, w> load_any(const Elements& e, int operand, const Place& p) {
  const DeviceOperand& x = e.rows.operand[1 + operand];
  if (x.data) return x.load<T, w>(p.at[1 + operand], p.count);
  Pack<T, w> y;
  for (T& v : y.v) v = *reinterpret_cast<const T*>(e.number[operand].bytes);
  return y;
}

// Only what is computed in T, or the bool of a predicate, is stored.
template <class R, class T, int w, class Place>
__device__ inline void store_any(const DeviceOperand& y, const Place& p, const Pack<R, w>& x) {
  if constexpr (std::is_same_v<R, bool>)
    y.store<bool>(p.at[0], p.count, x);
  else
    visit_on_device(y.dtype, [&]<class To>(Type<To>) {
      if constexpr (std::is_same_v<Arithmetic<To>, T>) y.store<To>(p.at[0], p.count, x);
    });
}

template <class F, class T, std::size_t... i>
__device__ inline void compute_any(const Elements& e, unsigned pack, std::index_sequence<i...>) {
  constexpr int w = general_width(sizeof(T));
  const auto p = e.rows.place<w>(pack);
  store_any<Result<F, T>, T>(e.rows.operand[0], p, apply<F>(load_any<T, w>(e, i, p)...));
}

template <class F, class T>
__global__ void general(Elements e) {
  for (unsigned k = blockIdx.x * blockDim.x + threadIdx.x; k < e.rows.packs; k += gridDim.x * blockDim.x)
    compute_any<F, T>(e, k, std::make_index_sequence<F::operands>());
}

template <class F, class T>
constexpr CudaKernels kernels_of() {
  if constexpr (std::is_floating_point_v<T> ? F::real : F::whole)
    return {dense<F, T>, general<F, T>};
  else
    return {};
}

}  // namespace
}  // namespace ramie::kernels

#define RAMIE_CUDA_KERNELS(name)                                                                 \
  constinit const CudaLoops cuda_loops::name{kernels_of<N_CUDA::formulas::name, float>(),        \
                                             kernels_of<N_CUDA::formulas::name, double>(),       \
                                             kernels_of<N_CUDA::formulas::name, std::int32_t>(), \
                                             kernels_of<N_CUDA::formulas::name, std::int64_t>()};
