// QR, singular values, eigenvalues, and what is made of them. A kernel gives all that belongs to one matrix
// in one row, which is cut apart here.
#include <ramie/tensor/ops/linalg_spectrum.h>

#include <cmath>

#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/linalg_rules.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/tensor/create.h>

namespace ramie {
namespace {

using detail::Lapack, detail::check_matrices, detail::dense, detail::with_last;

Tensor transposed(const Tensor& x) { return matrix_transpose(x); }
Tensor column(const Tensor& x) { return expand_dims(x, -1); }
Tensor row(const Tensor& x) { return expand_dims(x, -2); }
Tensor product(const Tensor& a, const Tensor& b, const Tensor& c) { return matmul(matmul(a, b), c); }

// Cuts matrices, or vectors, out of packed rows, one after the other.
class Cut {
 public:
  explicit Cut(const Tensor& rows) : rows_(rows) {}
  Tensor operator()(std::initializer_list<std::int64_t> shape) {
    const std::int64_t start = at_;
    at_ += Shape(shape).size();
    return reshape(slice(rows_, -1, start, at_), with_last(rows_.shape(), 1, shape));
  }

 private:
  const Tensor& rows_;
  std::int64_t at_ = 0;
};

// ---- QR --------------------------------------------------------------------------------------------------

ramie::Qr cut_qr(const Tensor& packed, std::int64_t m, std::int64_t n, std::int64_t k) {
  Cut cut(packed);
  const Tensor q = cut({m, k});
  return {q, cut({k, n})};
}

// The symmetric matrix with x's lower triangle.
Tensor mirrored(const Tensor& x) { return tril(x) + transposed(tril(x, -1)); }

// Of matrices that are not wide.  dx = (dq + q mirrored(r dr^T - dq^T q)) r^-T
Tensor packed_qr(const Tensor& x) {
  return apply("qr", {x}, Forward{[](auto& x) { return launch(kernels::Qr{}, dense(x)); }},
               Saved{[](auto& y, auto&) { return save(y); }},
               Vjp{[m = x.shape(-2), n = x.shape(-1)](auto& dy, auto& y) {
                 const auto [q, r] = cut_qr(y, m, n, n);
                 const auto [dq, dr] = cut_qr(dy, m, n, n);
                 const Tensor inside = matmul(r, transposed(dr)) - matmul(transposed(dq), q);
                 const Tensor left = dq + matmul(q, mirrored(inside));
                 return Grads{transposed(triangular_solve(r, transposed(left)))};
               }},
               Vmap{[](Batch, const Tensor& x) { return packed_qr(x); }});
}
Tensor packed_complete_qr(const Tensor& x) {
  return apply("qr_complete", {x}, Forward{[](auto& x) { return launch(kernels::Qr{true}, dense(x)); }},
               Vmap{[](Batch, const Tensor& x) { return packed_complete_qr(x); }});
}

// A wide matrix is a square one and what that makes of the other columns.
ramie::Qr reduced_qr(const Tensor& x) {
  const std::int64_t m = x.shape(-2), n = x.shape(-1);
  if (m >= n) return cut_qr(packed_qr(x), m, n, n);
  const auto [q, r] = cut_qr(packed_qr(slice(x, -1, 0, m)), m, m, m);
  return {q, concatenate({r, matmul(transposed(q), slice(x, -1, m, n))}, -1)};
}

// ---- singular values -------------------------------------------------------------------------------------

ramie::Svd cut_svd(const Tensor& packed, std::int64_t m, std::int64_t n) {
  const std::int64_t k = std::min(m, n);
  Cut cut(packed);
  const Tensor u = cut({m, k}), s = cut({k});
  return {u, s, cut({k, n})};
}

// 1 / (w_j - w_i), and 0 where both are the same.
Tensor reciprocal_gaps(const Tensor& w) {
  const Tensor gaps = row(w) - column(w), same = gaps == 0;
  return where(same, 0, 1 / where(same, 1, gaps));
}

// J. Townsend, Differentiating the Singular Value Decomposition (2016). With F the reciprocal gaps of s^2:
//   dx = u ((F o (u^T du - du^T u)) s + s (F o (v^T dv - dv^T v)) + ds) v^T
//      + (1 - u u^T) du s^-1 v^T + u s^-1 dv^T (1 - v v^T)
Tensor svd_gradient(const ramie::Svd& y, const ramie::Svd& dy) {
  const Tensor ut = transposed(y.u), v = transposed(y.vh), dv = transposed(dy.vh);
  const Tensor f = reciprocal_gaps(square(y.s)), s = row(y.s);
  const Tensor udu = matmul(ut, dy.u), vdv = matmul(y.vh, dv);
  Tensor inside = f * (udu - transposed(udu)) * s + column(y.s) * f * (vdv - transposed(vdv));
  inside = inside + diag_embed(dy.s);
  Tensor dx = product(y.u, inside, y.vh);
  if (y.u.shape(-2) > y.u.shape(-1)) dx = dx + matmul((dy.u - matmul(y.u, udu)) / s, y.vh);
  if (y.vh.shape(-1) > y.vh.shape(-2)) dx = dx + matmul(y.u, transposed(dv - matmul(v, vdv)) / column(y.s));
  return dx;
}

Tensor packed_svd(const Tensor& x) {
  return apply("svd", {x}, Forward{[](auto& x) { return launch(kernels::Svd{}, dense(x)); }},
               Saved{[](auto& y, auto&) { return save(y); }},
               Vjp{[m = x.shape(-2), n = x.shape(-1)](auto& dy, auto& y) {
                 return Grads{svd_gradient(cut_svd(y, m, n), cut_svd(dy, m, n))};
               }},
               Vmap{[](Batch, const Tensor& x) { return packed_svd(x); }});
}
ramie::Svd svd_of(const Tensor& x) { return cut_svd(packed_svd(x), x.shape(-2), x.shape(-1)); }

// ds gives u ds v^T
Tensor singular_values(const Tensor& x) {
  return apply("svdvals", {x}, Forward{[](auto& x) {
                 return launch(kernels::Svd{"svdvals", false}, dense(x));
               }},
               Saved{[](auto&, auto& x) { return save(x); }}, Vjp{[](auto& ds, auto& x) {
                 const auto y = svd_of(x);
                 return Grads{matmul(y.u * row(ds), y.vh)};
               }},
               Vmap{[](Batch, const Tensor& x) { return singular_values(x); }});
}

// ---- eigenvalues -----------------------------------------------------------------------------------------

ramie::Eigh cut_eigh(const Tensor& packed, std::int64_t n) {
  Cut cut(packed);
  const Tensor w = cut({n});
  return {w, cut({n, n})};
}

// With F the reciprocal gaps of w:  dx = v (dw + F o (v^T dv)) v^T
Tensor packed_eigh(const Tensor& x) {
  return apply("eigh", {x}, Forward{[](auto& x) { return launch(kernels::Eigh{}, dense(x)); }},
               Saved{[](auto& y, auto&) { return save(y); }}, Vjp{[n = x.shape(-1)](auto& dy, auto& y) {
                 const auto [w, v] = cut_eigh(y, n);
                 const auto [dw, dv] = cut_eigh(dy, n);
                 const Tensor inside = diag_embed(dw) + reciprocal_gaps(w) * matmul(transposed(v), dv);
                 return Grads{product(v, inside, transposed(v))};
               }},
               Vmap{[](Batch, const Tensor& x) { return packed_eigh(x); }});
}
Tensor eigenvalues(const Tensor& x) {
  return apply("eigvalsh", {x}, Forward{[](auto& x) {
                 return launch(kernels::Eigh{"eigvalsh", false}, dense(x));
               }},
               Saved{[](auto&, auto& x) { return save(x); }}, Vjp{[](auto& dw, auto& x) {
                 const auto [w, v] = cut_eigh(packed_eigh(x), x.shape(-1));
                 return Grads{matmul(v * row(dw), transposed(v))};
               }},
               Vmap{[](Batch, const Tensor& x) { return eigenvalues(x); }});
}
Tensor symmetrized(const Tensor& x) { return (x + transposed(x)) * 0.5; }

// ---- what is made of them --------------------------------------------------------------------------------

double tolerance(const Tensor& x, double rtol, double factor) {
  const double epsilon = x.dtype() == float64 ? 0x1p-52 : 0x1p-23;
  return std::isnan(rtol) ? factor * epsilon * static_cast<double>(std::max(x.shape(-1), x.shape(-2))) : rtol;
}
// Which singular values count.
Tensor counted(const Tensor& s, double rtol) { return s > slice(s, -1, 0, 1) * rtol; }

// G. Golub and V. Pereyra (1973).
//   dx = -y^T dy y^T + (1 - x y) dy^T y y^T + y^T y dy^T (1 - y x)
Tensor pseudo_inverse(const Tensor& x, double rtol) {
  return apply(
      "pinv", {x}, Forward{[rtol](auto& x) {
        const auto [u, s, vh] = svd_of(x.detach());
        const Tensor large = counted(s, rtol), scale = where(large, 1 / where(large, s, 1), 0);
        return matmul(transposed(vh) * row(scale), transposed(u));
      }},
      Saved{[](auto& y, auto& x) { return save(y, x); }}, Vjp{[](auto& dy, auto& y, auto& x) {
        const Tensor yt = transposed(y), dyt = transposed(dy);
        const Tensor a = product(dyt, y, yt), b = product(yt, y, dyt);
        return Grads{a - matmul(x, matmul(y, a)) + b - matmul(matmul(b, y), x) - product(yt, dy, yt)};
      }},
      Vmap{[rtol](Batch, const Tensor& x) { return pseudo_inverse(x, rtol); }});
}

}  // namespace

Qr qr(const Tensor& x, QrMode mode) {
  check_matrices("qr", x, false);
  const Lapack lapack(x);
  const std::int64_t m = x.shape(-2), n = x.shape(-1);
  const bool complete = mode == QrMode::complete && m > n;
  const auto [q, r] = complete ? cut_qr(packed_complete_qr(lapack.in(x)), m, n, m) : reduced_qr(lapack.in(x));
  return {lapack.out(q), lapack.out(r)};
}

Svd svd(const Tensor& x) {
  check_matrices("svd", x, false);
  const Lapack lapack(x);
  const auto [u, s, vh] = svd_of(lapack.in(x));
  return {lapack.out(u), lapack.out(s), lapack.out(vh)};
}
Tensor svdvals(const Tensor& x) {
  check_matrices("svdvals", x, false);
  const Lapack lapack(x);
  return lapack.out(singular_values(lapack.in(x)));
}

Eigh eigh(const Tensor& x) {
  check_matrices("eigh", x, true);
  const Lapack lapack(x);
  const auto [w, v] = cut_eigh(packed_eigh(symmetrized(lapack.in(x))), x.shape(-1));
  return {lapack.out(w), lapack.out(v)};
}
Tensor eigvalsh(const Tensor& x) {
  check_matrices("eigvalsh", x, true);
  const Lapack lapack(x);
  return lapack.out(eigenvalues(symmetrized(lapack.in(x))));
}

Tensor pinv(const Tensor& x, double rtol) {
  check_matrices("pinv", x, false);
  const Lapack lapack(x);
  return lapack.out(pseudo_inverse(lapack.in(x), tolerance(x, rtol, 10)));
}
Tensor lstsq(const Tensor& a, const Tensor& b, double rtol) { return matmul(pinv(a, rtol), b); }
Tensor matrix_rank(const Tensor& x, double rtol) {
  const Tensor s = svdvals(x);
  return sum(astype(counted(s, tolerance(x, rtol, 1)), int32), {-1});
}

Tensor matrix_norm(const Tensor& x, MatrixNorm order) {
  check_matrices("matrix_norm", x, false);
  switch (order) {
    case MatrixNorm::fro:
      return sqrt(sum(square(x), {-2, -1}));
    case MatrixNorm::nuc:
      return sum(svdvals(x), {-1});
    case MatrixNorm::one:
      return max(sum(abs(x), {-2}), {-1});
    case MatrixNorm::infinity:
      return max(sum(abs(x), {-1}), {-1});
    case MatrixNorm::two:
      break;
  }
  return max(svdvals(x), {-1});
}

}  // namespace ramie
