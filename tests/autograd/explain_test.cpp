#include <gtest/gtest.h>

#include <autograd/toys.h>
#include <ramie/autograd/brief.h>
#include <ramie/autograd/explain.h>
#include <ramie/autograd/formulas.h>
#include <ramie/ops.h>

namespace ramie {
namespace {

void expect_in(const std::string& text, const std::string& what) {
  EXPECT_NE(text.find(what), text.npos) << what << "\nis not in\n" << text;
}

TEST(Explain, HandWorkedExample) {
  const Tensor a = variable(2.0), b = variable(-3.0);
  const std::string text = explain(a * b + a, {{"a", a}, {"b", b}});
  expect_in(text, "v2 = multiply(a, b)  float32[]");
  expect_in(text,
            "1. v3 = add(v2, a)\n"
            "   rule   y = a + b;   da = dy,  db = dy\n"
            "   dy     1\n"
            "   to v2  dy * 1 = 1\n"
            "   to a   dy * 1 = 1\n"
            "2. v2 = multiply(a, b)\n"
            "   rule   y = a b;   da = dy b,  db = dy a\n"
            "   dy     1\n"
            "   to a   dy * -3 = -3, in sum -2\n"
            "   to b   dy * 2 = 2\n");
  expect_in(text, "  d v3 / d a = -2\n  d v3 / d b = 2\n");
  expect_in(text, "backward() has not run: no variable holds a gradient yet.\n");
}

TEST(Explain, SaysWhyABroadcastSums) {
  const Tensor b = variable(from_vector<float>({1, 2, 3}));
  const std::string text = explain(sum(ones({4, 3}) * b), {{"b", b}});
  expect_in(text, "(3,) became (4, 3): each number was used 4 times, and the gradients of all uses add up");
  expect_in(text, "multiply(constant, v1)");
  expect_in(text, "to b   [4, 4, 4]   float32[3]\n");
}

TEST(Explain, AfterBackward) {
  const Tensor x = variable(3.0), y = x * x;
  backward(y, {.retain_graph = true});
  expect_in(explain(y), "backward() has run: the variables hold gradients.\n");
}

TEST(Explain, SaysSoWhereItKnowsNoFormula) {
  expect_in(explain(toy::cube(variable(2.0))),
            "rule   no formula is known for cube; the numbers are those of its own rule\n");
}

TEST(Brief, NumbersAndSummaries) {
  EXPECT_EQ(detail::brief(Tensor()), "?");
  EXPECT_EQ(detail::brief(-0.0), "0");
  EXPECT_EQ(detail::brief(full({}, 0.1)), "0.1");
  EXPECT_EQ(detail::brief(from_vector<double>({1, -2.5, 3, 4}, {2, 2})), "[[1, -2.5], [3, 4]]");
  EXPECT_EQ(detail::brief(zeros({0, 3})), "float32[0,3]");
  EXPECT_EQ(detail::brief(arange(20).astype(float64)), "float64[20], from 0 to 19, mean 9.5");
}

// ---- every common op has a formula ----------------------------------------------------------------------

std::vector<Tensor> of_numbers(const Tensor& a, const Tensor& b) {
  return {exp2(a),        log2(a),
          log10(a),       tan(a),
          asin(a),        acos(a),
          atan(a),        sinh(a),
          cosh(a),        asinh(a),
          acosh(a + 1),   atanh(a),
          erfc(a),        lgamma(a),
          digamma(a),     cbrt(a),
          trunc(a),       hypot(a, b),
          atan2(a, b),    logaddexp(a, b),
          fmod(a, b),     floor_divide(a, b),
          selu(a),        celu(a),
          mish(a),        log_sigmoid(a),
          copysign(a, b), cumprod(a, 0),
          cummax(a, 0),   median(a),
          norm(a),        sort(a)};
}
std::vector<Tensor> of_matrices(const Tensor& a, const Tensor& b) {
  const Tensor s = matmul(a, a.T()) + eye(2, float64);
  return {einsum("ij,jk->ik", {a, b}),
          outer(a[0], b[0]),
          trace(a),
          tril(a),
          inv(s),
          solve(s, b),
          cholesky(s),
          det(s),
          eigvalsh(s),
          svdvals(a),
          tile(a, {2, 1}),
          repeat(a, 2, 0),
          roll(a, 1, 0),
          diagonal(a),
          swapaxes(a, 0, 1)};
}

std::vector<Tensor> graphs() {
  const Tensor a = variable(full({2, 2}, 0.5, float64)), b = variable(full({2, 2}, 0.25, float64));
  const Tensor one = variable(full({2}, 0.5, float64)), image = variable(full({1, 4, 4, 1}, 0.5, float64));
  const Tensor kernel = variable(full({3, 3, 1, 1}, 0.5, float64)), labels = zeros({2}, int32);
  std::vector<Tensor> out{a + b,
                          a - b,
                          a * b,
                          a / b,
                          power(a, b),
                          maximum(a, b),
                          minimum(a, b),
                          remainder(a, b),
                          -a,
                          abs(a),
                          sign(a),
                          reciprocal(a),
                          square(a),
                          sqrt(a),
                          rsqrt(a),
                          exp(a),
                          expm1(a),
                          log(a),
                          log1p(a),
                          sin(a),
                          cos(a),
                          tanh(a),
                          erf(a),
                          erf_inv(a),
                          floor(a),
                          ceil(a),
                          round(a),
                          clip(a, 0, 1),
                          where(a > 0, a, b),
                          astype(a, float32),
                          relu(a),
                          relu6(a),
                          leaky_relu(a),
                          elu(a),
                          sigmoid(a),
                          softplus(a),
                          silu(a),
                          gelu(a),
                          sum(a),
                          mean(a),
                          prod(a),
                          max(a),
                          min(a),
                          var(a),
                          std(a),
                          cumsum(a, 0),
                          sum_to(a, {2}),
                          logsumexp(a),
                          softmax(a),
                          log_softmax(a),
                          matmul(a, b),
                          reshape(a, {4}),
                          transpose(a),
                          broadcast_to(one, {2, 2}),
                          flip(a),
                          a[0],
                          expand_dims(a, 0),
                          squeeze(a[0]),
                          slice(a, 0, 0, 1),
                          concatenate({a, b}, 0),
                          stack({a, b}),
                          pad(a, {{1, 1}, {0, 0}}),
                          take(a, labels, 0),
                          conv2d(image, kernel),
                          max_pool(image, {.window = {2, 2}}),
                          avg_pool(image, {.window = {2, 2}}),
                          softmax_cross_entropy_with_integer_labels(a, labels)};
  for (auto& family : {of_numbers(a, b), of_matrices(a, b)})
    out.insert(out.end(), family.begin(), family.end());
  for (std::size_t i = 0, n = out.size(); i < n; ++i) {  // and their gradients' ops
    const Tensor x = out[i].graph() ? out[i] : a;
    for (auto& g : gradients(sum(x), {a, one, image, kernel}, {.create_graph = true}))
      if (g.graph()) out.push_back(g);
  }
  return out;
}

TEST(Formulas, EveryCommonOpHasOne) {
  std::string missing;
  for (auto& y : graphs())
    if (y.graph())
      for (auto& v : trace_backward(y).values)
        if (!formula_of(v.op) && missing.find(" " + v.op + " ") == missing.npos) missing += " " + v.op + " ";
  EXPECT_EQ(missing, "");
  EXPECT_EQ(formula_of("no_such_op"), nullptr);
}

}  // namespace
}  // namespace ramie
