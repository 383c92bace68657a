// Functional models: names, shapes, keys, gradients and transforms, against Flax Linen's own numbers
// (tests/oracles/flax_linen.py).
#include <ramie/nn/linen.h>

#include <gtest/gtest.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/sha1.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using linen::Scope;
using random::key;

Tensor cnn(Scope& scope, Tensor x) {
  x = relu(linen::conv(scope, x, {.features = 32, .kernel_size = {3, 3}}));
  x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
  x = relu(linen::conv(scope, x, {.features = 64, .kernel_size = {3, 3}}));
  x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
  x = reshape(x, {x.shape(0), -1});
  x = relu(linen::dense(scope, x, {.features = 256}));
  return log_softmax(linen::dense(scope, x, {.features = 10}));
}

Tensor mlp(Scope& scope, Tensor x) {
  x = relu(linen::dense(scope, x, {.features = 5}));
  return linen::dense(scope, x, {.features = 3, .name = "head"});
}

Tensor block(Scope& scope, const Tensor& x) {
  const Tensor y = relu(linen::dense(scope, linen::layer_norm(scope, x), {.features = 4}));
  return x + linen::dropout(scope, y, {.rate = 0.5});
}

Tensor nested(Scope& scope, const Tensor& tokens) {
  Tensor x = linen::embed(scope, tokens, {.num_embeddings = 7, .features = 4});
  x = block(scope.child("Block"), x);
  x = block(scope.child("Block"), x);
  x = x * scope.param("scale", initializers::normal(1), {4});
  return linen::dense(scope, x, {.features = 3, .name = "head"});
}

std::vector<std::string> paths(const State& params) {
  std::vector<std::string> out;
  for (auto& [path, value] : params) out.push_back(path);
  return out;
}

void expect_identical(const Tensor& x, const Tensor& y) { expect_near(x, y, 0); }
void expect_error(const std::function<void()>& f, const std::string& text) {
  EXPECT_NE(error_of(f).find(text), std::string::npos) << error_of(f);
}

Tensor input() { return random::uniform(key(3), {2, 4}); }
Tensor loss(const Tensor& y) { return mean(square(y)); }

const oracle::Json& flax() {
  static const oracle::Json json = oracle::read("flax_linen.json");
  return json;
}

TEST(Sha1, KnownDigests) {
  using Words = std::array<std::uint32_t, 5>;
  EXPECT_EQ(sha1(""), (Words{0xda39a3ee, 0x5e6b4b0d, 0x3255bfef, 0x95601890, 0xafd80709}));
  EXPECT_EQ(sha1("abc"), (Words{0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d}));
  EXPECT_EQ(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            (Words{0x84983e44, 0x1c3bd26e, 0xbaae4aa1, 0xf95129e5, 0xe54670f1}));
  EXPECT_EQ(sha1(std::string(1000000, 'a')),
            (Words{0x34aa973c, 0xd4c4daa4, 0xf61eeb2b, 0xdbad2731, 0x6534016f}));
}

TEST(Linen, KeysAreFlaxs) {
  for (auto& c : flax()["keys"]) {
    linen::detail::Source source{key(0)};
    Scope model(source);
    Scope* scope = &model;
    for (auto& name : c["path"]) scope = &scope->named(name.get<std::string>());
    Tensor drawn;
    for (int i = 0; i < c["count"].get<int>(); ++i) drawn = scope->make_rng("dropout");
    EXPECT_EQ(drawn.to_vector<std::uint32_t>(), c["key"].get<std::vector<std::uint32_t>>()) << c;
  }
}

// The tutorial's network begins with Flax's weights: normal numbers pass through erf_inv.
TEST(Linen, TheTutorialsNetworkIsFlaxs) {
  const auto [output, params] = linen::init_by_shape(cnn, key(0), Layout(float32, {1, 28, 28, 1}));
  EXPECT_EQ(output.shape, Shape({1, 10}));
  EXPECT_EQ(output.dtype, float32);
  const auto& expected = flax()["cnn"];
  ASSERT_EQ(params.size(), expected["parameters"].size());
  for (auto& [path, value] : params) {
    SCOPED_TRACE(path);
    const auto& p = expected["parameters"].at(path);
    EXPECT_EQ(value.shape(), Shape(p["shape"].get<std::vector<std::int64_t>>()));
    const auto all = value.to_vector<float>();
    const auto stride = p["stride"].get<std::size_t>();
    for (std::size_t i = 0; i < p["sample"].size(); ++i)
      EXPECT_NEAR(all[i * stride], oracle::float32(p["sample"][i]), 1e-6 * std::abs(all[i * stride]));
    EXPECT_NEAR(sum(square(value.astype(float64))).item(), p["sum_of_squares"].get<double>(), 1e-4);
  }
  const Tensor x = random::uniform(key(7), {4, 28, 28, 1});
  expect_near(linen::apply(cnn, params, x), expected["output"].get<std::vector<double>>(), {4, 10}, 1e-5);
}

TEST(Linen, NestedModelsAreFlaxs) {
  const auto& expected = flax()["nested"];
  const Tensor tokens = tensor({{0, 3, 6}, {2, 2, 5}});
  const State params = linen::init(nested, {{"params", key(0)}, {"dropout", key(1)}}, tokens);
  ASSERT_EQ(params.size(), expected["parameters"].size());
  for (auto& [path, value] : params) {
    SCOPED_TRACE(path);
    std::vector<double> numbers;
    for (auto& bits : expected["parameters"].at(path)["bits"]) numbers.push_back(oracle::float32(bits));
    expect_near(value, numbers, value.shape(), 1e-6);
  }
  const auto forward = [&](const State& p) { return linen::apply(nested, p, {{"dropout", key(1)}}, tokens); };
  expect_near(forward(params), expected["output"].get<std::vector<double>>(), {2, 3, 3}, 1e-5);
  const Tensor cotangent = from_vector(expected["cotangent"].get<std::vector<float>>(), {2, 3, 3});
  const State grads = grad([&](const State& p) { return sum(forward(p) * cotangent); })(params);
  EXPECT_EQ(paths(grads), paths(params));
  for (auto& [path, value] : grads) {
    SCOPED_TRACE(path);
    expect_near(value, expected["gradients"].at(path).get<std::vector<double>>(), params.at(path).shape(),
                1e-5);
  }
}

TEST(Linen, NamesFollowTheCalls) {
  const auto [y, params] = linen::init_with_output(mlp, key(0), input());
  EXPECT_EQ(paths(params),
            (std::vector<std::string>{"Dense_0.kernel", "Dense_0.bias", "head.kernel", "head.bias"}));
  expect_identical(y, linen::apply(mlp, params, input()));
  expect_identical(params.at("head.kernel"), linen::init(mlp, key(0), input()).at("head.kernel"));
  State turned;  // the order does not matter, nor do parameters of others
  for (std::size_t i = params.size(); i-- > 0;) turned.add(params[i].first, params[i].second);
  turned.add("other", ones({2}));
  expect_identical(y, linen::apply(mlp, turned, input()));
  const State grads = grad([](const State& p) { return loss(linen::apply(mlp, p, input())); })(turned);
  EXPECT_EQ(max(abs(grads.at("other"))).item(), 0);
}

TEST(Linen, LayersTakeAnyBatch) {
  const auto model = [](Scope& scope, const Tensor& x) {
    return linen::conv(
        scope, x,
        {.features = 6, .kernel_size = {3}, .strides = {2}, .feature_group_count = 2, .use_bias = false});
  };
  const Tensor x = random::normal(key(1), {2, 3, 9, 4});
  const auto [y, params] = linen::init_with_output(model, key(0), x);
  EXPECT_EQ(y.shape(), Shape({2, 3, 5, 6}));
  EXPECT_EQ(paths(params), (std::vector<std::string>{"Conv_0.kernel"}));
  EXPECT_EQ(params[0].second.shape(), Shape({3, 2, 6}));
  expect_near(linen::apply(model, params, x[1][2]), y[1][2], 1e-6);
}

TEST(Linen, ByShapeComputesParametersAlone) {
  const auto model = [](Scope& scope, const Tensor& x, const Tensor& tokens) {
    const Tensor rows = linen::embed(scope, tokens, {.num_embeddings = 9, .features = 4});
    return linen::dense(scope, x + sum(rows, {1}), {.features = 3, .param_dtype = float64});
  };
  const auto [output, params] =
      linen::init_by_shape(model, key(5), Layout(float32, {2, 4}), Layout(int32, {2, 6}));
  EXPECT_EQ(str(output), str(Layout(float64, {2, 3})));
  const State same = linen::init(model, key(5), input(), zeros({2, 6}, int32));
  EXPECT_EQ(paths(params), paths(same));
  for (std::size_t i = 0; i < same.size(); ++i) expect_identical(params[i].second, same[i].second);
  const auto deep = [](Scope& scope, Tensor x) {  // layers whose rules join the examples
    x = linen::conv(scope, x, {.features = 4, .kernel_size = {3}, .strides = {2}});
    x = max_pool(x, {.window = {2}, .strides = {2}});
    return linen::dense(scope, flatten(x, 1), {.features = 3});
  };
  EXPECT_EQ(linen::init_by_shape(deep, key(0), Layout(float32, {2, 16, 1})).first.shape, Shape({2, 3}));
  const auto centred = [](Scope& scope, const Tensor& x) {
    return x - scope.param("mean", [&](auto&, auto&, auto) { return mean(x, {0}); }, {4});
  };
  expect_error(
      [&] {
        linen::init_by_shape(centred, key(0), Layout(float32, {2, 4}));
      },
      "[init_by_shape] 'mean' follows from the input's values: use init(model, key, x).");
  expect_near(linen::init(centred, key(0), input())[0].second, mean(input(), {0}), 1e-6);
}

TEST(Linen, DropoutDrawsByKey) {
  const auto model = [](Scope& scope, const Tensor& x) { return linen::dropout(scope, x, {.rate = 0.5}); };
  const auto still = [](Scope& scope, const Tensor& x) {
    return linen::dropout(scope, x, {.rate = 0.5, .deterministic = true});
  };
  const Tensor x = ones({100});
  const auto of = [&](int seed) { return linen::apply(model, {}, {{"dropout", key(seed)}}, x); };
  expect_identical(of(1), of(1));
  EXPECT_NE(of(1).to_vector<float>(), of(2).to_vector<float>());
  expect_identical(linen::apply(still, {}, x), x);
  expect_error([&] { linen::apply(model, {}, x); },
               "[linen] Dropout_0 needs a key 'dropout': apply(model, params, {{\"dropout\", key}}, x).");
}

TEST(Linen, ModelsAreArgumentsOfTransforms) {
  using Mlp = linen::Model<mlp>;
  const Mlp model(linen::init(mlp, key(0), input()));
  const auto of_model = [](const Mlp& m, const Tensor& x) { return loss(m(x)); };
  const auto of_state = [](const State& p, const Tensor& x) { return loss(linen::apply(mlp, p, x)); };
  const auto [value, grads] = value_and_grad(of_model)(model, input());
  const State same = grad(of_state)(model.params, input());
  const auto jitted = jit(grad(of_model));
  for (int i = 0; i < 2; ++i) {
    const Mlp recorded = jitted(model, input());
    for (std::size_t k = 0; k < same.size(); ++k) {
      expect_identical(grads.params[k].second, same[k].second);
      expect_near(recorded.params[k].second, same[k].second, 1e-6);
    }
  }
  Mlp other = model;  // of the same program, with its own values
  for (auto& [path, v] : other.params) v = v * 2;
  const Mlp doubled = jitted(other, input());
  expect_near(doubled.params[0].second, grad(of_model)(other, input()).params[0].second, 1e-6);
  EXPECT_EQ(jitted.programs(), context.recorder ? 0u : 1u);
  // One gradient for each example.
  const auto each = vmap(grad(of_state), {not_mapped, 0})(model.params, input());
  EXPECT_EQ(each.at("Dense_0.kernel").shape(), Shape({2, 4, 5}));
  expect_near(mean(each.at("Dense_0.kernel"), {0}), same[0].second, 1e-6);
}

TEST(Linen, EnsemblesAreMapped) {
  const auto keys = stack(random::split(key(0), 3));
  const State all = vmap([](const Tensor& k) { return linen::init(mlp, k, input()); })(keys);
  EXPECT_EQ(all.at("Dense_0.kernel").shape(), Shape({3, 4, 5}));
  const Tensor y = vmap([](const State& p, const Tensor& x) { return linen::apply(mlp, p, x); },
                        {0, not_mapped})(all, input());
  EXPECT_EQ(y.shape(), Shape({3, 2, 3}));
  expect_near(y[1], linen::apply(mlp, linen::init(mlp, keys[1], input()), input()), 1e-6);
}

struct Pair {
  Tensor a, b;
  double by = 1;
  auto tree() { return std::tie(a, b, by); }
};

TEST(Tree, StructsAreArgumentsAndResults) {
  const auto f = [](const Pair& p) { return sum(p.a * p.b) * p.by; };
  const Pair p{ones({3}) * 2, ones({3}) * 5, 3};
  const Pair g = grad(f)(p);
  expect_near(g.a, p.b * 3, 1e-6);
  expect_near(g.b, p.a * 3, 1e-6);
  EXPECT_EQ(g.by, 3);
  const auto turned = jit([](const Pair& x) { return Pair{x.b * x.by, x.a, x.by}; });
  for (double by : {2.0, 2.0, 4.0}) {
    const Pair t = turned(Pair{p.a, p.b, by});
    expect_near(t.a, p.b * by, 1e-6);
    EXPECT_EQ(t.by, by);
  }
  // A number is part of what a program is recorded for.
  EXPECT_EQ(turned.programs(), context.recorder ? 0u : 2u);
  expect_near(vmap(f)(Pair{ones({4, 3}), ones({4, 3})}), ones({4}) * 3, 1e-6);
}

TEST(Linen, Errors) {
  const State params = linen::init(mlp, key(0), input());
  expect_error(
      [&] {
        linen::apply(mlp, params, ones({2, 7}));
      },
      "[linen] 'Dense_0.kernel' is float32[4,5], but the model declares float32[7,5]: init had an "
      "input of another shape, or other settings.");
  expect_error(
      [&] {
        linen::apply(mlp, State{params[0], params[1]}, input());
      },
      "[linen] the parameters have no 'head.kernel' (float32[5,3]). Those of the model's own init "
      "have; these are: Dense_0.kernel, Dense_0.bias.");
  expect_error([&] { linen::apply(mlp, {}, input()); }, "these are: none.");
  const auto twice = [](Scope& scope, const Tensor& x) {
    return linen::dense(scope, linen::dense(scope, x, {.features = 4, .name = "a"}),
                        {.features = 4, .name = "a"});
  };
  expect_error([&] { linen::init(twice, key(0), input()); },
               "[linen] 'a' is there already: give it another name, or call the part in a scope of its own, "
               "scope.child(\"Block\"). To use a parameter twice, declare it once.");
  const auto named = [](const char* name) {
    return [name](Scope& scope, const Tensor& x) {
      return x * scope.child("Block").param(name, initializers::ones(), {4});
    };
  };
  expect_error([&] { linen::init(named("a.b"), key(0), input()); },
               "[linen] 'a.b' is no name in Block_0: it must have letters and no dots.");
  expect_error([&] { linen::init(named(""), key(0), input()); }, "[linen] '' is no name in Block_0");
  expect_error([&] { linen::init(mlp, linen::Keys(), input()); }, "[linen] Dense_0 needs a key 'params'");
  expect_error([&] { linen::init(mlp, key(0), ones({})); },
               "[dense] the input is float32[]: it has no axis of features.");
  const auto looked_up = [](Scope& scope, const Tensor& x) {
    return linen::embed(scope, x, {.num_embeddings = 3, .features = 2});
  };
  expect_error([&] { linen::init(looked_up, key(0), input()); },
               "[embed] the input is float32[2,4], but rows have integer numbers: use .astype(int32).");
}

}  // namespace
}  // namespace ramie::nn
