// What formulas are written in. A formula computes with a value type V: a vector, for each of the CPU's
// instruction sets, or, in a .cu, one number. So each op is written once, for all devices:
//
//   struct silu : Real<1> {
//     RAMIE_FORMULA V of(V x) { return x / (V(1) + math::exp(-x)); }
//   };
//
// V has a number's operators, and beside them select(condition, a, b), both, either, multiply_add and math::.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_FORMULA_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_FORMULA_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_FORMULA_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_FORMULA_INL_H
#endif

#undef RAMIE_TARGET
#undef RAMIE_BEFORE_NAMESPACE
#undef RAMIE_AFTER_NAMESPACE
#undef RAMIE_INLINE
#ifdef HWY_TARGET_INCLUDE  // in a .cpp, once for each instruction set
#include <ramie/tensor/cpu/math-inl.h>
#include <ramie/tensor/cpu/trigonometry-inl.h>
#define RAMIE_TARGET HWY_NAMESPACE
#define RAMIE_BEFORE_NAMESPACE() HWY_BEFORE_NAMESPACE()
#define RAMIE_AFTER_NAMESPACE() HWY_AFTER_NAMESPACE()
#define RAMIE_INLINE HWY_INLINE
#else  // in a .cu
#include <ramie/tensor/cuda/math.h>
#define RAMIE_TARGET N_CUDA
#define RAMIE_BEFORE_NAMESPACE() static_assert(true)
#define RAMIE_AFTER_NAMESPACE() static_assert(true)
#define RAMIE_INLINE __device__ inline
#endif

#undef RAMIE_FORMULA
#define RAMIE_FORMULA \
  template <class V>  \
  static RAMIE_INLINE

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET {

template <class V>
inline constexpr bool is_single = std::is_same_v<V, ValueOf<float>>;
template <class V>
inline constexpr bool is_real = is_single<V> || std::is_same_v<V, ValueOf<double>>;

// Coefficients from the highest power down.
template <class V, class... C>
RAMIE_INLINE V polynomial(V x, double highest, C... others) {
  V y(highest);
  ((y = multiply_add(y, x, V(others))), ...);
  return y;
}

// What kinds of formulas there are.
template <int n>
struct Numeric {  // of any numbers
  static constexpr int operands = n;
  static constexpr bool real = true, whole = true, predicate = false, chooses = false;
};
template <int n>
struct Real : Numeric<n> {  // of floating numbers only
  static constexpr bool whole = false;
};
template <int n>
struct Integer : Numeric<n> {  // of integers only: whoever launches it sees to that
  static constexpr bool real = false;
};
template <int n>
struct Predicate : Numeric<n> {  // gives bool
  static constexpr bool predicate = true;
};
template <int n>
struct RealPredicate : Predicate<n> {
  static constexpr bool whole = false;
};

}  // namespace ramie::kernels::RAMIE_TARGET
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_FORMULA_INL_H
