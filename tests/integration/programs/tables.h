// Ops of one kind, by name, from which random programs draw.
#pragma once

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/create.h>

namespace ramie::programs {

struct Unary {
  const char* name;
  Tensor (*f)(const Tensor&);
};
struct Binary {
  const char* name;
  Tensor (*f)(const Tensor&, const Tensor&);
};
struct Reduction {
  const char* name;
  Tensor (*f)(const Tensor&, const Shape&, bool);
};
struct AlongAxis {
  const char* name;
  Tensor (*f)(const Tensor&, std::int64_t);
};
#define RAMIE_UNARY(f)                       \
  {                                          \
#f, [](const Tensor& x) { return f(x); } \
  }
inline constexpr Unary unary[] = {
    RAMIE_UNARY(negative), RAMIE_UNARY(abs),        RAMIE_UNARY(sign),       RAMIE_UNARY(reciprocal),
    RAMIE_UNARY(square),   RAMIE_UNARY(sqrt),       RAMIE_UNARY(rsqrt),      RAMIE_UNARY(exp),
    RAMIE_UNARY(expm1),    RAMIE_UNARY(log),        RAMIE_UNARY(log1p),      RAMIE_UNARY(sin),
    RAMIE_UNARY(cos),      RAMIE_UNARY(tanh),       RAMIE_UNARY(erf),        RAMIE_UNARY(floor),
    RAMIE_UNARY(ceil),     RAMIE_UNARY(round),      RAMIE_UNARY(isnan),      RAMIE_UNARY(isfinite),
    RAMIE_UNARY(relu),     RAMIE_UNARY(leaky_relu), RAMIE_UNARY(elu),        RAMIE_UNARY(sigmoid),
    RAMIE_UNARY(softplus), RAMIE_UNARY(silu),       RAMIE_UNARY(gelu),       RAMIE_UNARY(relu6),
    RAMIE_UNARY(isinf),    RAMIE_UNARY(contiguous), RAMIE_UNARY(zeros_like), RAMIE_UNARY(logical_not)};
#undef RAMIE_UNARY
inline constexpr Binary binary[] = {{"add", add},
                                    {"add", add},
                                    {"subtract", subtract},
                                    {"multiply", multiply},
                                    {"multiply", multiply},
                                    {"divide", divide},
                                    {"maximum", maximum},
                                    {"minimum", minimum},
                                    {"power", power},
                                    {"remainder", remainder},
                                    {"equal", equal},
                                    {"less", less},
                                    {"greater", greater},
                                    {"less_equal", less_equal},
                                    {"not_equal", not_equal},
                                    {"logical_and", logical_and},
                                    {"logical_or", logical_or}};
inline constexpr Reduction reductions[] = {{"sum", sum},
                                           {"sum", sum},
                                           {"mean", mean},
                                           {"max", max},
                                           {"min", min},
                                           {"prod", prod},
                                           {"var", var},
                                           {"std", std},
                                           {"any", any},
                                           {"all", all},
                                           {"logsumexp", logsumexp}};
inline constexpr AlongAxis along_axis[] = {
    {"softmax", softmax},
    {"log_softmax", log_softmax},
    {"cumsum", cumsum},
    {"argmax", [](const Tensor& x, std::int64_t a) { return argmax(x, a); }},
    {"argmin", [](const Tensor& x, std::int64_t a) { return argmin(x, a, true); }},
    {"flip", [](const Tensor& x, std::int64_t a) { return flip(x, {a}); }},
    {"expand_dims", expand_dims}};

}  // namespace ramie::programs
