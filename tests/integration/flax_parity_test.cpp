// The MNIST tutorials' models against the numbers that Flax itself computed (tests/oracles/flax_nnx.py,
// flax_linen.py).
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/linen.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/optim/functional.h>
#include <ramie/optim/optimizer.h>
#include <ramie/tensor/random.h>

#include "support/device.h"
#include "support/ops.h"

namespace ramie {
namespace {

constexpr std::int64_t batch_size = 32;

Tensor halved(const Tensor& x) { return avg_pool(x, {.window = {2, 2}, .strides = {2, 2}}); }

// The tutorial of the first NNX release.
struct Plain : nn::Module<Plain> {
  nn::Conv conv1, conv2;
  nn::Linear linear1, linear2;
  explicit Plain(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        linear1(3136, 256, rngs),
        linear2(256, 10, rngs) {}
  Tensor operator()(Tensor x, nn::Rngs&) {
    x = halved(relu(conv1(x)));
    x = halved(relu(conv2(x)));
    return linear2(relu(linear1(flatten(x, 1))));
  }
  using fields = nn::Fields<&Plain::conv1, &Plain::conv2, &Plain::linear1, &Plain::linear2>;
};

// Today's tutorial: dropout draws from the streams that come with the call.
struct Current : nn::Module<Current> {
  nn::Conv conv1;
  nn::BatchNorm batch_norm1;
  nn::Dropout dropout1;
  nn::Conv conv2;
  nn::BatchNorm batch_norm2;
  nn::Linear linear1;
  nn::Dropout dropout2;
  nn::Linear linear2;
  explicit Current(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        batch_norm1(32, rngs),
        dropout1(0.025),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        batch_norm2(64, rngs),
        linear1(3136, 256, rngs),
        dropout2(0.025),
        linear2(256, 10, rngs) {}
  Tensor operator()(Tensor x, nn::Rngs& rngs) {
    x = halved(relu(batch_norm1(dropout1(conv1(x), rngs))));
    x = halved(relu(batch_norm2(conv2(x))));
    return linear2(relu(dropout2(linear1(flatten(x, 1)), rngs)));
  }
  using fields = nn::Fields<&Current::conv1, &Current::batch_norm1, &Current::dropout1, &Current::conv2,
                            &Current::batch_norm2, &Current::linear1, &Current::dropout2, &Current::linear2>;
};

const oracle::Json& reference() {
  static const oracle::Json json = oracle::read("flax_nnx.json");
  return json;
}
template <class M>
const oracle::Json& edition() {
  return reference().at("editions").at(std::is_same_v<M, Plain> ? "plain" : "current");
}
template <class M>
M created() {
  nn::Rngs rngs(0);
  return M(rngs);
}

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

// The same bits. Elements that the file does not list show in the sums: the last bit of one moves a sum by
// 1e-9 and more.
void expect_parameter(const std::vector<float>& x, const oracle::Json& expected) {
  const std::size_t last = x.size() - expected.at("last").size(), stride = expected.at("stride");
  for (std::size_t i = 0; i < expected.at("first").size(); ++i)
    EXPECT_EQ(bits(x[i]), expected["first"][i]) << i;
  for (std::size_t i = 0; i < expected.at("last").size(); ++i)
    EXPECT_EQ(bits(x[last + i]), expected["last"][i]) << i;
  for (std::size_t i = 0; i * stride < x.size(); ++i)
    EXPECT_EQ(bits(x[i * stride]), expected["sample"][i]) << i;
  double sum = 0, squares = 0;
  for (double v : x) sum += v, squares += v * v;
  EXPECT_NEAR(sum, expected.at("sum").get<double>(), 1e-10);
  EXPECT_NEAR(squares, expected.at("sum_of_squares").get<double>(), 1e-11 * squares);
}

std::vector<double> numbers(const oracle::Json& json) { return json.get<std::vector<double>>(); }
std::vector<std::uint32_t> key(const oracle::Json& json) { return json.get<std::vector<std::uint32_t>>(); }

template <class M>
class FlaxParity : public testing::Test {};
using Editions = testing::Types<Plain, Current>;
TYPED_TEST_SUITE(FlaxParity, Editions);

TYPED_TEST(FlaxParity, InitialParametersAreFlaxs) {
  const nn::State params = nn::state(created<TypeParam>(), nn::is<nn::Param>);
  const oracle::Json& expected = edition<TypeParam>().at("parameters");
  ASSERT_EQ(params.size(), expected.size());
  for (auto& [path, value] : params) {
    SCOPED_TRACE(path);
    ASSERT_EQ(value.shape(), Shape(expected.at(path).at("shape").template get<std::vector<std::int64_t>>()));
    expect_parameter(value.template to_vector<float>(), expected.at(path));
  }
}

TYPED_TEST(FlaxParity, Logits) {
  TypeParam model = nn::eval_view(created<TypeParam>());
  nn::Rngs rngs(0);
  const oracle::Json& expected = edition<TypeParam>().at("logits");
  expect_near(model(ones({1, 28, 28, 1}), rngs), numbers(expected["ones"]["logits"]), {1, 10}, 1e-5);
  const Tensor images = random::uniform(random::key(7), {4, 28, 28, 1});
  expect_near(model(images, rngs), numbers(expected["random"]["logits"]), {4, 10}, 1e-5);
}

struct Batch {
  Tensor image, label;
};
Batch batch(std::uint32_t step, DType dtype) {
  const Tensor key = random::fold_in(random::key(42), step);
  return {random::uniform(random::fold_in(key, 0), {batch_size, 28, 28, 1}).astype(dtype),
          random::randint(random::fold_in(key, 1), {batch_size}, 0, 10)};
}

template <class M>
Tensor loss_fn(M& model, const Batch& batch, nn::Rngs& rngs) {
  return mean(softmax_cross_entropy_with_integer_labels(model(batch.image, rngs), batch.label));
}

template <class M>
void cast(M& model, DType dtype) {
  nn::State state = nn::state(model, nn::any_of({nn::is<nn::Param>, nn::is<nn::BatchStat>}));
  for (auto& [path, value] : state) value = value.astype(dtype);
  nn::update(model, state);
}

// The gradient of conv2's bias is zero, since a batch normalisation follows, and Adam divides its rounding
// noise by its size. The bias is in the running mean and nowhere else.
void expect_statistics(const nn::State& state, const oracle::Json& expected, double error,
                       double error_with_noise) {
  for (auto& [path, value] : state) {
    SCOPED_TRACE(path);
    const double tolerance = path == "batch_norm2.mean" ? error_with_noise : error;
    expect_near(value, numbers(expected.at(path)), value.shape(), tolerance);
  }
}

// Compares the loss of each step, and the batch statistics after three.
template <class M>
void expect_training(std::uint32_t steps, DType dtype, double error, double error_with_noise) {
  M model = created<M>();
  cast(model, dtype);
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = 0.005, .b1 = 0.9}), nn::is<nn::Param>);
  nn::Rngs rngs(0);
  const oracle::Json& expected = edition<M>().at(dtype == float64 ? "training_float64" : "training_float32");
  for (std::uint32_t step = 0; step < steps; ++step) {
    auto [loss, grads] = nn::value_and_grad(loss_fn<M>)(model, batch(step, dtype), rngs);
    optimizer.update(model, grads);
    ASSERT_EQ(loss.dtype(), dtype);
    const double wanted = expected.at("losses")[step];
    EXPECT_LE(std::abs(loss.item() - wanted), error * wanted) << "step " << step;
    if (step == 2)
      expect_statistics(nn::state(model, nn::is<nn::BatchStat>),
                        expected.value("statistics_after_3_steps", oracle::Json()), error, error_with_noise);
  }
}

TYPED_TEST(FlaxParity, TrainsAsFlaxInFloat64) {
  expect_training<TypeParam>(slow_device() ? 3 : 50, float64, 1e-9, 1e-8);
}
TYPED_TEST(FlaxParity, TrainsAsFlaxInFloat32) {
  expect_training<TypeParam>(slow_device() ? 3 : 10, float32, 1e-4, 0.05);
}

// The current tutorial's first call is in training mode: it draws dropout and moves the statistics.
TEST(FlaxParityOf, TheFirstCall) {
  Current model = created<Current>();
  nn::Rngs rngs(0);
  const oracle::Json& expected = reference().at("first_call");
  expect_near(model(ones({1, 28, 28, 1}), rngs), numbers(expected["logits"]), {1, 10}, 1e-5);
  expect_near(model.batch_norm1.mean, numbers(expected["batch_norm1.mean"]), {32}, 1e-5);
  expect_near(model.batch_norm1.var, numbers(expected["batch_norm1.var"]), {32}, 1e-5);
}

void expect_streams(const nn::Rngs& rngs, const oracle::Json& expected) {
  const nn::State state = nn::state(rngs);
  ASSERT_EQ(state.size(), 2 * expected.size());
  for (auto& [name, stream] : expected.items()) {
    EXPECT_EQ(state.at(name + ".key").to_vector<std::uint32_t>(), key(stream.at("key"))) << name;
    EXPECT_EQ(state.at(name + ".count").item<std::uint32_t>(), stream.at("count").get<std::uint32_t>())
        << name;
  }
}
void expect_keys(nn::Rngs rngs, const std::string& name) {
  SCOPED_TRACE(name);
  const oracle::Json& expected = reference().at("rngs").at(name);
  for (auto& draw : expected.at("drawn"))
    EXPECT_EQ(rngs(draw["stream"].get<std::string>()).to_vector<std::uint32_t>(), key(draw["key"]));
  if (!expected.at("made").is_null()) expect_streams(rngs.fork(), expected["made"]);
  expect_streams(rngs, expected.at("left"));
}

TEST(FlaxParityOf, Rngs) {
  const nn::Rngs two{{"params", 0}, {"dropout", 1}};
  expect_keys(nn::Rngs(0), "Rngs(0)");
  expect_keys(nn::clone(two), "Rngs(params=0, dropout=1)");
  expect_keys(nn::Rngs{{"params", 1}, {"default", 0}}, "Rngs(0, params=1)");
  expect_keys(nn::Rngs(0), "Rngs(0).fork()");
  expect_keys(nn::Rngs(0), "Rngs(0) after one key, fork()");
  expect_keys(nn::clone(two), "Rngs(params=0, dropout=1).fork()");
}

TEST(FlaxParityOf, DropoutOutput) {
  const oracle::Json& example = reference().at("dropout").at("example");
  const nn::Dropout dropout(example.at("rate").get<double>());
  const auto y = dropout(random::uniform(random::key(1), {3, 7}), random::key(5)).to_vector<float>();
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(bits(y[i]), example.at("output")[i]) << i;
}

// Which keys the layers drew is seen in the masks.
std::vector<double> mask_of(const oracle::Json& drawn, double keep, const Shape& shape) {
  return random::bernoulli(from_vector(key(drawn)), keep, shape).to_vector<double>();
}

TEST(FlaxParityOf, DropoutKeysFromTheCall) {
  const oracle::Json& expected = reference().at("dropout").at("passed_at_the_call");
  nn::Dropout dropout(0.5);
  nn::Rngs rngs(0);
  for (std::size_t step = 0; step < expected.at("dropout1").size(); ++step)
    for (auto* layer : {"dropout1", "dropout2"}) {
      const Tensor y = dropout(ones({8, 9}), rngs) * 0.5;
      EXPECT_EQ(y.to_vector<double>(), mask_of(expected[layer][step], 0.5, {8, 9}))
          << layer << " at step " << step;
    }
}

TEST(FlaxParityOf, DropoutKeysFromItsOwnStream) {
  const oracle::Json& expected = reference().at("dropout").at("forked_at_construction");
  nn::Rngs parent(0);
  std::vector<nn::Dropout> layers;
  for (int i = 0; i < 2; ++i) layers.emplace_back(0.5, parent);
  EXPECT_EQ(nn::state(parent).at("default.count").item(), expected.at("parent_count").get<double>());
  for (std::size_t i = 0; i < 2; ++i) {
    const oracle::Json& layer = expected.at("layers")[i];
    EXPECT_EQ(layers[i].rng->key.value().to_vector<std::uint32_t>(), key(layer.at("key")));
    for (auto& drawn : layer.at("keys"))
      EXPECT_EQ((layers[i](ones({8, 9})) * 0.5).to_vector<double>(), mask_of(drawn, 0.5, {8, 9}));
  }
}

// The tutorial of the first Flax: a function, the loss of one example, and an optimizer that is a value.
Tensor cnn(nn::linen::Scope& scope, Tensor x) {
  x = halved(relu(nn::linen::conv(scope, x, {.features = 32, .kernel_size = {3, 3}})));
  x = halved(relu(nn::linen::conv(scope, x, {.features = 64, .kernel_size = {3, 3}})));
  x = relu(nn::linen::dense(scope, flatten(x, 1), {.features = 256}));
  return log_softmax(nn::linen::dense(scope, x, {.features = 10}));
}
using LinenModel = nn::linen::Model<cnn>;
using LinenOptimizer = optim::functional::Optimizer<LinenModel>;

LinenOptimizer start(DType dtype) {
  nn::State params = nn::linen::init_by_shape(cnn, random::key(0), Layout(float32, {1, 28, 28, 1})).second;
  for (auto& [path, value] : params) value = value.astype(dtype);
  return LinenOptimizer(LinenModel(params), optim::momentum(0.1, 0.9));
}
std::pair<Tensor, LinenModel> linen_gradient(const LinenModel& model, const Tensor& image,
                                             const Tensor& label) {
  const auto each = vmap([](const Tensor& logits, const Tensor& y) { return -take(logits, y); });
  auto [loss, grads] =
      value_and_grad([&](const LinenModel& m) { return mean(each(m(image), label)); })(model);
  return {loss, grads};
}

TEST(LinenParity, TrainsAsFlax) {
  const auto step = jit([](const LinenOptimizer& optimizer, const Tensor& image, const Tensor& label) {
    auto [loss, grads] = linen_gradient(optimizer.target, image, label);
    return std::pair(optimizer.apply_gradient(grads), loss);
  });
  const oracle::Json losses = oracle::read("flax_linen.json").at("cnn").at("losses");
  const std::uint32_t steps = slow_device() ? 2 : 5;
  for (const auto& [dtype, error] : {std::pair{float64, 1e-9}, {float32, 1e-4}}) {
    LinenOptimizer optimizer = start(dtype);
    for (std::uint32_t i = 0; i < steps; ++i) {
      const auto [image, label] = batch(i, dtype);
      auto [next, loss] = step(optimizer, image, label);
      optimizer = next;
      const double wanted = losses.at(i);
      EXPECT_LE(std::abs(loss.item() - wanted), error * wanted) << "step " << i;
    }
  }
}

void expect_same(const nn::State& a, const nn::State& b, double tolerance = 0) {
  ASSERT_EQ(a.size(), b.size());
  for (auto& [path, value] : a) expect_near(value, b.at(path), tolerance);
}

TEST(LinenParity, StepsLeaveWhatTheyWereGiven) {
  const LinenOptimizer first = start(float32);
  nn::State before;
  for (auto& [path, value] : first.target.params) before.add(path, value + 0);
  const auto [image, label] = batch(0, float32);
  const auto [loss, grads] = linen_gradient(first.target, image, label);
  const LinenOptimizer second = first.apply_gradient(grads);
  expect_same(first.target.params, before);
  const auto [updates, state] =
      optim::functional::update(first.tx(), grads.params, first.state, first.target.params);
  expect_same(optim::apply_updates(first.target.params, updates), second.target.params, 1e-7);
  expect_same(state, second.state);
  EXPECT_EQ(max(abs(first.state.at("0.trace.Dense_1.bias"))).item(), 0);
  EXPECT_NE(max(abs(state.at("0.trace.Dense_1.bias"))).item(), 0);
  EXPECT_EQ(error_of([&] { optim::apply_updates(before, {}); }),
            "[apply_updates] 0 updates for 8 parameters: take both with the same filter.");
}

// Another transformation is another program, though the types and shapes are the same.
TEST(LinenParity, JitTellsOptimizersApart) {
  const auto of = [](double rate) {
    return optim::functional::Optimizer(nn::State{{"w", ones({2})}}, optim::scale(-rate));
  };
  const auto step = jit([](const auto& optimizer) { return optimizer.apply_gradient(optimizer.target); });
  const auto a = of(0.5), b = of(0.25);
  for (int i = 0; i < 2; ++i) {
    expect_near(step(a).target[0].second, ones({2}) * 0.5);
    expect_near(step(b).target[0].second, ones({2}) * 0.75);
  }
}

}  // namespace
}  // namespace ramie
