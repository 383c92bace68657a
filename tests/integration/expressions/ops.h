// The ops of random expressions. Each stays smooth and finite for inputs of moderate size, so that finite
// differences mean something; what would not is bent into its domain (log of 1 + x^2).
#pragma once

#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/attention.h>
#include <ramie/autograd/ops/conv.h>
#include <ramie/autograd/ops/cumulative.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/index_update.h>
#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/normalization.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/resize.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/autograd/ops/shape_pad.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/autograd/ops/statistics.h>
#include <ramie/autograd/scan.h>
#include <ramie/tensor/create.h>

namespace ramie::expressions {

using List = std::vector<Tensor>;

struct Op {
  const char* name;
  int inputs;
  Tensor (*f)(const List& x, int choice);  // choice picks axes and the like
};

inline Tensor positive(const Tensor& x) { return 1 + square(x); }
inline int axis(const Tensor& x, int choice) { return x.rank() ? choice % x.rank() : 0; }
inline Tensor rows(const Tensor& x) { return x.rank() ? x : expand_dims(x, 0); }
inline std::int64_t half(const Tensor& x, int a) { return (x.shape(a) + 1) / 2; }
inline Tensor matrix(const Tensor& x) {  // the last two axes
  return x.rank() >= 2 ? x : x.rank() == 1 ? expand_dims(x, 0) : reshape(x, {1, 1});
}
inline Tensor definite(const Tensor& x) {  // symmetric, positive
  const Tensor m = tanh(matrix(x));
  const Tensor product = matmul(m, swapaxes(m, -1, -2));
  return product + 2 * eye(product.shape(-1), product.dtype());
}
inline Tensor sequence(const Tensor& x) { return reshape(x, {1, -1, 1}); }  // of one channel
inline Tensor weights(const Shape& shape) {                                 // some numbers
  return sin(1.7 * arange(Scalar(0), Scalar(shape.size()), Scalar(1), float64).reshape(shape));
}
inline Tensor picks(const Tensor& x, int a, int choice) {  // indices, some of them twice
  const std::int64_t n = x.shape(a);
  return tensor({choice % static_cast<int>(n), -1, 0}, int32);
}

inline const std::vector<Op>& all_ops() {
  static const std::vector<Op> ops{
#define RAMIE_UNARY(name, text)       \
  {                                   \
    name, 1, [](const List& x, int) { \
      const Tensor& v = x[0];         \
      return text;                    \
    }                                 \
  }
      RAMIE_UNARY("negative", -v),
      RAMIE_UNARY("abs", abs(v)),
      RAMIE_UNARY("square", square(v)),
      RAMIE_UNARY("reciprocal", reciprocal(positive(v))),
      RAMIE_UNARY("sqrt", sqrt(positive(v))),
      RAMIE_UNARY("rsqrt", rsqrt(positive(v))),
      RAMIE_UNARY("exp", exp(tanh(v))),
      RAMIE_UNARY("expm1", expm1(tanh(v))),
      RAMIE_UNARY("log", log(positive(v))),
      RAMIE_UNARY("log1p", log1p(square(v))),
      RAMIE_UNARY("sin", sin(v)),
      RAMIE_UNARY("cos", cos(v)),
      RAMIE_UNARY("tanh", tanh(v)),
      RAMIE_UNARY("erf", erf(v)),
      RAMIE_UNARY("erf_inv", erf_inv(0.9 * tanh(v))),
      RAMIE_UNARY("sigmoid", sigmoid(v)),
      RAMIE_UNARY("softplus", softplus(v)),
      RAMIE_UNARY("relu", relu(v)),
      RAMIE_UNARY("leaky_relu", leaky_relu(v)),
      RAMIE_UNARY("elu", elu(v)),
      RAMIE_UNARY("silu", silu(v)),
      RAMIE_UNARY("gelu", gelu(v)),
      RAMIE_UNARY("gelu_exact", gelu(v, false)),
      RAMIE_UNARY("selu", selu(v)),
      RAMIE_UNARY("mish", mish(v)),
      RAMIE_UNARY("log_sigmoid", log_sigmoid(v)),
      RAMIE_UNARY("exp2", exp2(tanh(v))),
      RAMIE_UNARY("log2", log2(positive(v))),
      RAMIE_UNARY("cbrt", cbrt(positive(v))),
      RAMIE_UNARY("asin", asin(0.8 * sin(v))),
      RAMIE_UNARY("acos", acos(0.8 * sin(v))),
      RAMIE_UNARY("atan", atan(v)),
      RAMIE_UNARY("sinh", sinh(tanh(v))),
      RAMIE_UNARY("cosh", cosh(tanh(v))),
      RAMIE_UNARY("asinh", asinh(v)),
      RAMIE_UNARY("acosh", acosh(1 + positive(v))),
      RAMIE_UNARY("atanh", atanh(0.8 * sin(v))),
      RAMIE_UNARY("erfc", erfc(v)),
      RAMIE_UNARY("lgamma", lgamma(positive(v))),
      RAMIE_UNARY("digamma", digamma(positive(v))),
      RAMIE_UNARY("power_number", power(positive(v), 1.5)),
      RAMIE_UNARY("astype", v.astype(float64)),
      RAMIE_UNARY("sum_all", sum(v)),
      RAMIE_UNARY("mean_all", mean(v)),
      RAMIE_UNARY("logsumexp", logsumexp(v)),
      RAMIE_UNARY("norm", norm(v + 3)),
      RAMIE_UNARY("transpose", transpose(v)),
      RAMIE_UNARY("flatten", reshape(v, {-1})),
      RAMIE_UNARY("flip", flip(v)),
      RAMIE_UNARY("add_number", v + 0.5),
      RAMIE_UNARY("number_over", 2 / positive(v)),
      RAMIE_UNARY("clip", clip(v, -1.5, 1.5)),
      RAMIE_UNARY("layer_norm", layer_norm(rows(v))),
      RAMIE_UNARY("rms_norm", rms_norm(rows(v))),
      RAMIE_UNARY("gram", matmul(matrix(v), swapaxes(matrix(v), -1, -2))),
      RAMIE_UNARY("cholesky", cholesky(definite(v))),
      RAMIE_UNARY("inv", inv(definite(v))),
      RAMIE_UNARY("det", det(definite(v))),
      RAMIE_UNARY("slogdet", slogdet(definite(v)).logabsdet),
      RAMIE_UNARY("conv", conv(sequence(v), weights({3, 1, 2}))),
      RAMIE_UNARY("conv_transpose", conv_transpose(sequence(v), weights({3, 1, 2}), {.strides = {2}})),
      RAMIE_UNARY("max_pool", max_pool(sequence(v), {.window = {2}, .padding = Padding::same()})),
      RAMIE_UNARY("avg_pool", avg_pool(sequence(v), {.window = {2}, .padding = Padding::same()})),
      RAMIE_UNARY("resize", resize(sequence(v), {1, 3, 1}, Resize::linear)),
      RAMIE_UNARY("attention",
                  dot_product_attention(reshape(v, {1, -1, 1, 1}), reshape(sin(v), {1, -1, 1, 1}),
                                        reshape(v, {1, -1, 1, 1}), {.is_causal = true})),
      RAMIE_UNARY("scan", scan(
                              [](const Tensor& h, const Tensor& x) {
                                const Tensor n = tanh(h + x);
                                return std::pair(n, n * x);
                              },
                              sum(v, {}) * 0, reshape(v, {-1}))
                              .second),
      RAMIE_UNARY("singular_values", svdvals(definite(v))),
      RAMIE_UNARY("eigenvalues", eigvalsh(definite(v))),
      RAMIE_UNARY("qr", qr(definite(v)).r),
      RAMIE_UNARY("trace", trace(definite(v), 0, -2, -1)),
      RAMIE_UNARY("diagonal", diagonal(matrix(v), 0, -2, -1)),
      RAMIE_UNARY("tril", tril(matrix(v))),
      RAMIE_UNARY("triu", triu(matrix(v), 1)),
      RAMIE_UNARY("standardize", standardize(rows(v))),
#undef RAMIE_UNARY
#define RAMIE_AXIS(name, text)                        \
  {                                                   \
    name, 1, [](const List& x, int choice) {          \
      const Tensor v = rows(x[0]);                    \
      [[maybe_unused]] const int a = axis(v, choice); \
      return text;                                    \
    }                                                 \
  }
      RAMIE_AXIS("sum", sum(v, {a}, choice % 2)),
      RAMIE_AXIS("mean", mean(v, {a}, choice % 2)),
      RAMIE_AXIS("max", max(v, {a}, choice % 2)),
      RAMIE_AXIS("min", min(v, {a}, choice % 2)),
      RAMIE_AXIS("prod", prod(v, {a}, choice % 2)),
      RAMIE_AXIS("var", var(v, {a}, choice % 2)),
      RAMIE_AXIS("std", std(concatenate({v, v * 2 + 1}, a), {a}, choice % 2)),
      RAMIE_AXIS("softmax", softmax(v, a)),
      RAMIE_AXIS("log_softmax", log_softmax(v, a)),
      RAMIE_AXIS("cumsum", cumsum(v, a)),
      RAMIE_AXIS("cumprod", cumprod(v, a)),
      RAMIE_AXIS("cummax", cummax(v, a)),
      RAMIE_AXIS("sort", sort(v, a)),
      RAMIE_AXIS("median", median(v, {a})),
      RAMIE_AXIS("expand_dims", v.rank() < 3 ? expand_dims(v, a) : v),
      RAMIE_AXIS("swapaxes", swapaxes(v, a, -1)),
      RAMIE_AXIS("slice", slice(v, a, 0, half(v, a))),
      RAMIE_AXIS("steps", slice(v, a, Range{{}, {}, -2})),
      RAMIE_AXIS("index", v.index({Index(0)})),
      RAMIE_AXIS("take", take(v, picks(v, a, choice), a)),
      RAMIE_AXIS("take_along_axis", take_along_axis(v, argsort(stop_gradient(v), a), a)),
      RAMIE_AXIS("twice", concatenate({v, v * 2}, a)),
      RAMIE_AXIS("roll", roll(v, 1, a)),
      RAMIE_AXIS("repeat", repeat(v, 2, a)),
      RAMIE_AXIS("moveaxis", moveaxis(v, a, 0)),
      RAMIE_AXIS("split", split(v, std::vector<std::int64_t>{half(v, a)}, a)[0]),
      RAMIE_AXIS("tile", tile(v, {2})),
      RAMIE_AXIS("pad_edge", pad(v,
                                 std::vector<std::pair<std::int64_t, std::int64_t>>(
                                     static_cast<std::size_t>(v.rank()), {1, 0}),
                                 PadMode::edge)),
      RAMIE_AXIS("index_add", index_add(v, tensor({0, 0}, int32), take(v, tensor({0, -1}, int32), a) * 3, a)),
      RAMIE_AXIS("logcumsumexp", logcumsumexp(v, a)),
      RAMIE_AXIS("quantile", quantile(v, 0.3, {a})),
      RAMIE_AXIS("argmax", v * argmax(v, a, true).astype(float64)),
#undef RAMIE_AXIS
#define RAMIE_BINARY(name, text)                          \
  {                                                       \
    name, 2, [](const List& x, int) {                     \
      [[maybe_unused]] const Tensor &a = x[0], &b = x[1]; \
      return text;                                        \
    }                                                     \
  }
      RAMIE_BINARY("add", a + b),
      RAMIE_BINARY("subtract", a - b),
      RAMIE_BINARY("multiply", a * b),
      RAMIE_BINARY("divide", a / positive(b)),
      RAMIE_BINARY("power", power(positive(a), tanh(b))),
      RAMIE_BINARY("maximum", maximum(a, b)),
      RAMIE_BINARY("minimum", minimum(a, b)),
      RAMIE_BINARY("where", where(sin(a) > 0.2, a, b)),
      RAMIE_BINARY("hypot", hypot(a, positive(b))),
      RAMIE_BINARY("atan2", atan2(a, positive(b))),
      RAMIE_BINARY("logaddexp", logaddexp(a, b)),
      RAMIE_BINARY("stack", stack({a, a * 3})),
      RAMIE_BINARY("matmul", matmul(matrix(a), swapaxes(matrix(a), -1, -2) * sum(b))),
      RAMIE_BINARY("solve", solve(definite(a), definite(a) * mean(b) + 1)),
      RAMIE_BINARY("outer", outer(a, b)),
      RAMIE_BINARY("einsum", einsum("...i,...j->...ij", {rows(a), rows(b)})),
      RAMIE_BINARY("inner", einsum("i,j,i->j", {reshape(a, {-1}), reshape(b, {-1}), reshape(a, {-1})})),
      RAMIE_BINARY("tensordot", tensordot(a, tanh(a), a.rank()) * b),
#undef RAMIE_BINARY
  };
  return ops;
}

}  // namespace ramie::expressions
