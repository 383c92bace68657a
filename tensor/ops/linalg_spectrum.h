// Orthogonal factors and spectra by LAPACK, for batches of dense float32 or float64 matrices, which are the
// last two axes; a batch is a loop. All that belongs to one matrix lies in one row of the output, matrix
// after matrix. What is not finite, or does not converge, gives NaN. They run on the CPU alone.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// x[m, n] -> Q[m, q] and R[q, n], where q is m if complete, else the smaller of m and n.
struct Qr {
  static constexpr const char* name = "qr";
  bool operator==(const Qr&) const = default;
  bool complete = false;
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

// x[m, n] -> U[m, k], S[k] (descending) and V^T[k, n], where k is the smaller of both; or S alone.
struct Svd {
  const char* name = "svd";
  bool vectors = true;
  bool operator==(const Svd& o) const { return vectors == o.vectors; }
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

// Of a symmetric x[n, n], of which the lower triangle is read: W[n] (ascending) and V[n, n]; or W alone.
struct Eigh {
  const char* name = "eigh";
  bool vectors = true;
  bool operator==(const Eigh& o) const { return vectors == o.vectors; }
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

}  // namespace ramie::kernels
