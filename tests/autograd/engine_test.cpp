#include <gtest/gtest.h>

#include <thread>

#include <autograd/toys.h>
#include <ramie/autograd/ops/reduce.h>
#include <support/error.h>

namespace ramie {
namespace {

using Floats = std::vector<float>;

std::size_t in_use() {  // graphs on the host, tensors on the device
  const Device device = default_device();
  return memory_stats().in_use + (device == cpu() ? 0 : memory_stats(device).in_use);
}

// ---- values ----------------------------------------------------------------------------------------------

TEST(Backward, HandWorkedExample) {
  const Tensor x = variable(2.0), y = variable(3.0);
  backward(x * y + x * x);
  EXPECT_EQ(x.grad().item(), 3 + 2 * 2);
  EXPECT_EQ(y.grad().item(), 2);
}

// The expression that micrograd's readme works out, with the values that it prints.
TEST(Backward, MicrogradsExample) {
  const Tensor a = variable(full({}, -4.0, float64)), b = variable(full({}, 2.0, float64));
  Tensor c = a + b, d = a * b + b * b * b;
  c = c + c + 1;
  c = c + 1 + c + (-a);
  d = d + d * 2 + relu(b + a);
  d = d + d * 3 + relu(b - a);
  const Tensor e = c - d, f = e * e;
  const Tensor g = f / 2.0 + 10.0 / f;
  EXPECT_NEAR(g.item(), 24.7041, 1e-4);
  backward(g);
  EXPECT_NEAR(a.grad().item(), 138.8338, 1e-4);
  EXPECT_NEAR(b.grad().item(), 645.5773, 1e-4);
}

TEST(Backward, SumsOverEveryPath) {
  const Tensor x = variable(5.0);
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = y + y;  // 1024 paths
  backward(y);
  EXPECT_EQ(x.grad().item(), 1024);
}

TEST(Backward, SumsWhereAnInputWasBroadcast) {
  const Tensor x = variable(from_vector<float>({1, 2})), y = variable(ones({3, 1}));
  backward(sum(x * y));
  EXPECT_EQ(x.grad().to_vector<float>(), (Floats{3, 3}));
  EXPECT_EQ(y.grad().to_vector<float>(), (Floats{3, 3, 3}));
}

TEST(Backward, AVariablesOwnGradientIsOne) {
  const Tensor x = variable(2.0);
  backward(x);
  EXPECT_EQ(x.grad().item(), 1);
}

TEST(Backward, StartsFromACotangent) {
  const Tensor x = variable(from_vector<float>({1, 2, 3}));
  backward(x * x, from_vector<float>({1, 10, 100}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Floats{2, 40, 600}));
}

TEST(Backward, KeepsTheDtype) {
  for (const DType t : {float16, bfloat16, float32, float64}) {
    const Tensor x = variable(ones({2}, t));
    backward(sum(x * x));
    EXPECT_EQ(x.grad().dtype(), t);
    EXPECT_EQ(x.grad().to_vector<float>(), (Floats{2, 2}));
  }
}

// ---- x.grad() --------------------------------------------------------------------------------------------

TEST(Variable, GradientsAccumulateUntilZeroed) {
  const Tensor x = variable(3.0);
  EXPECT_FALSE(x.grad());
  backward(x * x);
  backward(x * 4);
  EXPECT_EQ(x.grad().item(), 6 + 4);
  zero_grad(x);
  EXPECT_FALSE(x.grad());
  backward(x * 4);
  EXPECT_EQ(x.grad().item(), 4);
}

TEST(Variable, IsAValueOfItsOwn) {
  const Tensor value = full({}, 1.5), x = variable(value);
  EXPECT_FALSE(value.graph());
  EXPECT_EQ(x.item(), 1.5);
  EXPECT_EQ(variable(1.5).dtype(), float32);
  const Tensor y = variable(x * 2);  // starts anew
  backward(y * y);
  EXPECT_FALSE(x.grad());
  EXPECT_EQ(y.grad().item(), 6);
}

TEST(Variable, Errors) {
  EXPECT_EQ(error_text([] { variable(zeros({2}, int32)); }),
            "[variable] int32[2] has no gradient: only floating tensors have one.");
  EXPECT_EQ(error_text([] { zero_grad(full({}, 1.0)); }), "[zero_grad] the tensor is no variable.");
  EXPECT_EQ(error_text([] { zero_grad(variable(1.0) * 2); }), "[zero_grad] the tensor is no variable.");
}

// ---- errors ----------------------------------------------------------------------------------------------

TEST(BackwardError, TellsWhatItNeeds) {
  const Tensor x = variable(ones({2, 3}));
  EXPECT_EQ(error_text([&] { backward(x * 2); }),
            "[backward] the value is float32[2,3]: it must be one floating number. Reduce it (sum, mean), or "
            "give a cotangent.");
  EXPECT_EQ(error_text([&] {
              backward(x * 2, ones({3, 2}));
            }),
            "[backward] the cotangent is float32[3,2], but the value is float32[2,3].");
  EXPECT_EQ(error_text([&] {
              backward(x * 2, ones({2, 3}, float64));
            }),
            "[backward] the cotangent is float64[2,3], but the value is float32[2,3].");
  const std::string untracked = "[backward] the value depends on no variable, or was computed under no_grad.";
  EXPECT_EQ(error_text([] { backward(full({}, 1.0)); }), untracked);
  EXPECT_EQ(error_text([&] { backward(no_grad([&] { return sum(x); })); }), untracked);
  EXPECT_EQ(error_text([&] { backward(stop_gradient(sum(x))); }), untracked);
}

TEST(BackwardError, AUsedUpGraphSaysHowToKeepIt) {
  const Tensor x = variable(3.0), y = x * x;
  backward(y);
  EXPECT_EQ(error_text([&] { backward(y); }),
            "[multiply] an earlier backward used this graph up: pass {.retain_graph = true} there.");
  EXPECT_EQ(x.grad().item(), 6);
  const Tensor z = x * x;
  backward(z, {.retain_graph = true});
  backward(z);
  EXPECT_EQ(x.grad().item(), 18);
}

// A rule that throws must not leave its half of the sums behind.
TEST(BackwardError, LeavesNoTrace) {
  const Tensor x = variable(3.0);
  const Tensor bad = toy::identity("bad", x, Vjp{[](auto&) -> Grads { fail("bad", "planted."); }});
  const Tensor y = bad + x * 2;  // the product is younger, so x has its part when bad throws
  EXPECT_EQ(error_text([&] { backward(y); }), "[bad] planted.");
  EXPECT_FALSE(x.grad());
  EXPECT_FALSE(node(x)->pending);
  EXPECT_TRUE(context.grad_enabled);
  backward(x * 7);
  EXPECT_EQ(x.grad().item(), 7);
}

// ---- gradients() -----------------------------------------------------------------------------------------

TEST(Gradients, AreByAnyTensorOfTheGraph) {
  const Tensor x = variable(2.0), h = x * x, y = h * x;  // y = x^3
  const auto g = gradients(y, {x, h, y, x});
  EXPECT_EQ(g[0].item(), 12);  // the whole derivative, also through h
  EXPECT_EQ(g[1].item(), 2);
  EXPECT_EQ(g[2].item(), 1);
  EXPECT_EQ(g[3].item(), 12);
  EXPECT_FALSE(x.grad());
  EXPECT_TRUE(gradients(x * x, {}).empty());
}

TEST(Gradients, AreZerosWhereNothingFlows) {
  const Tensor x = variable(2.0), other = variable(ones({2, 3}, float64)), later = variable(ones({2}));
  const auto g = gradients(x * x, {other, later});
  EXPECT_EQ(g[0].layout().same({float64, {2, 3}}), true);
  EXPECT_EQ(g[1].to_vector<float>(), (Floats{0, 0}));
  EXPECT_EQ(gradients(full({}, 1.0), {x})[0].item(), 0);  // of a constant
}

TEST(Gradients, PassByWhatLeadsToNoTarget) {
  const Tensor a = variable(2.0);
  const Tensor costly = toy::identity("costly", a, Vjp{[](auto&) -> Grads { fail("costly", "was asked."); }});
  const Tensor x = variable(3.0);  // younger than costly, so never below it
  EXPECT_EQ(gradients(costly * x, {x})[0].item(), 2);
}

TEST(Gradients, Errors) {
  EXPECT_EQ(error_text([] { gradients(variable(1.0), {zeros({2})}); }),
            "[gradients] float32[2] is not part of a graph: make it a variable.");
}

TEST(Gradients, OfGradients) {
  const Tensor x = variable(full({}, 2.0, float64)), y = x * x * x;
  const Tensor first = gradients(y, {x}, {.create_graph = true})[0];
  const Tensor second = gradients(first, {x}, {.create_graph = true})[0];
  const Tensor third = gradients(second, {x})[0];
  EXPECT_EQ(first.item(), 12);
  EXPECT_EQ(second.item(), 12);
  EXPECT_EQ(third.item(), 6);
  EXPECT_FALSE(third.graph());
}

TEST(Gradients, AreNotRecordedUnlessAsked) {
  const Tensor x = variable(2.0);
  EXPECT_FALSE(gradients(x * x, {x})[0].graph());
  EXPECT_FALSE(gradients(x * 1.0, {x}, x * 3.0)[0].graph());  // a cotangent with a past
  const Tensor returns_saved =
      apply("op", {x}, Forward{[](auto& v) { return toy::map([](double u) { return u; }, v); }},
            Saved{[](auto&, auto& v) { return save(v); }}, Vjp{[](auto&, auto& v) { return Grads{v}; }});
  EXPECT_FALSE(gradients(returns_saved, {x})[0].graph());
}

// ---- modes -----------------------------------------------------------------------------------------------

TEST(NoGrad, EndsWithItsScope) {
  const Tensor x = variable(2.0);
  {
    const NoGrad guard;
    EXPECT_FALSE((x * x).graph());
    EXPECT_EQ(no_grad([] { return 7; }), 7);
    EXPECT_FALSE((x * x).graph());
  }
  EXPECT_TRUE((x * x).graph());
  EXPECT_THROW(no_grad([]() -> int { fail("op", "x"); }), Error);
  EXPECT_TRUE((x * x).graph());
}

TEST(NoGrad, IsOfItsThreadAlone) {
  const NoGrad guard;
  bool elsewhere = false;
  std::thread([&] { elsewhere = static_cast<bool>((variable(1.0) * 2).graph()); }).join();
  EXPECT_TRUE(elsewhere);
}

TEST(StopGradient, IsTheValueWithoutAWayBack) {
  const Tensor x = variable(3.0);
  backward(x * stop_gradient(x * x));
  EXPECT_EQ(x.grad().item(), 9);
  const Tensor plain = full({}, 1.0);
  EXPECT_TRUE(stop_gradient(plain).same(plain));
}

TEST(Integers, HaveNoGradient) {
  const Tensor x = variable(from_vector<float>({1.5f, 2.5f}));
  backward(sum(x * x.astype(int32)));
  EXPECT_EQ(x.grad().to_vector<float>(), (Floats{1, 2}));
}

// ---- memory ----------------------------------------------------------------------------------------------

constexpr std::int64_t mebibyte = 1 << 20;
Tensor large() { return ones({mebibyte / 4}); }

TEST(BackwardMemory, SavedTensorsAreFreedOnTheWay) {
  static std::size_t at_the_end = 0;
  const Tensor x = variable(large());
  Tensor y = toy::identity("probe", x, Vjp{[](auto& dy) {
                             at_the_end = in_use();
                             return Grads{dy};
                           }});
  for (int i = 0; i < 20; ++i) y = toy::exponential(y * 0.0);
  y = sum(y);
  const std::size_t at_the_start = in_use();
  backward(y);
  EXPECT_GE(at_the_start, 20u * mebibyte);
  EXPECT_LE(at_the_end, at_the_start - 15u * mebibyte);
}

TEST(BackwardMemory, AllIsFreedWithTheGraph) {
  const std::size_t before = in_use();
  {
    const Tensor x = variable(large());
    backward(sum(toy::exponential(x * x)), {.retain_graph = true});
    const Tensor kept = toy::cube(x);
    EXPECT_GT(in_use(), before);
  }
  EXPECT_EQ(in_use(), before);
}

// With create_graph x.grad() has a graph, which reaches x: a circle, until zero_grad.
TEST(BackwardMemory, ZeroGradFreesADifferentiableGradient) {
  const std::size_t before = in_use();
  {
    const Tensor x = variable(2.0);
    backward(toy::cube(x), {.create_graph = true});
    EXPECT_EQ(x.grad().item(), 12);
    EXPECT_EQ(gradients(x.grad(), {x}, {.create_graph = true})[0].item(), 12);
    backward(x * x);
    EXPECT_EQ(x.grad().item(), 16);
    EXPECT_FALSE(x.grad().graph());
    backward(toy::cube(x), {.create_graph = true});
    zero_grad(x);
  }
  EXPECT_EQ(in_use(), before);
}

// ---- threads ---------------------------------------------------------------------------------------------

TEST(BackwardThreads, EachItsOwnGraph) {
  std::vector<std::thread> threads;
  std::vector<double> found(4);
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back([t, &found] {
      for (int i = 0; i < 200; ++i) {
        const Tensor x = variable(static_cast<double>(t));
        backward(x * x + toy::exponential(x * 0.0));
        found[t] += x.grad().item();
      }
    });
  }
  for (auto& t : threads) t.join();
  for (std::size_t t = 0; t < found.size(); ++t) EXPECT_EQ(found[t], 400.0 * static_cast<double>(t));
}

// Every node is younger than its inputs, wherever they were made, so backward finds the right order.
TEST(BackwardThreads, AGraphMayGrowOnSeveral) {
  const Tensor x = variable(2.0);
  Tensor a, b;
  std::thread first([&] {
    a = x;
    for (int i = 0; i < 100; ++i) a = a * 1.0;
    a = a * x;
  });
  std::thread second([&] { b = x * 3.0; });
  first.join();
  second.join();
  const Tensor y = a * b + b;  // 3 x^3 + 3 x
  EXPECT_GT(node(y)->time, node(a)->time);
  EXPECT_GT(node(a)->time, node(x)->time);
  backward(y);
  EXPECT_EQ(x.grad().item(), 9 * 4 + 3);
}

TEST(BackwardThreads, RunsWhereverItIsCalled) {
  const Tensor x = variable(large());
  Tensor y = sum(toy::cube(x));
  std::thread([&] {
    backward(y);
    y = Tensor();
  }).join();
  EXPECT_EQ(x.grad().to_vector<float>()[7], 3);
}

}  // namespace
}  // namespace ramie
