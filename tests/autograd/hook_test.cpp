#include <ramie/autograd/hook.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

TEST(Hook, SeesTheWholeGradientOnce) {
  const Tensor x = variable(2.0), h = x * 3;
  std::vector<double> seen;
  register_hook(h, [&](const Tensor& g) { seen.push_back(g.item()); });
  backward(h * h + h);  // 2 h + 1
  EXPECT_EQ(seen, std::vector<double>{13});
  EXPECT_EQ(x.grad().item(), 39);
}

TEST(Hook, ChangesWhatGoesOn) {
  const Tensor x = variable(2.0), h = x * 3;
  register_hook(h, [](const Tensor& g) { return g * 10; });
  register_hook(h, [](const Tensor& g) { return g + 1; });  // after the first
  backward(h);
  EXPECT_EQ(x.grad().item(), 33);
}

TEST(Hook, OfAVariableRunsBeforeAccumulation) {
  const Tensor x = variable(2.0);
  register_hook(x, [](const Tensor& g) { return g * 10; });
  backward(x * x + x);
  EXPECT_EQ(x.grad().item(), 50);
  backward(x * 1);
  EXPECT_EQ(x.grad().item(), 60);
  EXPECT_EQ(gradients(x * 2, {x})[0].item(), 20);
}

TEST(Hook, IsRemoved) {
  const Tensor x = variable(2.0);
  Hook first = register_hook(x, [](const Tensor& g) { return g * 10; });
  register_hook(x, [](const Tensor& g) { return g + 1; });
  first.remove();
  first.remove();
  backward(x * 1);
  EXPECT_EQ(x.grad().item(), 2);
}

TEST(Hook, MayRemoveItself) {
  const Tensor x = variable(2.0);
  std::optional<Hook> hook;
  int calls = 0;
  hook = register_hook(x, [&](const Tensor&) {
    ++calls;
    hook->remove();
  });
  backward(x * 1);
  backward(x * 1);
  EXPECT_EQ(calls, 1);
}

TEST(Hook, RunsInsideGradAndInHigherOrders) {
  const auto f = [](const Tensor& x) {
    const Tensor h = x * x;
    register_hook(h, [](const Tensor& g) { return g * 5; });
    return h;
  };
  const Tensor x = full({}, 3.0);
  EXPECT_EQ(grad(f)(x).item(), 30);
  EXPECT_EQ(grad(grad(f))(x).item(), 10);
}

TEST(HookErrors, SayWhatIsWrong) {
  EXPECT_EQ(error_of([] { register_hook(zeros({2}), [](const Tensor&) {}); }),
            "[register_hook] float32[2] is not part of a graph: make it, or what it comes from, a variable.");
  const Tensor x = variable(zeros({2}));
  register_hook(x, [](const Tensor& g) { return sum(g); });
  EXPECT_EQ(error_of([&] { backward(sum(x)); }),
            "[register_hook] the gradient of variable is float32[2], but a hook gave float32[].");
}

}  // namespace
}  // namespace ramie
