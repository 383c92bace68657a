// nn::summary, and that each layer reports its calls.
#include <ramie/nn/summary.h>

#include <gtest/gtest.h>

#include <sstream>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/nn/attention.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/embed.h>
#include <ramie/nn/hooks.h>
#include <ramie/nn/lora.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/prelu.h>
#include <ramie/nn/recurrent.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/view.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using ramie::ones;
using ramie::zeros;

struct CNN : Module<CNN> {  // of the tutorial
  Conv conv1, conv2;
  Linear linear1, linear2;
  explicit CNN(Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        linear1(3136, 256, rngs),
        linear2(256, 10, rngs) {}
  Tensor operator()(Tensor x) const {
    x = avg_pool(relu(conv1(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = avg_pool(relu(conv2(x)), {.window = {2, 2}, .strides = {2, 2}});
    return linear2(relu(linear1(reshape(x, {x.shape(0), -1}))));
  }
  using fields = Fields<&CNN::conv1, &CNN::conv2, &CNN::linear1, &CNN::linear2>;
};

std::string text(const Summary& s) {
  std::ostringstream out;
  out << s;
  return out.str();
}

// Two for each product, one for each number that a bias is added to. XLA, and so Flax's tabulate, leaves out
// the products with the zeros of SAME padding: 455,424 and 6,566,144 for these convolutions.
TEST(Summary, CountsWhatTheTutorialsModelDoes) {
  Rngs rngs(0);
  const CNN model(rngs);
  const Summary s = summary(model, {1, 28, 28, 1});
  ASSERT_EQ(s.rows.size(), 5u);
  const double conv1 = 2.0 * 28 * 28 * 32 * 9 + 28 * 28 * 32,
               conv2 = 2.0 * 14 * 14 * 64 * 9 * 32 + 14 * 14 * 64;
  EXPECT_EQ(s.at("conv1").flops, conv1);
  EXPECT_EQ(s.at("conv2").flops, conv2);
  EXPECT_EQ(s.at("linear1").flops, 1605888);  // as in Flax
  EXPECT_EQ(s.at("linear2").flops, 5130);
  const double relus = 28 * 28 * 32 + 14 * 14 * 64 + 256, pools = 4 * (14 * 14 * 32 + 7 * 7 * 64);
  EXPECT_EQ(s.total().flops, conv1 + conv2 + 1605888 + 5130 + relus + pools);
  EXPECT_EQ(s.total().parameters, 824458);
  EXPECT_EQ(s.total().bytes, 4 * 824458);
  EXPECT_EQ(text(s), R"(path     layer   output               parameters    bytes   FLOPs
─────────────────────────────────────────────────────────────────
conv1    Conv    float32[1,28,28,32]         320   1.3 KB   477 K
conv2    Conv    float32[1,14,14,64]      18,496  74.0 KB  7.24 M
linear1  Linear  float32[1,256]          803,072   3.2 MB  1.61 M
linear2  Linear  float32[1,10]             2,570  10.3 KB  5.13 K
─────────────────────────────────────────────────────────────────
total    CNN     float32[1,10]           824,458   3.3 MB  9.40 M
)");
  EXPECT_EQ(error_of([&] { s.at("conv3"); }),
            "[summary] the model has no module \"conv3\". Its modules are conv1, conv2, linear1, linear2.");
}

struct Block : Module<Block> {  // says that it runs
  Linear up, down;
  Dropout dropout;
  BatchNorm norm;
  explicit Block(Rngs& rngs) : up(4, 8, rngs), down(8, 4, rngs), dropout(0.5, rngs), norm(4, rngs) {}
  Tensor operator()(const Tensor& x) {
    return call(x, [&](const Tensor& x) { return norm(x + dropout(down(relu(up(x))))); });
  }
  using fields = Fields<&Block::up, &Block::down, &Block::dropout, &Block::norm>;
};
struct Quiet : Module<Quiet> {  // does not
  Linear linear;
  explicit Quiet(Rngs& rngs) : linear(4, 4, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear(x) + 1; }
  using fields = Fields<&Quiet::linear>;
};
struct Tied : Module<Tied> {
  Embed embed;
  std::vector<Block> blocks;
  Quiet quiet;
  Linear unused, head;
  explicit Tied(Rngs& rngs)
      : embed(10, 4, rngs), quiet(rngs), unused(4, 4, rngs), head(10, 4, {.use_bias = false}, rngs) {
    blocks.emplace_back(rngs);
    head.kernel.rebind(embed.embedding);  // tied
  }
  Tensor operator()(const Tensor& tokens) {
    Tensor x = embed(tokens);
    for (int i = 0; i < 2; ++i) x = blocks[0](x);
    return matmul(quiet(x), transpose(head.kernel.value()));
  }
  using fields = Fields<&Tied::embed, &Tied::blocks, &Tied::quiet, &Tied::unused, &Tied::head>;
};

TEST(Summary, AddsUpWhatIsInside) {
  Rngs rngs(0);
  Tied model(rngs);
  const Summary s = summary(eval_view(model), zeros({2, 3}, int32));
  const SummaryRow& block = s.at("blocks.0");
  EXPECT_EQ(block.calls, 2);
  EXPECT_EQ(block.parameters, 4 * 8 + 8 + 8 * 4 + 4 + 4 + 4);
  EXPECT_EQ(block.bytes, 4 * (block.parameters + 4 + 4));  // with the running averages
  EXPECT_EQ(block.output->shape, Shape({2, 3, 4}));
  EXPECT_EQ(s.at("blocks.0.up").flops, 2 * (2.0 * 6 * 4 * 8 + 6 * 8));  // of both calls
  double inside = 0;
  for (const char* name : {"up", "down", "dropout", "norm"})
    inside += s.at(std::string("blocks.0.") + name).flops;
  EXPECT_EQ(block.flops, inside + 2 * (6 * 8 + 6 * 4));  // and relu and the sum
  EXPECT_EQ(s.at("quiet").flops, s.at("quiet.linear").flops);
  EXPECT_FALSE(s.at("quiet").output);
  EXPECT_EQ(s.total().flops, block.flops + s.at("quiet").flops + 6 * 4 + 2.0 * 6 * 4 * 10);  // + 1, matmul
  EXPECT_EQ(s.at("unused").calls, 0);
  EXPECT_EQ(text(s).find("rng"), std::string::npos);  // no layer
  EXPECT_NE(text(s).find("Block x2"), std::string::npos);
}

TEST(Summary, CountsTiedWeightsOnce) {
  Rngs rngs(0);
  Tied model(rngs);
  const Summary s = summary(model, zeros({2, 3}, int32));
  EXPECT_EQ(s.at("embed").parameters, 40);
  EXPECT_EQ(s.at("head").parameters, 0);
  EXPECT_EQ(s.total().parameters, parameter_count(model));
}

TEST(Summary, LeavesTheModelAsItIs) {
  Rngs rngs(0);
  Tied model(rngs);
  const Tensor tokens = zeros({2, 3}, int32);
  const State before = state(model);
  summary(model, tokens);  // batch statistics and dropout's stream would move
  for (auto& [path, value] : state(model)) EXPECT_TRUE(value.same(before.at(path))) << path;
  EXPECT_ANY_THROW(summary(model, {2, 3}));  // float32 tokens
  EXPECT_EQ(context.grad_enabled, true);
  EXPECT_EQ(detail::observers, nullptr);
}

struct Twice : Module<Twice> {
  Linear linear;
  explicit Twice(Rngs& rngs) : linear(4, 4, rngs) {}
  Tensor operator()(const Tensor& x) const {
    const Tensor all = linear(x);
    return all + linear(x[0]);
  }
  using fields = Fields<&Twice::linear>;
};

TEST(Summary, ShowsTheFirstOfSeveralOutputs) {
  Rngs rngs(0);
  EXPECT_EQ(summary(Twice(rngs), {3, 4}).at("linear").output->shape, Shape({3, 4}));
}

TEST(Summary, CountsSoftmaxAndPools) {
  Rngs rngs(0);
  const auto of = [](auto f, const Shape& x) {
    Sequential row(f);
    return summary(row, x).total().flops;
  };
  EXPECT_EQ(of([](const Tensor& x) { return softmax(x); }, {3, 4}), 60);
  EXPECT_EQ(of(
                [](const Tensor& x) {
                  return max_pool(x, {.window = {3, 3}, .strides = {3, 3}});
                },
                {1, 6, 6, 2}),
            9 * 2 * 2 * 2);
}

TEST(Summary, TakesSeveralInputs) {
  Rngs rngs(0);
  const SimpleCell cell(3, 5, rngs);
  const Summary s = summary(cell, Shape{2, 5}, Shape{2, 3});
  EXPECT_EQ(s.at("dense_h").flops, 2 * 2 * 5 * 5);
  EXPECT_EQ(s.total().output->shape, Shape({2, 5}));
  MultiHeadAttention attention(2, 4, rngs);
  EXPECT_EQ(summary(attention, Shape{2, 3, 4}, AttentionCall{.is_causal = true}).at("out").calls, 1);
  RNN<GRUCell> rnn(GRUCell(3, 5, rngs));
  const Summary of_rnn = summary(rnn, {2, 7, 3});
  EXPECT_EQ(of_rnn.at("cell").calls, 7);
  EXPECT_EQ(of_rnn.total().type_name, "RNN<GRUCell>");
  EXPECT_NE(text(of_rnn).find("RNN         float32[2,7,5]"), std::string::npos);
  Any any(relu);
  EXPECT_EQ(summary(any, {2, 7}).total().flops, 14);  // no module at all
}

// One call of a layer is one report, however its operator()s call each other; bare: without a module in it.
template <class M, class F>
void expect_one_call(M layer, const Shape& output, const F& f) {
  int seen = 0;
  const auto hook = register_forward_hook(layer, "", [&](const ModuleCall& c) {
    ++seen;
    EXPECT_EQ(c.output.shape(), output) << c.type_name;
  });
  f(layer);
  EXPECT_EQ(seen, 1) << ModulePaths(layer).all()[0].type_name;
}
template <class M>
void expect_one_call(M layer, const Tensor& x, const Shape& output) {
  expect_one_call(std::move(layer), output, [&](M& l) { l(x); });
}

TEST(Layers, ReportEachCall) {
  Rngs rngs(0);
  const Tensor x = ones({3, 8, 4}), tokens = zeros({3, 8}, int32), h = zeros({3, 2});
  expect_one_call(Linear(4, 2, rngs), x, {3, 8, 2});
  expect_one_call(LinearGeneral(4, {2, 5}, rngs), x, {3, 8, 2, 5});
  expect_one_call(Einsum("nta,ab->ntb", {4, 2}, rngs), x, {3, 8, 2});
  expect_one_call(Conv(4, 2, {.kernel_size = {3}}, rngs), x, {3, 8, 2});
  expect_one_call(ConvTranspose(4, 2, {.kernel_size = {3}}, rngs), x, {3, 8, 2});
  expect_one_call(Embed(5, 2, rngs), tokens, {3, 8, 2});
  expect_one_call(BatchNorm(4, rngs), x, x.shape());
  expect_one_call(LayerNorm(4, rngs), x, x.shape());
  expect_one_call(RMSNorm(4, rngs), x, x.shape());
  expect_one_call(GroupNorm(4, {.num_groups = 2}, rngs), x, x.shape());
  expect_one_call(InstanceNorm(4, rngs), x, x.shape());
  expect_one_call(PReLU(), x, x.shape());
  expect_one_call(LoRA(4, 1, 2, rngs), x, {3, 8, 2});
  expect_one_call(LoRALinear(4, 2, {.lora_rank = 1}, rngs), x, {3, 8, 2});
  expect_one_call(Dropout(0.5, rngs), x, x.shape());
  expect_one_call(Dropout(0.5), x.shape(), [&](Dropout& d) { d(x, rngs); });
  expect_one_call(SimpleCell(4, 2, rngs), {3, 8, 2}, [&](auto& cell) { cell(zeros({3, 8, 2}), x); });
  expect_one_call(GRUCell(4, 2, rngs), {3, 2}, [&](auto& cell) { cell(h, ones({3, 4})); });
  expect_one_call(LSTMCell(4, 2, rngs), {3, 2}, [&](auto& cell) { cell({h, h}, ones({3, 4})); });
  expect_one_call(OptimizedLSTMCell(4, 2, rngs), {3, 2}, [&](auto& cell) { cell({h, h}, ones({3, 4})); });
  expect_one_call(RNN(GRUCell(4, 2, rngs)), x, {3, 8, 2});
  expect_one_call(RNN(GRUCell(4, 2, rngs)), {3, 8, 2}, [&](auto& rnn) { rnn.with_carry(x); });
  expect_one_call(Bidirectional(RNN(GRUCell(4, 2, rngs)), RNN(LSTMCell(4, 2, rngs))), x, {3, 8, 4});
  expect_one_call(MultiHeadAttention(2, 4, rngs), x, x.shape());
  expect_one_call(MultiHeadAttention(2, 4, rngs), x[0], {8, 4});
  expect_one_call(Sequential(relu, Linear(4, 2, rngs)), x, {3, 8, 2});
  expect_one_call(Any(Linear(4, 2, rngs)), x, {3, 8, 2});
}

TEST(Layers, AttentionIsOfItsReplacedInput) {
  Rngs rngs(0);
  MultiHeadAttention attention(2, 4, rngs);
  const Tensor x = random_normal({2, 3, 4}, float32),
               mask = tensor({{1, 0, 0}, {1, 1, 0}, {1, 1, 1}}, int32) > 0;
  const Tensor expected = attention(x * 2, {.mask = mask}), other = attention(x * 2, x, {.mask = mask});
  const auto hook = register_forward_pre_hook(attention, "", [](const ModuleCall& c) { return c.input * 2; });
  expect_near(attention(x, {.mask = mask}), expected, 1e-6);
  expect_near(attention(x, x, {.mask = mask}), other, 1e-6);  // of several inputs the first
  expect_near(attention(x[0], {.mask = mask}), expected[0], 1e-6);
}

TEST(Layers, OfACellTheOutputIsReplacedAndNotTheCarry) {
  Rngs rngs(0);
  RNN<LSTMCell> rnn(LSTMCell(3, 2, rngs));
  const Tensor x = random_normal({2, 4, 3}, float32), y = rnn(x);
  int steps = 0;
  const auto hook = register_forward_hook(rnn, "cell", [&](const ModuleCall& c) {
    ++steps;
    return c.output * 10;
  });
  expect_near(rnn(x), y * 10, 1e-6);
  EXPECT_EQ(steps, 4);
}

}  // namespace
}  // namespace ramie::nn
