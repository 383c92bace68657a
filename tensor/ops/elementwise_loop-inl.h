// On the CPU a formula becomes loops, and a list of formulas a table of ops.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
#endif

#include <ramie/tensor/cpu/simd-inl.h>
#include <ramie/tensor/ops/elementwise.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

// One operand of a loop: a row, or one value that stays in a register.
template <class T>
struct Operand {
  using V = ValueOf<T>;
  const T* p;
  bool constant;
  V value;

  HWY_INLINE explicit Operand(const Source& x)
      : p(reinterpret_cast<const T*>(x.data)), constant(x.step == 0), value(splat<V>(*p)) {}
  HWY_INLINE V at(std::int64_t k) const { return constant ? value : load<V>(p + k); }
  HWY_INLINE V rest(std::int64_t k, std::int64_t n) const {
    return constant ? value : load_some<V>(p + k, n);
  }
};

template <class F, class T, std::size_t... i>
void loop(std::int64_t n, std::byte* out, const Source* x, std::index_sequence<i...>) {
  constexpr std::int64_t count = ValueOf<T>::count;
  using To = std::conditional_t<F::predicate, std::uint8_t, T>;
  To* y = reinterpret_cast<To*>(out);
  const Operand<T> operand[] = {Operand<T>(x[i])...};
  std::int64_t k = 0;
  for (; k + count <= n; k += count) {
    const auto v = F::of(operand[i].at(k)...);
    if constexpr (!F::predicate)
      store(v, y + k);
    else if constexpr (std::is_integral_v<T>)
      y[k] = v;
    else
      store_mask<T>(v, y + k);
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (k == n) return;
    const auto v = F::of(operand[i].rest(k, n - k)...);
    if constexpr (!F::predicate) {
      store_some(v, y + k, n - k);
    } else {
      std::uint8_t bytes[count];
      store_mask<T>(v, bytes);
      std::copy_n(bytes, n - k, y + k);
    }
  }
}
template <class F, class T>
void run_loop(std::int64_t n, std::byte* y, const Source* x) {
  loop<F, T>(n, y, x, std::make_index_sequence<F::operands>());
}

template <class F, class T>
constexpr Loop loop_of() {
  if constexpr (std::is_floating_point_v<T> ? F::real : F::whole)
    return run_loop<F, T>;
  else
    return nullptr;
}
template <class F>
const Loops& loops_of() {
  static constexpr Loops l{loop_of<F, float>(), loop_of<F, double>(), loop_of<F, std::int32_t>(),
                           loop_of<F, std::int64_t>()};
  return l;
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// For each instruction set, and once, in namespace ramie::kernels.
#undef RAMIE_LOOPS
#define RAMIE_LOOPS(name) \
  const Loops& name##_loops() { return loops_of<formulas::name>(); }
#undef RAMIE_CUDA_LOOPS
#if RAMIE_CUDA
#define RAMIE_CUDA_LOOPS(name) &cuda_loops::name
#else
#define RAMIE_CUDA_LOOPS(name) nullptr
#endif
#undef RAMIE_OP
#define RAMIE_OP(name)                                                                                \
  HWY_EXPORT(name##_loops);                                                                           \
  constinit const Op ops::name{#name,                                                                 \
                               []() -> const Loops& { return HWY_DYNAMIC_DISPATCH(name##_loops)(); }, \
                               RAMIE_CUDA_LOOPS(name),                                                \
                               HWY_NAMESPACE::formulas::name::operands,                               \
                               HWY_NAMESPACE::formulas::name::whole,                                  \
                               HWY_NAMESPACE::formulas::name::predicate,                              \
                               HWY_NAMESPACE::formulas::name::chooses};

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_LOOP_INL_H
