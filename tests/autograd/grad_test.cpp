#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include <autograd/toys.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/reduce.h>
#include <support/error.h>

namespace ramie {
namespace {

using Floats = std::vector<float>;

Tensor number(double x) { return full({}, x, float64); }
const auto cubed = [](const Tensor& x) { return x * x * x; };

// ---- one function ----------------------------------------------------------------------------------------

TEST(Grad, HasTheShapeOfItsArgument) {
  const Tensor x = from_vector<float>({1, 2, 3});
  const Tensor g = grad([](const Tensor& v) { return sum(v * v * v); })(x);
  EXPECT_EQ(g.to_vector<float>(), (Floats{3, 12, 27}));
  EXPECT_FALSE(g.graph());
  EXPECT_FALSE(x.graph());
}

TEST(Grad, OfAFunctionThatIgnoresItsArgumentIsZero) {
  EXPECT_EQ(grad([](const Tensor&) { return full({}, 4.0); })(ones({2})).to_vector<float>(), (Floats{0, 0}));
  EXPECT_EQ(grad([](const Tensor& x) { return x; })(full({}, 4.0)).item(), 1);
}

TEST(Grad, ChoosesArguments) {
  const auto f = [](const Tensor& a, double scale, const Tensor& b, const Tensor& c) {
    return a * b * b * c * scale;
  };
  EXPECT_EQ(grad(f)(number(2), 10.0, number(3), number(5)).item(), 450);
  EXPECT_EQ(grad(f, argnums<2>)(number(2), 10.0, number(3), number(5)).item(), 600);
  const auto [da, dc] = grad(f, argnums<0, 3>)(number(2), 10.0, number(3), number(5));
  EXPECT_EQ(da.item(), 450);
  EXPECT_EQ(dc.item(), 180);
}

TEST(Grad, TellsOneTensorGivenTwiceApart) {
  const Tensor x = number(3);
  const auto [da, db] = grad([](const Tensor& a, const Tensor& b) { return a * a * b; }, argnums<0, 1>)(x, x);
  EXPECT_EQ(da.item(), 18);
  EXPECT_EQ(db.item(), 9);
}

TEST(ValueAndGrad, GivesBothWithoutAGraph) {
  const auto [y, dy] = value_and_grad(cubed)(number(2));
  EXPECT_EQ(y.item(), 8);
  EXPECT_EQ(dy.item(), 12);
  EXPECT_FALSE(y.graph());
  const auto [z, dz] = value_and_grad([](const Tensor& a, const Tensor& b) { return a * b; }, argnums<0, 1>)(
      number(2), number(5));
  EXPECT_EQ(z.item(), 10);
  EXPECT_EQ(dz[0].item() + dz[1].item(), 7);
}

TEST(ValueAndGrad, KeepsTheAux) {
  const auto f = [](const Tensor& x) { return std::pair(x * x, std::string("aux")); };
  const auto [y, aux, dy] = value_and_grad(f)(number(3));
  EXPECT_EQ(y.item(), 9);
  EXPECT_EQ(aux, "aux");
  EXPECT_EQ(dy.item(), 6);
  const auto [g, only_aux] = grad(f)(number(3));
  EXPECT_EQ(g.item(), 6);
  EXPECT_EQ(only_aux, "aux");
}

// A graph in the aux would end at leaves that are gone, and grow with every metric that is summed from it.
TEST(ValueAndGrad, AuxTensorsHaveNoGraph) {
  using Aux = std::tuple<Tensor, std::vector<Tensor>, std::pair<Tensor, int>, std::array<Tensor, 1>>;
  const auto f = [](const Tensor& x) {
    const Tensor h = x * 2.0;
    return std::pair(h * h, Aux(h, {h, h}, {h, 5}, {h}));
  };
  const auto [y, aux, dy] = value_and_grad(f)(number(3));
  EXPECT_EQ(std::get<0>(aux).item(), 6);
  EXPECT_FALSE(std::get<0>(aux).graph());
  for (auto& t : std::get<1>(aux)) EXPECT_FALSE(t.graph());
  EXPECT_FALSE(std::get<2>(aux).first.graph());
  EXPECT_EQ(std::get<2>(aux).second, 5);
  EXPECT_FALSE(std::get<3>(aux)[0].graph());
}

TEST(GradError, TellsWhatItNeeds) {
  EXPECT_EQ(error_text([] { grad([](const Tensor& x) { return x * 2.0; })(ones({3})); }),
            "[value_and_grad] the function's value is float32[3]: it must be one floating number. Reduce it "
            "(sum, mean), or "
            "use vjp.");
  EXPECT_EQ(error_text([] { grad([](const Tensor&) { return Tensor(); })(number(1)); }),
            "[value_and_grad] the function's value is undefined: it must be one floating number. Reduce it "
            "(sum, mean), or "
            "use vjp.");
  EXPECT_EQ(error_text([] { grad(cubed)(full({}, 2)); }),
            "[grad] an argument is int32[]: only floating tensors have a gradient. Use argnums to choose "
            "others, or astype.");
}

TEST(Grad, LeavesNothingBehindWhenTheFunctionThrows) {
  const std::size_t before = memory_stats().in_use;
  EXPECT_THROW(grad([](const Tensor& x) -> Tensor { fail("f", str(x * x)); })(number(1)), Error);
  EXPECT_TRUE(context.grad_enabled);
  EXPECT_EQ(memory_stats().in_use, before);
}

// ---- nested ----------------------------------------------------------------------------------------------

TEST(GradOfGrad, DerivativesOfACube) {
  EXPECT_EQ(grad(cubed)(number(2)).item(), 12);
  EXPECT_EQ(grad(grad(cubed))(number(2)).item(), 12);
  EXPECT_EQ(grad(grad(grad(cubed)))(number(2)).item(), 6);
  EXPECT_EQ(grad(grad(grad(grad(cubed))))(number(2)).item(), 0);
}

// d/dx [x * d/dy (x + y)] = 1: the inner derivative must not take the outer x for its y.
TEST(GradOfGrad, DoesNotConfusePerturbations) {
  const auto f = [](const Tensor& x) { return x * grad([&](const Tensor& y) { return x + y; })(number(1)); };
  EXPECT_EQ(grad(f)(number(1)).item(), 1);
  const auto g = [](const Tensor& x) {
    return x * grad([&](const Tensor& y) { return x * y * y; })(x);
  };  // 2 x^3
  EXPECT_EQ(grad(g)(number(3)).item(), 54);
}

TEST(GradOfGrad, GoesThroughValueAndAux) {
  const auto f = [](const Tensor& x) {
    const auto inner = [&](const Tensor& y) { return std::pair(y * y * x, y * x); };
    const auto [value, aux, dy] = value_and_grad(inner)(x * 2.0);  // 4 x^3, 2 x^2, 4 x^2
    return value + aux + dy;
  };
  EXPECT_EQ(grad(f)(number(3)).item(), 12 * 9 + 4 * 3 + 8 * 3);
}

// The value does not reach beyond the inner transform, the aux does, and they share an op.
TEST(GradOfGrad, AuxMayReachFurtherThanTheValue) {
  const auto f = [](const Tensor& x) {
    const auto inner = [&](const Tensor& y) {
      const Tensor h = y * y;
      return std::pair(h, h * x);
    };
    return std::get<1>(value_and_grad(inner)(number(3)));
  };
  EXPECT_EQ(grad(f)(number(5)).item(), 9);
}

TEST(GradOfGrad, MixedPartials) {
  const auto f = [](const Tensor& a, const Tensor& b) { return a * a * b * b * b; };
  const auto dadb = grad([&](const Tensor& a, const Tensor& b) { return grad(f)(a, b); }, argnums<1>);
  EXPECT_EQ(dadb(number(2), number(3)).item(), 2 * 2 * 3 * 9);
}

TEST(GradOfGrad, ThroughAGradientPenalty) {
  const Tensor x = from_vector<double>({1, -2});
  const auto penalty = [](const Tensor& v) {
    const Tensor g = grad([](const Tensor& u) { return sum(u * u * u); })(v);
    return sum(g * g);  // 9 v^4
  };
  EXPECT_EQ(grad(penalty)(x).to_vector<double>(), (std::vector{36.0, -288.0}));
}

// ---- with the tape ---------------------------------------------------------------------------------------

TEST(GradAndTape, AVariableOutsideSeesThroughTheTransform) {
  const Tensor w = variable(number(5));
  const Tensor dy = grad([&](const Tensor& x) { return x * x * w; })(number(3));
  ASSERT_TRUE(dy.graph());
  backward(dy);
  EXPECT_EQ(w.grad().item(), 6);
  const Tensor x = variable(number(3));
  backward(grad(cubed)(x));
  EXPECT_EQ(x.grad().item(), 18);
}

TEST(GradAndTape, TheTransformItselfLeavesNoGradients) {
  const Tensor w = variable(number(5));
  grad([&](const Tensor& x) { return x * w; })(number(3));
  EXPECT_FALSE(w.grad());
}

TEST(GradAndTape, InsideNoGradItStillDifferentiates) {
  const Tensor w = variable(number(5));
  const NoGrad guard;
  const Tensor dy = grad([&](const Tensor& x) { return x * x * w; })(number(3));
  EXPECT_EQ(dy.item(), 30);
  EXPECT_FALSE(dy.graph());
  EXPECT_FALSE(context.grad_enabled);
}

TEST(GradAndTape, NoGradInsideCutsTheFunction) {
  const auto f = [](const Tensor& x) { return x * no_grad([&] { return x * x; }); };
  EXPECT_EQ(grad(f)(number(3)).item(), 9);
  EXPECT_EQ(grad([](const Tensor& x) { return x * stop_gradient(x * x); })(number(3)).item(), 9);
  EXPECT_EQ(grad(grad([](const Tensor& x) { return x * x * stop_gradient(x); }))(number(3)).item(), 6);
}

TEST(GradAndTape, BackwardMayRunInsideTheFunction) {
  const auto f = [](const Tensor& x) {
    const Tensor w = variable(number(2));
    backward(w * w);
    return x * w.grad();
  };
  EXPECT_EQ(grad(f)(number(3)).item(), 4);
}

// ---- vjp -------------------------------------------------------------------------------------------------

TEST(Vjp, PullsCotangentsBackAgainAndAgain) {
  const auto [y, pullback] = vjp([](const Tensor& x) { return x * x; }, from_vector<float>({1, 2, 3}));
  EXPECT_EQ(y.to_vector<float>(), (Floats{1, 4, 9}));
  EXPECT_FALSE(y.graph());
  EXPECT_EQ(pullback(from_vector<float>({1, 0, 0})).to_vector<float>(), (Floats{2, 0, 0}));
  EXPECT_EQ(pullback(from_vector<float>({0, 1, 1})).to_vector<float>(), (Floats{0, 4, 6}));
  EXPECT_EQ(error_text([&, &pull = pullback] { pull(ones({2})); }),
            "[gradients] the cotangent is float32[2], but the value is float32[3].");
}

TEST(Vjp, OfSeveralArgumentsGivesAnArray) {
  const auto [y, pullback] =
      vjp([](const Tensor& a, const Tensor& b) { return a * b; }, number(2), number(3));
  EXPECT_EQ(y.item(), 6);
  const auto [da, db] = pullback(number(10));
  EXPECT_EQ(da.item(), 30);
  EXPECT_EQ(db.item(), 20);
}

TEST(Vjp, OfAFunctionThatIgnoresItsArgumentIsZero) {
  const auto [y, pullback] = vjp([](const Tensor&) { return ones({2}); }, ones({3}));
  EXPECT_EQ(pullback(ones({2})).to_vector<float>(), (Floats{0, 0, 0}));
}

TEST(Vjp, IsDifferentiableByArgumentAndCotangent) {
  const auto f = [](const Tensor& x) { return vjp(cubed, x).second(x * 2.0); };  // 6 x^3
  EXPECT_EQ(grad(f)(number(2)).item(), 72);
  const auto [y, pullback] = vjp(cubed, number(2));
  const auto linear = [&, &pull = pullback](const Tensor& t) { return pull(t * t); };  // 12 t^2
  EXPECT_EQ(grad(linear)(number(5)).item(), 120);
}

TEST(Vjp, RecordsNothingUnderNoGrad) {
  const Tensor w = variable(number(2));
  const auto [y, pullback] = vjp([&](const Tensor& x) { return x * x * w; }, number(3));
  EXPECT_TRUE(pullback(number(1)).graph());
  EXPECT_FALSE(no_grad([&, &pull = pullback] { return pull(number(1)); }).graph());
}

// ---- threads ---------------------------------------------------------------------------------------------

// A new thread's clock is behind that of the variable: which is outside must not be a matter of time.
TEST(GradThreads, AVariableOfAnotherThreadIsOutside) {
  Tensor w = variable(number(5));
  for (int i = 0; i < 100; ++i) w = w * 1.0;  // time goes on here
  const Tensor root = variable(number(1));
  const Tensor scaled = w * root;
  Tensor dy;
  std::thread([&, device = default_device()] {
    const DeviceScope on(device);
    dy = grad([&](const Tensor& x) { return x * x * scaled; })(number(3));
  }).join();
  ASSERT_TRUE(dy.graph());
  backward(dy);
  EXPECT_EQ(root.grad().item(), 30);
}

TEST(GradThreads, AnArgumentOfAnOuterTransformIsOutsideToo) {
  const auto f = [](const Tensor& x) {
    Tensor h = x;
    for (int i = 0; i < 100; ++i) h = h * 1.0;
    Tensor dy;
    std::thread([&, device = default_device()] {
      const DeviceScope on(device);
      dy = grad([&](const Tensor& y) { return y * y * h; })(number(3));
    }).join();  // 6 x
    return dy * x;
  };
  EXPECT_EQ(grad(f)(number(2)).item(), 24);
}

TEST(GradThreads, ManyAtOnce) {
  std::vector<std::thread> threads;
  std::vector<double> found(4);
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back([t, &found, device = default_device()] {
      const DeviceScope on(device);
      for (int i = 0; i < 100; ++i) found[t] += grad(grad(cubed))(number(static_cast<double>(t))).item();
    });
  }
  for (auto& t : threads) t.join();
  for (std::size_t t = 0; t < found.size(); ++t) EXPECT_EQ(found[t], 600.0 * static_cast<double>(t));
}

}  // namespace
}  // namespace ramie
