#include <ramie/autograd/ops/elementwise.h>

#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/softmax.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

DType dtype_named(const std::string& text) {
  for (DType t : {bool_, int32, float32})
    if (text == name(t)) return t;
  return float64;
}

const std::map<std::string, Op> one = {
    {"negative", unary(negative)},
    {"abs", unary(abs)},
    {"sign", unary(sign)},
    {"square", unary(square)},
    {"reciprocal", unary(reciprocal)},
    {"sqrt", unary(sqrt)},
    {"rsqrt", unary(rsqrt)},
    {"cbrt", unary(cbrt)},
    {"exp", unary(exp)},
    {"exp2", unary(exp2)},
    {"expm1", unary(expm1)},
    {"log", unary(log)},
    {"log2", unary(log2)},
    {"log10", unary(log10)},
    {"log1p", unary(log1p)},
    {"sin", unary(sin)},
    {"cos", unary(cos)},
    {"tan", unary(tan)},
    {"asin", unary(asin)},
    {"acos", unary(acos)},
    {"atan", unary(atan)},
    {"sinh", unary(sinh)},
    {"cosh", unary(cosh)},
    {"tanh", unary(tanh)},
    {"asinh", unary(asinh)},
    {"acosh", unary(acosh)},
    {"atanh", unary(atanh)},
    {"erf", unary(erf)},
    {"erfc", unary(erfc)},
    {"erf_inv", unary(erf_inv)},
    {"lgamma", unary(lgamma)},
    {"digamma", unary(digamma)},
    {"sigmoid",
     unary(sigmoid, 3e-5)},  // its gradient y (1 - y) keeps few digits where y is nearly 1, as JAX's
    {"softplus", unary(softplus)},
    {"floor", unary(floor)},
    {"ceil", unary(ceil)},
    {"round", unary(round)},
    {"trunc", unary(trunc)},
    {"isnan", unary(isnan)},
    {"isinf", unary(isinf)},
    {"isfinite", unary(isfinite)},
    {"logical_not", unary(logical_not)},
    {"bitwise_not", unary(bitwise_not)},
};

const std::map<std::string, Op> two = {
    {"add", binary(add)},
    {"subtract", binary(subtract)},
    {"multiply", binary(multiply)},
    {"divide", binary(divide)},
    {"power", binary(power)},
    {"maximum", binary(maximum)},
    {"minimum", binary(minimum)},
    {"remainder", binary(remainder)},
    {"floor_divide", binary(floor_divide)},
    {"fmod", binary(fmod)},
    {"hypot", binary(hypot)},
    {"atan2", binary(atan2)},
    {"logaddexp", binary(logaddexp)},
    {"copysign", binary(copysign)},
    {"equal", binary(equal)},
    {"not_equal", binary(not_equal)},
    {"less", binary(less)},
    {"less_equal", binary(less_equal)},
    {"greater", binary(greater)},
    {"greater_equal", binary(greater_equal)},
    {"logical_and", binary(logical_and)},
    {"logical_or", binary(logical_or)},
    {"logical_xor", binary(logical_xor)},
    {"bitwise_and", binary(bitwise_and)},
    {"bitwise_or", binary(bitwise_or)},
    {"bitwise_xor", binary(bitwise_xor)},
    {"left_shift", binary(left_shift)},
    {"right_shift", binary(right_shift)},
};

const std::map<std::string, Op> more = {
    {"clip",
     [](auto& x, auto& a) {
       return clip(x[0], a.at("low").template get<double>(), a.at("high").template get<double>());
     }},
    {"polygamma", [](auto& x, auto& a) { return polygamma(static_cast<int>(integer(a, "n")), x[0]); }},
    {"where", [](auto& x, auto&) { return where(x[0], x[1], x[2]); }},
    {"astype",
     [](auto& x, auto& a) { return astype(x[0], dtype_named(a.at("dtype").template get<std::string>())); }},
};

double real(const Json& attributes, const char* name, double otherwise) {
  return attributes.value(name, otherwise);
}

const std::map<std::string, Op> activations = {
    {"relu", unary(relu)},
    {"relu6", unary(relu6)},
    {"selu", unary(selu)},
    {"silu", unary(silu)},
    {"swish", unary(swish)},
    {"mish", unary(mish)},
    {"hard_tanh", unary(hard_tanh)},
    {"hard_sigmoid", unary(hard_sigmoid)},
    {"hard_swish", unary(hard_swish)},
    {"soft_sign", unary(soft_sign)},
    {"log_sigmoid", unary(log_sigmoid)},
    {"sparse_plus", unary(sparse_plus)},
    {"sparse_sigmoid", unary(sparse_sigmoid)},
    {"squareplus", [](auto& x, auto&) { return squareplus(x[0]); }},
    {"elu", [](auto& x, auto& a) { return elu(x[0], real(a, "alpha", 1)); }},
    {"celu", [](auto& x, auto& a) { return celu(x[0], real(a, "alpha", 1)); }},
    {"leaky_relu", [](auto& x, auto& a) { return leaky_relu(x[0], real(a, "negative_slope", 0.01)); }},
    {"gelu", [](auto& x, auto& a) { return gelu(x[0], flag(a, "approximate")); }},
    {"softmax", [](auto& x, auto& a) { return softmax(x[0], axis(a)); }},
    {"log_softmax", [](auto& x, auto& a) { return log_softmax(x[0], axis(a)); }},
    {"glu", [](auto& x, auto& a) { return glu(x[0], axis(a)); }},
    {"standardize", [](auto& x, auto& a) { return standardize(x[0], axes(a), real(a, "epsilon", 1e-5)); }},
};

}  // namespace

const Family& family() {
  static const Family all = [] {
    Family f{{"elementwise", "activation"}, one};
    for (auto* ops : {&two, &more, &activations}) f.ops.insert(ops->begin(), ops->end());
    return f;
  }();
  return all;
}

}  // namespace ramie::frameworks
