#include <ramie/autograd/ops/reduce.h>

#include <ramie/autograd/ops/cumulative.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/autograd/ops/statistics.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

Op reduction(Tensor (*f)(const Tensor&, const Shape&, bool)) {
  return [f](auto& x, auto& a) { return f(x[0], axes(a), keepdims(a)); };
}

// var and std.
Op deviation(Tensor (*f)(const Tensor&, const Shape&, bool, double)) {
  return [f](auto& x, auto& a) { return f(x[0], axes(a), keepdims(a), a.value("ddof", 0.0)); };
}

Op running(Tensor (*f)(const Tensor&, std::int64_t, bool)) {
  return [f](auto& x, auto& a) { return f(x[0], axis(a), false); };
}

Tensor norm_of(const Tensors& x, const Json& a) {
  return norm(x[0], oracle::number(a.at("ord")), axes(a), keepdims(a));
}

Tensor counted(const Tensors& x, const Json& a) {
  return bincount(x[0], integer(a, "length"), x.size() > 1 ? x[1] : Tensor());
}

Tensors distribution(const Tensors& x, const Json& a) {
  auto [counts, edges] =
      histogram(x[0], integer(a, "bins"), std::pair<double, double>(a.at("low"), a.at("high")));
  return {counts, edges};
}

}  // namespace

const Family& family() {
  static const Family all{
      {"reduce"},
      {
          {"sum", reduction(sum)},
          {"mean", reduction(mean)},
          {"prod", reduction(prod)},
          {"max", reduction(max)},
          {"min", reduction(min)},
          {"var", deviation(var)},
          {"std", deviation(std)},
          {"norm", norm_of},
          {"median", reduction(median)},
          {"quantile",
           [](auto& x, auto& a) { return quantile(x[0], a.at("q").template get<double>(), axes(a)); }},
          {"logsumexp", reduction(logsumexp)},
          {"any", reduction(any)},
          {"all", reduction(ramie::all)},
          {"argmax", [](auto& x, auto& a) { return argmax(x[0], axis(a), keepdims(a)); }},
          {"argmin", [](auto& x, auto& a) { return argmin(x[0], axis(a), keepdims(a)); }},
          {"cumsum", [](auto& x, auto& a) { return cumsum(x[0], axis(a)); }},
          {"cumprod", running(cumprod)},
          {"cummax", running(cummax)},
          {"cummin", running(cummin)},
          {"bincount", counted},
          {"histogram", distribution},
          {"sort", [](auto& x, auto& a) { return sort(x[0], axis(a), flag(a, "descending")); }},
          {"argsort", [](auto& x, auto& a) { return argsort(x[0], axis(a), flag(a, "descending")); }},
          {"topk",
           [](auto& x, auto& a) -> Tensors {
             auto [values, indices] = topk(x[0], integer(a, "k"));
             return {values, indices};
           }},
          {"unique", reading(unary(unique))},
          {"searchsorted", [](auto& x, auto& a) { return searchsorted(x[0], x[1], flag(a, "right")); }},
      }};
  return all;
}

}  // namespace ramie::frameworks
