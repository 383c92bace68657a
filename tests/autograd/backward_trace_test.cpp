#include <gtest/gtest.h>

#include <autograd/toys.h>
#include <ramie/autograd/backward_trace.h>
#include <ramie/autograd/checkpoint.h>
#include <ramie/autograd/custom.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/hook.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <support/error.h>

namespace ramie {
namespace {

const BackwardTrace::Value& value(const BackwardTrace& t, const std::string& label) {
  for (auto& v : t.values)
    if (v.label == label) return v;
  throw std::out_of_range(label);
}

// loss = a b + a: the gradient of a has two parts.
TEST(BackwardTrace, HandWorkedExample) {
  const Tensor a = variable(2.0), b = variable(-3.0), p = a * b;
  const BackwardTrace t = trace_backward(p + a, {{"a", a}, {"b", b}, {"p", p}});
  ASSERT_EQ(t.values.size(), 4u);
  EXPECT_EQ(t.values[0].label, "a");
  EXPECT_EQ(t.result().op, "add");
  EXPECT_EQ(t.result().label, "v3");
  EXPECT_EQ(t.result().inputs, (std::vector<int>{2, 0}));
  EXPECT_EQ(t.result().data.item(), -4);
  EXPECT_EQ(value(t, "p").data.item(), -6);
  EXPECT_EQ(value(t, "p").gradient.item(), 1);
  EXPECT_EQ(value(t, "b").data.item(), -3);  // the product has saved it
  ASSERT_EQ(t.steps.size(), 2u);
  const auto& second = t.steps[1];
  EXPECT_EQ(t.values[static_cast<std::size_t>(second.value)].op, "multiply");
  EXPECT_EQ(second.incoming.item(), 1);
  ASSERT_EQ(second.given.size(), 2u);
  EXPECT_EQ(second.given[0].local.item(), -3);
  EXPECT_EQ(second.given[0].gradient.item(), -3);
  EXPECT_EQ(second.given[0].sum.item(), -2);  // 1 came from the sum
  EXPECT_EQ(second.given[1].sum.item(), 2);
}

TEST(BackwardTrace, TouchesNothing) {
  const Tensor x = variable(3.0), y = x * x;
  EXPECT_FALSE(trace_backward(y).has_grads());
  EXPECT_FALSE(x.grad());
  backward(y, {.retain_graph = true});
  const BackwardTrace t = trace_backward(y);
  EXPECT_TRUE(t.has_grads());
  EXPECT_EQ(t.values[0].grad.item(), 6);
  EXPECT_EQ(x.grad().item(), 6);
  backward(y);
  EXPECT_EQ(trace_backward(x * x).values[0].grad.item(), 12);  // of two backwards
}

// What it says is what backward() does: order, sums and the gradients that reach the variables.
TEST(BackwardTrace, IsTheEnginesOwn) {
  const Tensor w = variable(from_vector<double>({1, -2, 0.5, 3}, {2, 2})), b = variable(ones({2}, float64));
  const Tensor x = from_vector<double>({1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor h = tanh(matmul(x, w) + b), loss = mean(h * h + h);
  const BackwardTrace t = trace_backward(loss, {{"w", w}, {"b", b}, {"x", x}});
  std::uint64_t last = ~std::uint64_t{0};
  for (auto& step : t.steps) {
    const auto& v = t.values[static_cast<std::size_t>(step.value)];
    EXPECT_EQ(step.incoming.to_vector<double>(), v.gradient.to_vector<double>()) << v.op;
    EXPECT_LT(static_cast<std::uint64_t>(step.value), last);
    last = static_cast<std::uint64_t>(step.value);
  }
  backward(loss);
  EXPECT_EQ(value(t, "w").gradient.to_vector<double>(), w.grad().to_vector<double>());
  EXPECT_EQ(value(t, "b").gradient.to_vector<double>(), b.grad().to_vector<double>());
}

TEST(BackwardTrace, ASumHasALocalDerivativeAndAProductOfMatricesHasNone) {
  const Tensor a = variable(ones({2, 2})), s = sum(matmul(a, ones({2, 2})));
  const BackwardTrace t = trace_backward(s);
  EXPECT_EQ(t.steps[0].given[0].local.shape(), (Shape{2, 2}));
  EXPECT_FALSE(t.steps[1].given[0].local);
  EXPECT_EQ(t.values[1].inputs, (std::vector<int>{0, -1}));
}

TEST(BackwardTrace, ElementwiseOpsHaveALocalDerivativeForEachElement) {
  const Tensor x = variable(from_vector<double>({1, 2, -3}));
  const BackwardTrace t = trace_backward(square(relu(x)) * from_vector<double>({5, 6, 7}));
  EXPECT_EQ(t.steps[1].given[0].local.to_vector<double>(), (std::vector<double>{2, 4, 0}));
  EXPECT_EQ(t.steps[2].given[0].local.to_vector<double>(), (std::vector<double>{1, 1, 0}));
}

TEST(BackwardTrace, KnowsAllValuesThatAreKept) {
  const auto unknown = [](const BackwardTrace& t) {
    return std::count_if(t.values.begin(), t.values.end(), [](auto& v) { return !v.data; });
  };
  const auto f = [](const Tensor& x) { return sum(concatenate({x + 1, x * 2}, 0) + 3); };
  EXPECT_EQ(unknown(trace_backward(f(variable(ones({2}))))), 5);  // all but the result
  {
    const KeepValues keep;
    const Tensor x = variable(ones({2})), y = f(x);
    const BackwardTrace t = trace_backward(y);
    EXPECT_EQ(unknown(t), 0);
    EXPECT_EQ(t.values[1].data.to_vector<double>(), (std::vector<double>{2, 2}));
    backward(y, {.retain_graph = true});
    EXPECT_EQ(unknown(trace_backward(y)), 0);
    grad([&](const Tensor& z) {
      EXPECT_EQ(unknown(trace_backward(f(z))), 0);
      return f(z);
    })(ones({2}));
  }
  EXPECT_EQ(unknown(trace_backward(f(variable(ones({2}))))), 5);
}

TEST(BackwardTrace, KeptValuesGoWithTheGraph) {
  const KeepValues keep;
  const Tensor x = variable(ones({1000}));
  const Device device = default_device();
  const auto in_use = [&] { return memory_stats(device).in_use; };
  const auto before = in_use();
  { const Tensor y = sum(x + 1 + 1 + 1); }
  EXPECT_EQ(in_use(), before);
  const Tensor y = sum(x + 1 + 1 + 1);
  EXPECT_GE(in_use(), before + 12000);
  backward(y);
  EXPECT_LE(in_use(), before + 8500);  // x.grad(), and y's own
}

TEST(BackwardTrace, InsideOfGrad) {
  BackwardTrace t;
  const auto f = [&](const Tensor& x) {
    const Tensor y = x * x;
    t = trace_backward(y, {{"x", x}});
    return y;
  };
  EXPECT_EQ(grad(f)(full({}, 3.0)).item(), 6);
  EXPECT_EQ(value(t, "x").gradient.item(), 6);
  EXPECT_EQ(value(t, "x").op, "argument");
}

TEST(BackwardTrace, ThroughFunctionsWithRulesOfTheirOwn) {
  const auto f =
      custom_vjp([](const Tensor& x) { return x * x; }, [](const Tensor& x) { return std::pair(x * x, x); },
                 [](const Tensor& x, const Tensor& dy) { return dy * x * 2; });
  const Tensor x = variable(3.0), y = f(x) + f(x);
  const BackwardTrace t = trace_backward(y, {{"x", x}});
  EXPECT_EQ(value(t, "x").gradient.item(), 12);
  EXPECT_TRUE(std::any_of(t.values.begin(), t.values.end(), [](auto& v) { return v.op == "custom_vjp"; }));
  const Tensor z = checkpoint([](const Tensor& u) { return sin(u) * u; })(x);
  EXPECT_EQ(value(trace_backward(z, {{"x", x}}), "x").gradient.item(),
            grad([](const Tensor& u) { return sin(u) * u; })(full({}, 3.0)).item());
}

TEST(BackwardTrace, HooksTakePart) {
  const Tensor x = variable(3.0), h = x * 2;
  register_hook(h, [](const Tensor& g) { return g * 10; });
  EXPECT_EQ(trace_backward(h * 5, {{"x", x}}).values[0].gradient.item(), 100);
}

TEST(BackwardTrace, OfATensorItTracesTheSum) {
  const Tensor x = variable(from_vector<double>({1, 2}));
  EXPECT_EQ(trace_backward(x * x).values[0].gradient.to_vector<double>(), (std::vector<double>{2, 4}));
}

TEST(BackwardTrace, Errors) {
  EXPECT_EQ(error_text([] { trace_backward(ones({2})); }),
            "[trace_backward] the value depends on no variable, or was computed under no_grad.");
  const Tensor x = variable(3.0), y = x * x;
  backward(y);
  EXPECT_EQ(error_text([&] { trace_backward(y); }),
            "[trace_backward] backward() has freed this graph: trace, draw or explain it before, or pass "
            "{.retain_graph = true} there.");
}

}  // namespace
}  // namespace ramie
