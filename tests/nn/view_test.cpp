#include <ramie/nn/view.h>

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include <ramie/nn/linear.h>
#include <ramie/nn/sequential.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

struct Net : Module<Net> {
  Linear linear;
  BatchNorm norm;
  std::vector<Dropout> dropouts;
  std::optional<Dropout> last;
  explicit Net(Rngs& rngs)
      : linear(2, 3, rngs), norm(3, rngs), dropouts{Dropout(0.5), Dropout(0.1)}, last(Dropout(0.2)) {}
  using fields = Fields<&Net::linear, &Net::norm, &Net::dropouts, &Net::last>;
};

TEST(View, SharesTheStateAndNotTheSettings) {
  Rngs rngs(0);
  Net net(rngs);
  Net eval = view(net, set<&Dropout::deterministic>(true), set<&BatchNorm::use_running_average>(true));
  EXPECT_TRUE(eval.norm.use_running_average);
  EXPECT_TRUE(eval.dropouts[0].deterministic);
  EXPECT_TRUE(eval.dropouts[1].deterministic);
  EXPECT_TRUE(eval.last->deterministic);
  EXPECT_FALSE(net.norm.use_running_average);
  EXPECT_FALSE(net.dropouts[1].deterministic);
  net.norm.mean = ramie::ones({3});
  EXPECT_EQ(eval.norm.mean.value().to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

TEST(View, SetsAnySetting) {
  Rngs rngs(0);
  const Net other = view(Net(rngs), set<&Dropout::rate>(0.75), set<&BatchNorm::momentum>(0.5));
  EXPECT_EQ(other.dropouts[0].rate, 0.75);
  EXPECT_EQ(other.norm.momentum, 0.5);
}

TEST(View, TrainAndEval) {
  Rngs rngs(0);
  const Net net(rngs);
  const Net eval = eval_view(net), train = train_view(eval);
  EXPECT_TRUE(eval.norm.use_running_average && eval.last->deterministic);
  EXPECT_FALSE(train.norm.use_running_average || train.last->deterministic);
  EXPECT_EQ(train.linear.kernel.cell(), net.linear.kernel.cell());
  EXPECT_NO_THROW(eval_view(Linear(2, 2, rngs)));  // there is nothing to set
}

TEST(View, ASettingThatFitsNothingIsAnError) {
  Rngs rngs(0);
  const Linear linear(2, 2, rngs);
  EXPECT_EQ(error_of([&] { view(linear, set<&Dropout::deterministic>(true)); }),
            "[view] no module of the model has the setting Dropout.deterministic.");
}

TEST(View, ReachesInsideSequential) {
  Rngs rngs(0);
  Sequential net(Linear(2, 3, rngs), relu, Sequential(BatchNorm(3, rngs), Dropout(0.5)));
  Sequential eval = eval_view(net);
  auto inner = [](Sequential& s) { return s.layers[2].get<Sequential>(); };
  EXPECT_TRUE(inner(eval)->layers[0].get<BatchNorm>()->use_running_average);
  EXPECT_TRUE(inner(eval)->layers[1].get<Dropout>()->deterministic);
  EXPECT_FALSE(inner(net)->layers[1].get<Dropout>()->deterministic);
  EXPECT_EQ(eval.layers[0].get<Linear>()->kernel.cell(), net.layers[0].get<Linear>()->kernel.cell());
}

}  // namespace
}  // namespace ramie::nn
