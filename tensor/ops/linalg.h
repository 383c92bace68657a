// Triangular and general systems of equations by LAPACK, for batches of dense float32 or float64 matrices,
// which are the last two axes; a batch is a loop. What cannot be factored, or is not finite, gives NaN.
//
// They run on the CPU alone: on another device they throw.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

namespace linalg {

// How many matrices a tensor holds.
std::int64_t batch_of(const Layout& x);
bool finite(const float* x, std::int64_t n) noexcept;
bool finite(const double* x, std::int64_t n) noexcept;
[[noreturn]] void cpu_only(const char* op);

// Calls f with a value of the C++ type of float32 or float64.
template <class F>
void visit_real(DType t, const F& f) {
  if (t == float64) return f(double());
  f(float());
}

}  // namespace linalg

struct Cholesky {  // the lower factor; reads the lower triangle
  static constexpr const char* name = "cholesky";
  bool operator==(const Cholesky&) const = default;
  Layout outputs(const Layout& x) const { return x.compact(); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

struct TriangularSolve {  // op(a)^-1 b; reads one triangle of a, without its diagonal where that is `unit`
  static constexpr const char* name = "triangular_solve";
  bool operator==(const TriangularSolve&) const = default;
  bool lower = false, transposed = false, unit = false;
  Layout outputs(const Layout&, const Layout& b) const { return b.compact(); }
  void run(Cpu, View y, View a, View b) const noexcept;
  void run(Cuda, View y, View a, View b) const;
};

struct Solve {  // a^-1 b
  static constexpr const char* name = "solve";
  bool operator==(const Solve&) const = default;
  Layout outputs(const Layout&, const Layout& b) const { return b.compact(); }
  std::size_t workspace(const Layout& a, const Layout& b) const;
  void run(Cpu, View y, View a, View b) const noexcept;
  void run(Cuda, View y, View a, View b) const;
};

struct Inverse {
  static constexpr const char* name = "inv";
  bool operator==(const Inverse&) const = default;
  Layout outputs(const Layout& x) const { return x.compact(); }
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

// y[..., 2]: the sign, and the logarithm of the absolute value; of singular matrices 0 and -inf. Or plainly
// y[..., 1].
struct Determinant {
  const char* name;  // "det" or "slogdet"
  bool logarithm;
  bool operator==(const Determinant& o) const { return logarithm == o.logarithm; }
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

struct Cofactors {  // the gradient of the determinant, also of singular matrices
  static constexpr const char* name = "cofactors";
  bool operator==(const Cofactors&) const = default;
  Layout outputs(const Layout& x) const { return x.compact(); }
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

}  // namespace ramie::kernels
