#include <ramie/nn/module.h>

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include <ramie/nn/conv.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/metrics.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/sequential.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

struct Net : Module<Net> {
  Conv conv;
  BatchNorm norm;
  Dropout dropout;
  std::vector<Linear> hidden;

  explicit Net(Rngs& rngs)
      : conv(1, 4, {.kernel_size = {3, 3}}, rngs),
        norm(4, rngs),
        dropout(0.025),
        hidden{Linear(4, 2, {.use_bias = false}, rngs)} {}
  using fields = Fields<&Net::conv, &Net::norm, &Net::dropout, &Net::hidden>;
};

std::string text_of(const auto& model) {
  std::ostringstream out;
  out << model;
  return out.str();
}

TEST(Module, Prints) {
  Rngs rngs(0);
  EXPECT_EQ(text_of(Net(rngs)), R"(# Param: 56 (224 B) in 5 variables; BatchStat: 8 (32 B) in 2 variables
Net(
  conv = Conv(
    kernel = Param(float32[3,3,1,4])
    bias = Param(float32[4])
    in_features = 1
    out_features = 4
    kernel_size = (3, 3)
    strides = (1, 1)
    padding = SAME
    input_dilation = (1, 1)
    kernel_dilation = (1, 1)
    feature_group_count = 1
  )
  norm = BatchNorm(
    mean = BatchStat(float32[4])
    var = BatchStat(float32[4])
    scale = Param(float32[4])
    bias = Param(float32[4])
    num_features = 4
    momentum = 0.99
    epsilon = 1e-05
    use_running_average = false
    axis = -1
    use_fast_variance = true
  )
  dropout = Dropout(
    rate = 0.025
    deterministic = false
    rng = none
  )
  hidden = (
    0 = Linear(
      kernel = Param(float32[4,2])
      bias = none
      in_features = 4
      out_features = 2
    )
  )
)
)");
}

TEST(Module, PrintsEmptyVariables) {
  Rngs rngs(0);
  auto [graphdef, all] = split(Linear(1000, 2000, rngs));
  const std::string text = text_of(graphdef.skeleton);
  EXPECT_NE(text.find("kernel = Param(empty)"), std::string::npos) << text;
  EXPECT_EQ(text_of(Linear(1000, 2000, rngs)).substr(0, 47),
            "# Param: 2,002,000 (8.0 MB) in 2 variables\nLine");
}

TEST(Module, PrintsTypesThatCollectThemselves) {
  EXPECT_EQ(text_of(Rngs(0)), R"(# RngKey: 2 (8 B) in 1 variable; RngCount: 1 (4 B) in 1 variable
Rngs(
  default = RngStream(
    tag = 'default'
    key = RngKey(uint32[2])
    count = RngCount(uint32[])
  )
)
)");
}

TEST(Module, CountsParameters) {
  Rngs rngs(0);
  EXPECT_EQ(parameter_count(Net(rngs)), 56);
  EXPECT_EQ(parameter_count(metrics::Accuracy()), 0);
}

TEST(Module, ACopySharesItsState) {
  Rngs rngs(0);
  Net net(rngs);
  Net copy = net;
  copy.hidden[0].kernel = ramie::ones({4, 2});
  EXPECT_EQ(net.hidden[0].kernel.value().to_vector<float>(), std::vector<float>(8, 1));
}

}  // namespace
}  // namespace ramie::nn
