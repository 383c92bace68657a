// Models in parts: some that are frozen while others train, some that are replaced, some that share weights.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ramie/ramie.h>

#include "support/error.h"

namespace {

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace train = ramie::train;
using ramie::Shape;
using ramie::Tensor;

struct Body : nn::Module<Body> {
  nn::Linear dense;
  nn::BatchNorm norm;
  explicit Body(nn::Rngs& rngs) : dense(4, 8, rngs), norm(8, rngs) {}
  Tensor operator()(const Tensor& x) { return relu(norm(dense(x))); }
  using fields = nn::Fields<&Body::dense, &Body::norm>;
};
struct Net : nn::Module<Net> {
  Body body;
  nn::Linear head;
  Net(std::int64_t classes, nn::Rngs& rngs) : body(rngs), head(8, classes, rngs) {}
  Tensor operator()(const Tensor& x) { return head(body(x)); }
  using fields = nn::Fields<&Net::body, &Net::head>;
};
Net net(int seed, std::int64_t classes = 3) {
  nn::Rngs rngs(seed);
  return {classes, rngs};
}

Tensor inputs(int i = 0) { return ramie::random::normal(ramie::random::key(i), {6, 4}); }
Tensor loss_of(Net& model, const Tensor& x) { return mean(square(model(x) - 1)); }

using Values = std::map<std::string, std::vector<double>>;
template <class M>
Values values(const M& model, const nn::Filter& filter = nn::rest) {
  Values all;
  for (const auto& [path, value] : nn::state(model, filter)) all[path] = value.template to_vector<double>();
  return all;
}
const nn::Filter body = nn::path_contains("body");
const nn::Filter trainable = nn::all_of({nn::is<nn::Param>, nn::not_(body)});

// ---- frozen ----------------------------------------------------------------------------------------------

TEST(Freezing, AFilterLeavesGradientsStateAndWeightDecayOut) {
  Net model = net(0);
  const Values weights = values(model, nn::all_of({nn::is<nn::Param>, body})),
               before = values(model, trainable);
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = 0.05, .weight_decay = 0.1}), trainable);
  std::vector<double> losses;
  for (int i = 0; i < 8; ++i) {
    auto [loss, grads] = nn::value_and_grad(loss_of, trainable)(model, inputs());
    EXPECT_EQ(grads.size(), 2u);
    optimizer.update(model, grads);
    losses.push_back(loss.item());
  }
  EXPECT_LT(losses.back(), losses.front() / 2);
  EXPECT_EQ(values(model, nn::all_of({nn::is<nn::Param>, body})), weights);
  for (const auto& [path, value] : before) EXPECT_NE(values(model).at(path), value) << path;
  for (const auto& [path, value] : optimizer.state()) EXPECT_EQ(path.find("body"), path.npos) << path;
}

const optim::Mask of_body = [](std::string_view path, const Tensor&) { return path.starts_with("body"); };
std::string group(std::string_view path, const Tensor&) {
  return path.starts_with("body") ? "frozen" : "rest";
}

TEST(Freezing, TransformationsThatFreezeGiveTheSame) {
  const auto adam = optim::adamw({.learning_rate = 0.05, .weight_decay = 0.1});
  const auto trained = [](const optim::GradientTransformation& tx, const nn::Filter& wrt) {
    Net model = net(0);
    optim::Optimizer optimizer(model, tx, wrt);
    for (int i = 0; i < 4; ++i)
      optimizer.update(model, std::get<1>(nn::value_and_grad(loss_of, wrt)(model, inputs(i))));
    return values(model);
  };
  const Values expected = trained(adam, trainable);
  const nn::Filter all = nn::is<nn::Param>;
  EXPECT_EQ(trained(optim::multi_transform({{"frozen", optim::set_to_zero()}, {"rest", adam}}, group), all),
            expected);
  EXPECT_EQ(trained(optim::selective_transform(adam, of_body), all), expected);
  EXPECT_EQ(trained(optim::chain(adam, optim::freeze(of_body)), all), expected);
}

// A frozen layer's weights still lead gradients to what lies before it.
TEST(Freezing, GradientsPassThroughFrozenLayers) {
  Net model = net(0);
  const nn::Filter dense = nn::path_contains("body.dense");
  auto [all_loss, all] = nn::value_and_grad(loss_of)(model, inputs());
  auto [loss, some] = nn::value_and_grad(loss_of, dense)(model, inputs());
  ASSERT_EQ(some.size(), 2u);
  for (const auto& [path, g] : some)
    EXPECT_EQ(g.to_vector<double>(), all.at(path).to_vector<double>()) << path;
}

TEST(Freezing, GradientsOfMoreThanTheOptimizerHasAreAnError) {
  Net model = net(0);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.05}), trainable);
  const Values before = values(model), state = values(optimizer);
  auto [loss, grads] = nn::value_and_grad(loss_of)(model, inputs());
  const Values after_forward = values(model);
  EXPECT_NE(
      ramie::error_text([&, &g = grads] { optimizer.update(model, g); }).find("6 gradients for 2 parameters"),
      std::string::npos);
  EXPECT_EQ(values(model), after_forward);
  EXPECT_EQ(values(optimizer), state);
}

// Batch statistics are no parameters: a frozen part is given its running averages as a setting.
TEST(Freezing, StatisticsOfAFrozenPart) {
  Net model = net(0), training = nn::train_view(model);
  training.body = nn::eval_view(training.body);
  const Values before = values(model, body);
  for (int i = 0; i < 3; ++i) loss_of(training, inputs(i));
  EXPECT_EQ(values(model, body), before);
  loss_of(model, inputs());
  EXPECT_NE(values(model, body), before);
}

TEST(Freezing, UnderJit) {
  Net model = net(0), eager = net(0);
  const auto tx = optim::sgd({.learning_rate = 0.1, .momentum = 0.9});
  optim::Optimizer optimizer(model, tx, trainable), same(eager, tx, trainable);
  const auto step = [](Net& m, optim::Optimizer& o, const Tensor& x) {
    auto [loss, grads] = nn::value_and_grad(loss_of, trainable)(m, x);
    o.update(m, grads);
    return loss;
  };
  auto jitted = nn::jit(step);
  for (int i = 0; i < 4; ++i) jitted(model, optimizer, inputs(i)), step(eager, same, inputs(i));
  EXPECT_EQ(values(model), values(eager));
}

// ---- replaced --------------------------------------------------------------------------------------------

Tensor descend(Net& model, optim::Optimizer& optimizer, const Tensor& x) {
  auto [loss, grads] = nn::value_and_grad(loss_of, trainable)(model, x);
  optimizer.update(model, grads);
  return loss;
}

TEST(Replacing, AHeadOfATrainedModel) {
  Net model = net(0);
  auto step = nn::jit(descend);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.05}), trainable);
  for (int i = 0; i < 3; ++i) step(model, optimizer, inputs());
  const Values weights = values(model, nn::all_of({nn::is<nn::Param>, body}));
  const Net old = nn::view(model);
  nn::Rngs rngs(5);
  model.head = nn::Linear(8, 10, rngs);
  EXPECT_EQ(old.head.kernel.shape(), Shape({8, 3}));
  EXPECT_NE(ramie::error_text([&] {
              descend(model, optimizer, inputs());
            }).find("float32[8,10], but its state is float32[8,3]"),
            std::string::npos);
  optim::Optimizer fresh(model, optim::adam({.learning_rate = 0.05}), trainable);
  const double before = step(model, fresh, inputs()).item();
  for (int i = 0; i < 8; ++i) step(model, fresh, inputs());
  EXPECT_LT(step(model, fresh, inputs()).item(), before / 2);
  EXPECT_EQ(model(inputs()).shape(), Shape({6, 10}));
  EXPECT_EQ(values(model, nn::all_of({nn::is<nn::Param>, body})), weights);
}

class Folder : public ::testing::Test {
 protected:
  ~Folder() override { std::filesystem::remove(path); }
  std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) /
      (std::string("ramie_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};
using ReplacingFiles = Folder;
using TyingFiles = Folder;

TEST_F(ReplacingFiles, WeightsOfAnotherTaskGoIntoTheBody) {
  Net first = net(0), second = net(1, 10);
  loss_of(first, inputs());  // which moves the statistics
  train::save_state(first, path);
  const Values head = values(second, nn::path_contains("head"));
  train::load_state(second, path, {.filter = nn::not_(nn::path_contains("head"))});
  EXPECT_EQ(values(second, body), values(first, body));
  EXPECT_EQ(values(second, nn::path_contains("head")), head);
}

// ---- tied ------------------------------------------------------------------------------------------------

// One kernel there and back, one bias for all of a list's layers.
struct Tied : nn::Module<Tied> {
  nn::Linear in;
  std::vector<nn::Linear> middle;
  nn::Linear out;
  explicit Tied(nn::Rngs& rngs, bool tied = true) : in(4, 4, rngs), out(4, 4, rngs) {
    for (int i = 0; i < 3; ++i) middle.emplace_back(4, 4, rngs);
    if (!tied) return;
    out.kernel = in.kernel;
    for (auto& layer : middle) layer.bias = middle[0].bias;
  }
  Tensor operator()(Tensor x) const {
    x = in(x);
    for (const auto& layer : middle) x = tanh(layer(x));
    return out(x);
  }
  using fields = nn::Fields<&Tied::in, &Tied::middle, &Tied::out>;
};
Tied tied(int seed = 0, bool ties = true) {
  nn::Rngs rngs(seed);
  return Tied(rngs, ties);
}
Tensor tied_loss(const Tied& model, const Tensor& x) { return mean(square(model(x) - 1)); }

const std::vector<std::string> second_paths = {"middle.1.bias", "middle.2.bias", "out.kernel"};
void expect_tied(const Tied& model) {
  EXPECT_EQ(model.in.kernel.cell(), model.out.kernel.cell());
  for (const auto& layer : model.middle) EXPECT_EQ(layer.bias->cell(), model.middle[0].bias->cell());
  EXPECT_EQ(nn::variables(model).size(), 7u);
}
void expect_apart(const Tied& a, const Tied& b) { EXPECT_NE(a.in.kernel.cell(), b.in.kernel.cell()); }

TEST(Tying, StaysThroughCopiesOfAllKinds) {
  const Tied model = tied();
  expect_tied(model);
  const Tied copy = nn::clone(model);
  expect_tied(copy);
  expect_apart(model, copy);
  const auto [graphdef, params, rest] = nn::split(model, nn::path_contains("kernel"), nn::rest);
  const Tied merged = nn::merge(graphdef, rest, params);
  expect_tied(merged);
  expect_apart(model, merged);
  EXPECT_EQ(values(merged), values(model));
  const Tied view = nn::eval_view(model);
  expect_tied(view);
  EXPECT_EQ(view.in.kernel.cell(), model.in.kernel.cell());
  Tied moved = nn::clone(model);
  nn::to(moved, ramie::default_device());
  expect_tied(moved);
}

TEST(Tying, AStateOfEitherPathUpdatesBoth) {
  Tied model = tied();
  nn::update(model, {{"out.kernel", ramie::ones({4, 4})}, {"middle.2.bias", ramie::ones({4})}});
  EXPECT_EQ(model.in.kernel.value().to_vector<int>(), std::vector<int>(16, 1));
  EXPECT_EQ(model.middle[0].bias->value().to_vector<int>(), std::vector<int>(4, 1));
  expect_tied(model);
}

// The same values without ties have the addends.
TEST(Tying, TheGradientIsTheSum) {
  const Tied model = tied();
  Tied apart = tied(1, false);
  nn::State all = nn::state(model);
  for (const auto& path : second_paths)
    all.add(path, all.at(path == "out.kernel" ? "in.kernel" : "middle.0.bias"));
  nn::update(apart, all);
  auto [loss, grads] = nn::value_and_grad(tied_loss)(model, inputs());
  auto [same, addends] = nn::value_and_grad(tied_loss)(apart, inputs());
  EXPECT_EQ(loss.item(), same.item());
  EXPECT_EQ(grads.size(), 7u);
  const Tensor kernel = addends.at("in.kernel") + addends.at("out.kernel");
  EXPECT_LT(max(abs(grads.at("in.kernel") - kernel)).item(), 1e-6);
  const Tensor bias = addends.at("middle.0.bias") + addends.at("middle.1.bias") + addends.at("middle.2.bias");
  EXPECT_LT(max(abs(grads.at("middle.0.bias") - bias)).item(), 1e-6);
}

TEST(Tying, AnOptimizerHasOneStateForBothAndJitGivesTheSame) {
  Tied model = tied(), eager = tied();
  const auto tx = optim::sgd({.learning_rate = 0.1, .momentum = 0.9});
  optim::Optimizer optimizer(model, tx), same(eager, tx);
  for (const auto& [path, value] : optimizer.state())
    for (const auto& second : second_paths) EXPECT_FALSE(path.ends_with(second)) << path;
  const auto step = [](Tied& m, optim::Optimizer& o, const Tensor& x) {
    auto [loss, grads] = nn::value_and_grad(tied_loss)(m, x);
    o.update(m, grads);
    return loss;
  };
  auto jitted = nn::jit(step);
  std::vector<double> losses;
  for (int i = 0; i < 6; ++i) {
    losses.push_back(step(eager, same, inputs()).item());
    EXPECT_EQ(jitted(model, optimizer, inputs()).item(), losses.back());
  }
  EXPECT_LT(losses.back(), losses.front());
  expect_tied(model);
  EXPECT_EQ(values(model), values(eager));
}

// A program that was recorded for tied weights is not that of others.
TEST(Tying, JitTellsTiedFromUntied) {
  auto run = nn::jit([](const Tied& m, const Tensor& x) { return m(x); });
  const Tied one = tied(0), two = tied(1, false);
  EXPECT_EQ(run(one, inputs()).to_vector<double>(), one(inputs()).to_vector<double>());
  EXPECT_EQ(run(two, inputs()).to_vector<double>(), two(inputs()).to_vector<double>());
  EXPECT_EQ(run(one, inputs()).to_vector<double>(), one(inputs()).to_vector<double>());
}

TEST_F(TyingFiles, StayTied) {
  const Tied first = tied(0);
  Tied second = tied(1);
  train::save_state(first, path);
  EXPECT_EQ(train::load_safetensors(path).tensors.size(), 7u);
  train::load_state(second, path);
  EXPECT_EQ(values(second), values(first));
  expect_tied(second);
  Tied apart = tied(1, false);
  EXPECT_NE(ramie::error_text([&] { train::load_state(apart, path); }).find("missing: 'out.kernel'"),
            std::string::npos);
}

TEST_F(TyingFiles, TwoValuesForOneVariableAreAnError) {
  Tied model = tied(0), apart = tied(1, false);
  const Values before = values(model);
  train::save_state(apart, path);
  EXPECT_NE(ramie::error_text([&] {
              train::load_state(model, path);
            }).find("mismatched: 'out.kernel' is 'in.kernel' in the model, but another value in the file"),
            std::string::npos);
  EXPECT_EQ(values(model), before);
  apart.out.kernel = apart.in.kernel.value();
  for (auto& layer : apart.middle) *layer.bias = apart.middle[0].bias->value();
  train::save_state(apart, path);
  train::load_state(model, path);
  EXPECT_EQ(values(model, nn::path_contains("kernel")), values(tied(1), nn::path_contains("kernel")));
}

// PyTorch's state_dict has both names; what drops one of them fits too.
TEST(Tying, StaysThroughPyTorch) {
  const Tied first = tied(0);
  Tied second = tied(1);
  const nn::State torch = train::to_torch(first);
  EXPECT_EQ(torch.size(), 10u);
  nn::update(second, train::from_torch(torch, second));
  EXPECT_EQ(values(second), values(first));
  expect_tied(second);
  nn::State once, two;
  for (const auto& [name, value] : torch) {
    if (name != "out.weight") once.add(name, value);
    two.add(name, name == "out.weight" ? value + 1 : value);
  }
  Tied third = tied(2);
  nn::update(third, train::from_torch(once, third));
  EXPECT_EQ(values(third), values(first));
  EXPECT_NE(ramie::error_text([&] { train::from_torch(two, third); }).find("mismatched: 'out.weight'"),
            std::string::npos);
}

TEST(Tying, ALayerTwiceInASequence) {
  nn::Rngs rngs(0);
  const nn::Linear layer(4, 4, rngs);
  nn::Sequential model(layer, ramie::relu, layer), copy = nn::clone(model);
  EXPECT_EQ(nn::variables(copy).size(), 2u);
  EXPECT_EQ(copy(inputs()).to_vector<double>(), layer(relu(layer(inputs()))).to_vector<double>());
  nn::update(copy, {{"layers.2.bias", ramie::ones({4})}});
  EXPECT_EQ(nn::state(copy).at("layers.0.bias").to_vector<int>(), std::vector<int>(4, 1));
  EXPECT_EQ(nn::state(model).at("layers.0.bias").to_vector<int>(), std::vector<int>(4, 0));
}

TEST(Tying, Untied) {
  Tied model = tied();
  const Tensor x = inputs();
  const auto before = model(x).to_vector<double>();
  model.out.kernel = nn::Param(model.out.kernel.value());
  EXPECT_EQ(model(x).to_vector<double>(), before);
  EXPECT_EQ(nn::variables(model).size(), 8u);
  model.out.kernel = ramie::zeros({4, 4});
  EXPECT_NE(model.in.kernel.value().to_vector<double>(), std::vector<double>(16, 0));
}

}  // namespace
