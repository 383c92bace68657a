// Elementwise kernels: one formula for each op, which all devices share.
//
//   Tensor y = launch(kernels::Elementwise(ops::exp), x);
//   Tensor z = launch(kernels::Elementwise::with_number(ops::add, 1, 1.5), x);  // operand 1 is no tensor
//
// An op is a formula over up to three operands, compiled for float, double, int32 and int64; other dtypes are
// converted on their way. The operands have the output's shape (a broadcast view has strides of 0). On the
// CPU a formula is a loop over one row, so a program may chain the loops of several ops over one tile.
#pragma once

#include <array>
#include <span>
#include <string>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// Where a loop reads an operand: element i is at data[i * step], and step is 1, or 0 for one value.
struct Source {
  const std::byte* data;
  std::int64_t step;
};
using Loop = void (*)(std::int64_t n, std::byte* y, const Source* x);
// An op's loops by the type that is computed in. Null: not defined for integers, which then compute in
// float32, or for integers only.
struct Loops {
  Loop in_float, in_double, in_int32, in_int64;
};

// On a GPU it is two kernels: for dense operands of the type that is computed in, and for all others.
struct Elements;
struct CudaKernels {
  void (*dense)(Elements);
  void (*general)(Elements);
};
struct CudaLoops {
  CudaKernels in_float, in_double, in_int32, in_int64;
};

struct Op {
  const char* name;
  const Loops& (*loops)();  // for this machine's instruction set
  const CudaLoops* cuda;    // null in builds without CUDA
  int operands;
  bool whole;      // defined for integers
  bool predicate;  // gives bool
  bool chooses;    // operand 0 is a condition, which has no part in the dtype
};

// The type that a dtype is computed in.
template <class T>
using Arithmetic = std::conditional_t<
    std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float,
    std::conditional_t<
        std::is_floating_point_v<T>, T,
        std::conditional_t<(sizeof(T) > 4 || std::is_same_v<T, std::uint32_t>), std::int64_t, std::int32_t>>>;

inline constexpr int most_operands = 3;

// The operands of a launch in their order, and the type that it computes in.
struct Operands {
  struct Number {  // in that type
    alignas(8) std::byte bytes[8];
  };
  DType in;
  std::array<const View*, most_operands> tensor;  // null for a number
  std::array<Number, most_operands> number;
};
// A table's entry for that type.
template <class Table>
auto& entry(Table& t, DType in) {
  return in == float32 ? t.in_float : in == float64 ? t.in_double : in == int32 ? t.in_int32 : t.in_int64;
}

struct Elementwise {
  const char* name;
  const Op* op;
  std::array<Scalar, 2> numbers;  // the operands that are no tensors, in order
  std::uint8_t is_number;         // bit i: operand i is the next of the numbers
  static constexpr bool in_place = true, any_strides = true;
  bool operator==(const Elementwise&) const = default;
  std::string attributes() const;
  double flops(const Layouts& y, const Layouts&) const { return static_cast<double>(y[0]->size); }

  explicit Elementwise(const Op& o) : Elementwise(o, 0, 0, 0) {}
  // Operands that are numbers: one, at a place of its own, or the last two.
  static Elementwise with_number(const Op& o, int place, Scalar x) {
    return {o, x, 0, static_cast<std::uint8_t>(1 << place)};
  }
  static Elementwise with_numbers(const Op& o, Scalar a, Scalar b) { return {o, a, b, 0b110}; }

  template <class... L>
  Layout outputs(const L&... x) const {
    const Layout* list[] = {&x...};
    return output(list);
  }
  template <class... V>
  void run(Cpu, View y, V... x) const noexcept {
    const View list[] = {x...};
    if (y.size() != 0) compute(y, operands(list));
  }
  template <class... V>
  void run(Cuda cuda, View y, V... x) const {
    const View list[] = {x...};
    if (y.size() != 0) compute(cuda, y, operands(list));
  }
  // What is computed on these: only their layouts are looked at.
  Operands operands(std::span<const View> x) const noexcept;

 private:
  template <class Operand>
  DType common(std::span<const Operand> x) const;
  Elementwise(const Op& o, Scalar a, Scalar b, int mask)
      : name(o.name), op(&o), numbers{a, b}, is_number(static_cast<std::uint8_t>(mask)) {}
  Layout output(std::span<const Layout* const> x) const;
  void compute(View y, const Operands& x) const noexcept;
  void compute(Cuda cuda, View y, const Operands& x) const;
  void run_staged(Loop loop, View y, const Operands& x) const noexcept;
};

// Every op. The formulas have these names in elementwise_<family>-inl.h.
// clang-format off
#define RAMIE_ARITHMETIC_OPS(X) \
  X(add) X(subtract) X(multiply) X(divide) X(power) X(maximum) X(minimum) X(remainder) X(share) \
  X(equal) X(not_equal) X(less) X(less_equal) X(logical_and) X(logical_or) X(logical_not) \
  X(where) X(clip) X(clip_share)
#define RAMIE_MATH_OPS(X) \
  X(negative) X(abs) X(sign) X(reciprocal) X(square) X(sqrt) X(rsqrt) X(exp) X(expm1) X(log) \
  X(log1p) X(sin) X(cos) X(tanh) X(erf) X(erf_inv) X(floor) X(ceil) X(round) X(isnan) X(isinf) \
  X(isfinite) X(tanh_backward)
#define RAMIE_ACTIVATION_OPS(X) \
  X(relu) X(relu6) X(leaky_relu) X(elu) X(sigmoid) X(softplus) X(silu) X(gelu) X(gelu_exact) \
  X(relu_backward) X(relu6_backward) X(leaky_relu_backward) X(elu_backward) X(sigmoid_backward) \
  X(silu_backward) X(gelu_backward) X(gelu_exact_backward)
#define RAMIE_TRIGONOMETRY_OPS(X) \
  X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(asinh) X(acosh) X(atanh) X(atan2) X(hypot)
#define RAMIE_SPECIAL_OPS(X) \
  X(exp2) X(log2) X(log10) X(cbrt) X(trunc) X(erfc) X(lgamma) X(digamma) X(polygamma) X(logaddexp) \
  X(copysign) X(fmod) X(floor_divide) X(logical_xor)
#define RAMIE_INTEGER_OPS(X) \
  X(bitwise_and) X(bitwise_or) X(bitwise_xor) X(left_shift) X(right_shift)
#define RAMIE_FLOATING_OPS(X) /* all that take floating numbers */ \
  RAMIE_ARITHMETIC_OPS(X) RAMIE_MATH_OPS(X) RAMIE_ACTIVATION_OPS(X) RAMIE_TRIGONOMETRY_OPS(X) \
  RAMIE_SPECIAL_OPS(X)
// clang-format on

namespace ops {
#define RAMIE_DECLARE(name) extern const Op name;
RAMIE_FLOATING_OPS(RAMIE_DECLARE) RAMIE_INTEGER_OPS(RAMIE_DECLARE)
#undef RAMIE_DECLARE
}  // namespace ops
namespace cuda_loops {  // defined in elementwise_<family>.cu
#define RAMIE_DECLARE(name) extern const CudaLoops name;
RAMIE_FLOATING_OPS(RAMIE_DECLARE) RAMIE_INTEGER_OPS(RAMIE_DECLARE)
#undef RAMIE_DECLARE
}  // namespace cuda_loops

}  // namespace ramie::kernels
