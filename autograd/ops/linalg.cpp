#include <ramie/autograd/ops/linalg.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/linalg_rules.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/linalg.h>

namespace ramie {
namespace detail {

void check_matrices(const char* op, const Tensor& x, bool square) {
  if (x.rank() < 2) fail(op, fmt::format("{} is no matrix: two axes are needed.", str(x.layout())));
  if (square && x.shape(-1) != x.shape(-2))
    fail(op, fmt::format("the matrices of {} are not square.", str(x.layout())));
}

Shape with_last(Shape shape, int axes, std::initializer_list<std::int64_t> by) {
  for (; axes > 0; --axes) shape.erase(shape.rank() - 1);
  for (auto n : by) shape.push_back(n);
  return shape;
}

Tensor with_batch(const Tensor& x, const Shape& batch, int own) {
  Shape shape = batch;
  for (int i = -own; i < 0; ++i) shape.push_back(x.shape(i));
  return broadcast_to(x, shape);
}

}  // namespace detail

namespace {

using detail::Lapack, detail::check_matrices, detail::dense, detail::with_batch, detail::with_last;

Tensor symmetrized(const Tensor& x) { return (x + matrix_transpose(x)) * 0.5; }
Tensor product(const Tensor& a, const Tensor& b, const Tensor& c) { return matmul(matmul(a, b), c); }

// The lower triangle, of which the diagonal counts half.
Tensor half(const Tensor& x) { return tril(x) - 0.5 * tril(triu(x)); }

// With L = cholesky(x):  dx = L^-T half(L^T dL) L^-1
Tensor factor(const Tensor& x) {
  return apply("cholesky", {x}, Forward{[](auto& x) { return launch(kernels::Cholesky{}, dense(x)); }},
               Saved{[](auto& l, auto&) { return save(l); }}, Vjp{[](auto& dl, auto& l) {
                 const TriangularSolveOptions turned{.lower = true, .transpose_a = true};
                 const Tensor left = triangular_solve(l, half(matmul(matrix_transpose(l), dl)), turned);
                 return Grads{matrix_transpose(triangular_solve(l, matrix_transpose(left), turned))};
               }},
               Vmap{[](Batch, const Tensor& x) { return factor(x); }});
}

// A batch of systems: what has no batch is given to all.
Tensor repeated(const Tensor& x, const Batch& batch, int i) {
  return batch[i] ? x : with_batch(x, {batch.size}, x.rank());
}

Tensor triangle(const Tensor& x, const TriangularSolveOptions& o) {
  const int offset = o.unit_diagonal ? 1 : 0;
  return o.lower ? tril(x, -offset) : triu(x, offset);
}

// Of batches of the same shape.  x = op(a)^-1 b:  db = op(a)^-T dx,  d op(a) = -db x^T
Tensor solve_triangles(const Tensor& a, const Tensor& b, TriangularSolveOptions o) {
  return apply(
      "triangular_solve", {a, b}, Forward{[&](auto& a, auto& b) {
        return launch(kernels::TriangularSolve{o.lower, o.transpose_a, o.unit_diagonal}, dense(a), dense(b));
      }},
      Saved{[](auto& x, auto& a, auto&) { return save(x, a); }},
      Vjp{[o](auto& dx, Needs needs, auto& x, auto& a) {
        auto turned = o;
        turned.transpose_a = !o.transpose_a;
        const Tensor db = solve_triangles(a, dx, turned);
        if (!needs[0]) return Grads{Tensor(), db};
        const Tensor da = o.transpose_a ? matmul(x, matrix_transpose(db)) : matmul(db, matrix_transpose(x));
        return Grads{-triangle(da, o), db};
      }},
      Vmap{[o](Batch batch, const Tensor& a, const Tensor& b) {
        return solve_triangles(repeated(a, batch, 0), repeated(b, batch, 1), o);
      }});
}

// Of batches of the same shape.  x = a^-1 b:  db = a^-T dx,  da = -db x^T
Tensor solve_systems(const Tensor& a, const Tensor& b) {
  return apply("solve", {a, b},
               Forward{[](auto& a, auto& b) { return launch(kernels::Solve{}, dense(a), dense(b)); }},
               Saved{[](auto& x, auto& a, auto&) { return save(x, a); }},
               Vjp{[](auto& dx, Needs needs, auto& x, auto& a) {
                 const Tensor db = solve_systems(matrix_transpose(a), dx);
                 return Grads{needs[0] ? -matmul(db, matrix_transpose(x)) : Tensor(), db};
               }},
               Vmap{[](Batch batch, const Tensor& a, const Tensor& b) {
                 return solve_systems(repeated(a, batch, 0), repeated(b, batch, 1));
               }});
}

// f(a, b) for matrices of right sides, of the same dtype and with the same batch.
template <class F>
Tensor with_right_sides(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  check_matrices(op, a, true);
  if (b.rank() == 1) return squeeze(with_right_sides(op, a, expand_dims(b, 1), f), {-1});
  check_matrices(op, b, false);
  if (a.shape(-1) != b.shape(-2))
    fail(op, fmt::format("the right sides must have {} rows: a is {}, b {}.", a.shape(-1), str(a.layout()),
                         str(b.layout())));
  const Lapack lapack(b.device(), promote(a.dtype(), b.dtype()));
  const Shape batch = broadcast(op, with_last(a.shape(), 2, {}), with_last(b.shape(), 2, {}));
  const Tensor left = with_batch(lapack.in(a), batch, 2), right = with_batch(lapack.in(b), batch, 2);
  return lapack.out(f(left, right));
}

// y = x^-1:  dx = -y^T dy y^T
Tensor inverse(const Tensor& x) {
  return apply("inv", {x}, Forward{[](auto& x) { return launch(kernels::Inverse{}, dense(x)); }},
               Saved{[](auto& y, auto&) { return save(y); }}, Vjp{[](auto& dy, auto& y) {
                 const Tensor turned = matrix_transpose(y);
                 return Grads{-product(turned, dy, turned)};
               }},
               Vmap{[](Batch, const Tensor& x) { return inverse(x); }});
}

Tensor as_matrix(const Tensor& number) { return expand_dims(expand_dims(number, -1), -1); }

// c = d x^-T, where d is the determinant:  dx = (c <dc, c> - c dc^T c) / d
Tensor cofactors(const Tensor& x) {
  return apply("cofactors", {x}, Forward{[](auto& x) { return launch(kernels::Cofactors{}, dense(x)); }},
               Saved{[](auto& c, auto& x) { return save(c, x); }}, Vjp{[](auto& dc, auto& c, auto& x) {
                 const Tensor d = sum(slice(x, -2, 0, 1) * slice(c, -2, 0, 1), {-1}, true);
                 const Tensor along = sum(dc * c, {-2, -1}, true);
                 return Grads{(c * along - product(c, matrix_transpose(dc), c)) / d};
               }},
               Vmap{[](Batch, const Tensor& x) { return cofactors(x); }});
}

Tensor determinant(const Tensor& x) {
  return apply("det", {x}, Forward{[](auto& x) {
                 const Tensor y = launch(kernels::Determinant{"det", false}, dense(x));
                 return y.alias(y.layout().as(with_last(y.shape(), 1, {})));
               }},
               Saved{[](auto&, auto& x) { return save(x); }},
               Vjp{[](auto& dy, auto& x) { return Grads{as_matrix(dy) * cofactors(x)}; }},
               Vmap{[](Batch, const Tensor& x) { return determinant(x); }});
}

// [sign, log |det x|]
Tensor sign_and_logarithm(const Tensor& x) {
  return apply("slogdet", {x}, Forward{[](auto& x) {
                 return launch(kernels::Determinant{"slogdet", true}, dense(x));
               }},
               Saved{[](auto&, auto& x) { return save(x); }}, Vjp{[](auto& dy, auto& x) {
                 const Tensor dl = as_matrix(squeeze(slice(dy, -1, 1, 2), {-1}));
                 return Grads{dl * matrix_transpose(inverse(x))};
               }},
               Vmap{[](Batch, const Tensor& x) { return sign_and_logarithm(x); }});
}

Tensor element(const Tensor& x, std::int64_t i, std::int64_t j) {
  return squeeze(slice(slice(x, -2, i, i + 1), -1, j, j + 1), {-2, -1});
}
// Up to three rows by the rule that everybody knows.
Tensor small_determinant(const Tensor& x) {
  const auto at = [&](std::int64_t i, std::int64_t j) { return element(x, i, j); };
  const auto minor = [&](std::int64_t j, std::int64_t k) {
    return at(1, j) * at(2, k) - at(1, k) * at(2, j);
  };
  if (x.shape(-1) == 1) return at(0, 0);
  if (x.shape(-1) == 2) return at(0, 0) * at(1, 1) - at(0, 1) * at(1, 0);
  return at(0, 0) * minor(1, 2) - at(0, 1) * minor(0, 2) + at(0, 2) * minor(0, 1);
}

}  // namespace

Tensor matrix_transpose(const Tensor& x) {
  check_matrices("matrix_transpose", x, false);
  return swapaxes(x, -2, -1);
}

Tensor cholesky(const Tensor& x) {
  check_matrices("cholesky", x, true);
  const Lapack lapack(x);
  return lapack.out(factor(symmetrized(lapack.in(x))));
}

Tensor triangular_solve(const Tensor& a, const Tensor& b, TriangularSolveOptions o) {
  if (!o.left_side && b.rank() > 1) {
    o.left_side = true, o.transpose_a = !o.transpose_a;
    return matrix_transpose(triangular_solve(a, matrix_transpose(b), o));
  }
  if (!o.left_side) o.transpose_a = !o.transpose_a;
  return with_right_sides("triangular_solve", a, b,
                          [&](auto& a, auto& b) { return solve_triangles(a, b, o); });
}

Tensor cho_solve(const Tensor& factor, const Tensor& b, bool lower) {
  const Tensor y = triangular_solve(factor, b, {.lower = lower, .transpose_a = !lower});
  return triangular_solve(factor, y, {.lower = lower, .transpose_a = lower});
}

Tensor solve(const Tensor& a, const Tensor& b) {
  return with_right_sides("solve", a, b, [](auto& a, auto& b) { return solve_systems(a, b); });
}

Tensor inv(const Tensor& x) {
  check_matrices("inv", x, true);
  const Lapack lapack(x);
  return lapack.out(inverse(lapack.in(x)));
}

Tensor matrix_power(const Tensor& x, std::int64_t n) {
  check_matrices("matrix_power", x, true);
  if (n < 0) return matrix_power(inv(x), -n);
  if (n == 0) {
    const DeviceScope on(x.device());
    return broadcast_to(eye(x.shape(-1), x.dtype()), x.shape());
  }
  const Tensor root = n > 1 ? matrix_power(x, n / 2) : x, square = n > 1 ? matmul(root, root) : x;
  return n > 1 && n % 2 ? matmul(square, x) : square;
}

Tensor det(const Tensor& x) {
  check_matrices("det", x, true);
  const Lapack lapack(x);
  const std::int64_t n = x.shape(-1);
  if (n >= 1 && n <= 3) return astype(small_determinant(astype(x, lapack.wide())), lapack.dtype);
  return lapack.out(determinant(lapack.in(x)));
}

Slogdet slogdet(const Tensor& x) {
  check_matrices("slogdet", x, true);
  const Lapack lapack(x);
  const Tensor both = lapack.out(sign_and_logarithm(lapack.in(x)));
  return {squeeze(slice(both, -1, 0, 1), {-1}), squeeze(slice(both, -1, 1, 2), {-1})};
}

}  // namespace ramie
