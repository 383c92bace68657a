// A formula becomes loops, and a list of formulas a table of ops.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#endif

#include <ramie/tensor/cpu/erf-inl.h>
#include <ramie/tensor/cpu/math-inl.h>
#include <ramie/tensor/ops/elementwise.h>

#define RAMIE_FORMULA \
  template <class V>  \
  static HWY_INLINE

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

// What kinds of formulas there are.
template <int n>
struct Numeric {  // of any numbers
  static constexpr int operands = n;
  static constexpr bool whole = true, predicate = false, chooses = false;
};
template <int n>
struct Real : Numeric<n> {  // of floating numbers only
  static constexpr bool whole = false;
};
template <int n>
struct Predicate : Numeric<n> {  // gives bool
  static constexpr bool predicate = true;
};
template <int n>
struct RealPredicate : Predicate<n> {
  static constexpr bool whole = false;
};

template <class F, class V, std::size_t... i>
HWY_INLINE auto call(const V* x, std::index_sequence<i...>) {
  return F::of(x[i]...);
}

template <class F, class T, std::size_t... i>
void loop(std::int64_t n, std::byte* out, const Source* x, std::index_sequence<i...>) {
  using V = ValueOf<T>;
  using To = std::conditional_t<F::predicate, std::uint8_t, T>;
  To* y = reinterpret_cast<To*>(out);
  const T* p[] = {reinterpret_cast<const T*>(x[i].data)...};
  const std::int64_t step[] = {x[i].step...};
  std::int64_t k = 0;
  for (; k + V::count <= n; k += V::count) {
    const auto v = F::of(load<V>(p[i] + k * step[i])...);
    if constexpr (!F::predicate)
      store(v, y + k);
    else if constexpr (std::is_integral_v<T>)
      y[k] = v;
    else
      store_mask<T>(v, y + k);
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (k == n) return;
    const auto v = F::of(load_some<V>(p[i] + k * step[i], n - k)...);
    if constexpr (!F::predicate) {
      store_some(v, y + k, n - k);
    } else {
      std::uint8_t rest[V::count];
      store_mask<T>(v, rest);
      std::copy_n(rest, n - k, y + k);
    }
  }
}
template <class F, class T>
void run_loop(std::int64_t n, std::byte* y, const Source* x) {
  loop<F, T>(n, y, x, std::make_index_sequence<F::operands>());
}

template <class F>
const Loops& loops_of() {
  if constexpr (F::whole) {
    static constexpr Loops l{run_loop<F, float>, run_loop<F, double>, run_loop<F, std::int32_t>,
                             run_loop<F, std::int64_t>};
    return l;
  } else {
    static constexpr Loops l{run_loop<F, float>, run_loop<F, double>, nullptr, nullptr};
    return l;
  }
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// For each instruction set, and once, in namespace ramie::kernels.
#undef RAMIE_LOOPS
#define RAMIE_LOOPS(name) \
  const Loops& name##_loops() { return loops_of<formulas::name>(); }
#undef RAMIE_OP
#define RAMIE_OP(name)                                                                                \
  HWY_EXPORT(name##_loops);                                                                           \
  constinit const Op ops::name{#name,                                                                 \
                               []() -> const Loops& { return HWY_DYNAMIC_DISPATCH(name##_loops)(); }, \
                               HWY_NAMESPACE::formulas::name::operands,                               \
                               HWY_NAMESPACE::formulas::name::whole,                                  \
                               HWY_NAMESPACE::formulas::name::predicate,                              \
                               HWY_NAMESPACE::formulas::name::chooses};

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
