#include <ramie/autograd/anomaly.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

// Not inline and not hidden, so that the stack has its name.
[[gnu::noinline]] ramie::Tensor part_of_a_model(const ramie::Tensor& x) { return sqrt(x); }

namespace ramie {
namespace {

TEST(Anomaly, NamesTheOpThatMadeANaN) {
  const AnomalyMode guard;
  const Tensor x = tensor({1.0, -1.0});
  const std::string text = error_of([&] { exp(part_of_a_model(x)) * 2; });
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "[sqrt] made NaN from inputs without NaN (float32[2]). Where it ran:");
  EXPECT_NE(text.find("part_of_a_model"), std::string::npos) << text;
}

TEST(Anomaly, NamesTheRuleThatMadeANaN) {
  const AnomalyMode guard;
  const Tensor x = variable(tensor({0.0, 4.0}));
  const std::string text = error_of([&] { backward(sum(part_of_a_model(x) * 0)); });  // 0 / 0
  EXPECT_EQ(
      text.substr(0, text.find('\n')),
      "[sqrt] the gradient of input 0 (float32[2]) has NaN, made from a cotangent without NaN. Where the op "
      "ran:");
  EXPECT_NE(text.find("part_of_a_model"), std::string::npos) << text;
}

TEST(Anomaly, SaysWhenTheOpRanBefore) {
  const Tensor x = variable(tensor({0.0, 4.0})), y = sum(sqrt(x) * 0);
  const AnomalyMode guard;
  EXPECT_NE(error_of([&] { backward(y); }).find("before AnomalyMode"), std::string::npos);
}

TEST(Anomaly, LeavesNaNAloneThatIsGiven) {
  const AnomalyMode guard;
  const Tensor x = variable(tensor({double(NAN), 4.0}));
  backward(sum(x * x));
  EXPECT_TRUE(std::isnan(x.grad()[0].item()));
}

TEST(Anomaly, LooksIntoJittedFunctions) {
  const auto f = jit([](const Tensor& x) { return log(x); });
  EXPECT_TRUE(std::isnan(f(full({}, -1.0)).item()));
  const AnomalyMode guard;
  EXPECT_NE(error_of([&] { f(full({}, -1.0)); }), "");
}

TEST(Anomaly, EndsWithItsGuard) {
  { const AnomalyMode guard; }
  EXPECT_TRUE(std::isnan(log(full({}, -1.0)).item()));
}

}  // namespace
}  // namespace ramie
