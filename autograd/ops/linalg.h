// Linear algebra of jax.numpy.linalg: matrices are the last two axes, those before are a batch, which
// broadcasts between operands.
//
//   Tensor x = solve(a, b);
//   auto [q, r] = qr(a);
//   auto [w, v] = eigh(a);
//
// By LAPACK, in float32 or float64 (integers and half types through float32). Gradients are JAX's, and
// differentiable again. As in JAX nothing throws because of values: what cannot be factored (a singular
// matrix, one that is not positive definite) gives NaN, for that matrix of the batch alone, and so does one
// that is not finite. LAPACK runs on the CPU: a tensor of another device goes there and its result comes
// back, which waits for both and cannot be jitted.
#pragma once

#include <limits>

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor matrix_transpose(const Tensor& x);  // of the last two axes

// The lower factor of a positive definite x = L L^T. x is taken for symmetric: (x + x^T) / 2.
Tensor cholesky(const Tensor& x);

struct TriangularSolveOptions {
  bool lower = false;  // which triangle of a is read
  bool transpose_a = false;
  bool unit_diagonal = false;  // the diagonal is not read
  bool left_side = true;       // else x op(a) = b is solved
};
// x of op(a) x = b. b of one axis is a vector.
Tensor triangular_solve(const Tensor& a, const Tensor& b, TriangularSolveOptions options = {});
// x of a x = b from a's Cholesky factor.
Tensor cho_solve(const Tensor& factor, const Tensor& b, bool lower = true);
// x of a x = b. b of one axis is a vector.
Tensor solve(const Tensor& a, const Tensor& b);
Tensor inv(const Tensor& x);
Tensor matrix_power(const Tensor& x, std::int64_t n);  // n < 0: of the inverse

// The gradient of a singular matrix is that of the polynomial: its cofactors.
Tensor det(const Tensor& x);
struct Slogdet {
  Tensor sign, logabsdet;  // of a singular matrix 0 and -inf
};
Slogdet slogdet(const Tensor& x);

// x[m, n] = q r. Reduced: q[m, k], r[k, n] with the smaller of m and n as k; complete: q[m, m], r[m, n],
// which has a gradient only where both are the same.
struct Qr {
  Tensor q, r;
};
enum class QrMode { reduced, complete };
Qr qr(const Tensor& x, QrMode mode = QrMode::reduced);

// x[m, n] = u diag(s) vh, thin: u[m, k], s[k], vh[k, n] with the smaller of m and n as k; s descends.
// Vectors of equal singular values have no derivative: their part of the gradient is left out.
struct Svd {
  Tensor u, s, vh;
};
Svd svd(const Tensor& x);
Tensor svdvals(const Tensor& x);  // s alone, in less time

// x = v diag(w) v^T; w ascends, the columns of v are the vectors. x is taken for symmetric: (x + x^T) / 2.
// Vectors of equal eigenvalues have no derivative: their part of the gradient is left out.
struct Eigh {
  Tensor eigenvalues, eigenvectors;
};
Eigh eigh(const Tensor& x);
Tensor eigvalsh(const Tensor& x);  // the values alone, in less time

// The pseudo-inverse [n, m]; singular values up to rtol times the largest count as 0. By default rtol is
// 10 max(m, n) epsilon.
Tensor pinv(const Tensor& x, double rtol = std::numeric_limits<double>::quiet_NaN());
// The x of the smallest norm that minimises |a x - b|.
Tensor lstsq(const Tensor& a, const Tensor& b, double rtol = std::numeric_limits<double>::quiet_NaN());
// How many singular values are above rtol times the largest, by default max(m, n) epsilon: int32.
Tensor matrix_rank(const Tensor& x, double rtol = std::numeric_limits<double>::quiet_NaN());

enum class MatrixNorm {
  fro,       // the root of the sum of squares
  nuc,       // the sum of the singular values
  one,       // the largest sum of a column's absolute values
  infinity,  // of a row's
  two        // the largest singular value
};
Tensor matrix_norm(const Tensor& x, MatrixNorm order = MatrixNorm::fro);

}  // namespace ramie
