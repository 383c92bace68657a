#include <ramie/autograd/ops/linalg.h>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/shape_diagonal.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

Tensor contracted(const Tensors& x, const Json& a) {
  const Json& axes = a.at("axes");
  if (axes.is_number()) return tensordot(x[0], x[1], axes.get<std::int64_t>());
  const std::vector<std::vector<std::int64_t>> pairs = axes;
  return tensordot(x[0], x[1], Shape(pairs[0]), Shape(pairs[1]));
}

Op of_offset(Tensor (*f)(const Tensor&, std::int64_t), const char* name) {
  return [f, name](auto& x, auto& a) { return f(x[0], integer(a, name)); };
}

// Signs are free: the first elements along the rows are made positive.
Tensor signs(const Tensor& x) { return stop_gradient(sign(slice(x, -2, 0, 1))); }

Tensors eigen(const Tensors& x, const Json&) {
  const auto [w, v] = eigh(x[0]);
  return {w, v * signs(v)};
}
Tensors singular(const Tensors& x, const Json&) {
  const auto [u, s, vh] = svd(x[0]);
  return {u * signs(u), s, vh * swapaxes(signs(u), -1, -2)};
}
Tensors orthogonal(const Tensors& x, const Json&) {
  const auto [q, r] = qr(x[0]);
  return {q * signs(q), r * swapaxes(signs(q), -1, -2)};
}

Tensor solved_triangular(const Tensors& x, const Json& a) {
  return triangular_solve(x[0], x[1],
                          {.lower = flag(a, "lower"),
                           .transpose_a = flag(a, "transpose_a"),
                           .unit_diagonal = flag(a, "unit_diagonal")});
}

}  // namespace

const Family& family() {
  static const Family all{
      {"linalg"},
      {
          {"matmul", binary(matmul)},
          {"dot", binary(dot)},
          {"vdot", binary(vdot)},
          {"inner", binary(inner)},
          {"outer", binary(outer)},
          {"kron", binary(kron)},
          {"cross", [](auto& x, auto& a) { return cross(x[0], x[1], axis(a)); }},
          {"tensordot", contracted},
          {"einsum",
           [](auto& x, auto& a) { return einsum(a.at("subscripts").template get<std::string>(), x); }},
          {"cholesky", unary(cholesky)},
          {"inv", unary(inv)},
          {"det", unary(det)},
          {"slogdet",
           [](auto& x, auto&) -> Tensors {
             const auto [sign, logabsdet] = slogdet(x[0]);
             return {sign, logabsdet};
           }},
          {"solve", binary(solve)},
          {"triangular_solve", solved_triangular},
          {"eigh", eigen},
          {"svd", singular},
          {"qr", orthogonal},
          {"trace", [](auto& x, auto& a) { return trace(x[0], integer(a, "offset")); }},
          {"diagonal",
           [](auto& x, auto& a) {
             return diagonal(x[0], integer(a, "offset"), integer(a, "axis1"), integer(a, "axis2"));
           }},
          {"diag", of_offset(diag, "offset")},
          {"diag_embed", of_offset(diag_embed, "offset")},
          {"tril", of_offset(tril, "k")},
          {"triu", of_offset(triu, "k")},
      }};
  return all;
}

}  // namespace ramie::frameworks
