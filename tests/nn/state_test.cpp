#include <ramie/nn/state.h>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <sstream>
#include <tuple>
#include <vector>

#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

struct LoraKind : ParamKind {
  const char* name() const override { return "LoRA"; }
};

struct Net : Module<Net> {
  Linear linear1;
  BatchNorm norm;
  std::vector<Linear> hidden;
  std::map<std::string, Linear> heads;
  std::optional<Linear> extra;
  std::tuple<Linear, double> pair;
  Variable<LoraKind> lora;

  explicit Net(Rngs& rngs)
      : linear1(2, 3, rngs),
        norm(3, rngs),
        hidden{Linear(3, 3, rngs), Linear(3, 3, rngs)},
        heads{{"policy", Linear(3, 2, rngs)}},
        pair{Linear(3, 1, {.use_bias = false}, rngs), 0.5},
        lora(ramie::zeros({2})) {}
  using fields =
      Fields<&Net::linear1, &Net::norm, &Net::hidden, &Net::heads, &Net::extra, &Net::pair, &Net::lora>;
};

// Two layers of one weight matrix.
struct Tied : Module<Tied> {
  Linear encoder, decoder;
  explicit Tied(Rngs& rngs) : encoder(3, 3, rngs), decoder(encoder) {}
  using fields = Fields<&Tied::encoder, &Tied::decoder>;
};

std::string paths(const State& state) {
  std::string out;
  for (auto& [path, value] : state) out += (out.empty() ? "" : " ") + path;
  return out;
}
void expect_equal(const State& a, const State& b) {
  ASSERT_EQ(paths(a), paths(b));
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].second.to_vector<double>(), b[i].second.to_vector<double>()) << a[i].first;
}

TEST(State, ListsVariablesInDeclarationOrder) {
  Rngs rngs(0);
  EXPECT_EQ(
      paths(state(Net(rngs))),
      "linear1.kernel linear1.bias norm.mean norm.var norm.scale norm.bias hidden.0.kernel hidden.0.bias "
      "hidden.1.kernel hidden.1.bias heads.policy.kernel heads.policy.bias pair.0.kernel lora");
}

TEST(State, Filters) {
  Rngs rngs(0);
  const Net net(rngs);
  EXPECT_EQ(paths(state(net, is<BatchStat>)), "norm.mean norm.var");
  EXPECT_EQ(paths(state(net, path_contains("hidden.1"))), "hidden.1.kernel hidden.1.bias");
  EXPECT_EQ(paths(state(net, is<Variable<LoraKind>>)), "lora");
  EXPECT_EQ(paths(state(net, all_of({is<Param>, path_contains("norm")}))), "norm.scale norm.bias");
  EXPECT_EQ(paths(state(net, any_of({is<BatchStat>, path_contains("lora")}))), "norm.mean norm.var lora");
  EXPECT_EQ(paths(state(net, not_(is<Param>))), "norm.mean norm.var");
  EXPECT_EQ(state(net, is<Param>).size(), 12u);
  EXPECT_EQ(state(net, rest).size(), 14u);
  EXPECT_TRUE(state(net, any_of({})).empty());
  EXPECT_EQ(state(net, all_of({})).size(), 14u);
  EXPECT_EQ(paths(state(net, [](std::string_view path, const VariableKind&) { return path == "lora"; })),
            "lora");
}

TEST(State, FindsByPath) {
  const State s{{"a", ramie::zeros({2})}, {"b", ramie::ones({})}};
  EXPECT_EQ(s.at("b").item(), 1);
  EXPECT_EQ(s.find("c"), nullptr);
  EXPECT_EQ(error_of([&] { s.at("c"); }), "[state] there is no 'c'; there are: a, b.");
}

TEST(State, Prints) {
  std::ostringstream out;
  out << State{{"a.w", ramie::zeros({2, 3})}, {"b", Tensor()}};
  EXPECT_EQ(out.str(), "a.w: float32[2,3]\nb: empty\n");
}

TEST(State, IsASnapshot) {
  Rngs rngs(0);
  Linear layer(2, 2, rngs);
  const State before = state(layer);
  layer.bias->store(ramie::ones({2}));
  EXPECT_EQ(before.at("bias").to_vector<float>(), (std::vector<float>{0, 0}));
}

TEST(Update, StoresByPath) {
  Rngs rngs(0);
  Net net(rngs);
  update(net, State{{"hidden.1.bias", ramie::full({3}, 2.0)}, {"lora", ramie::ones({2})}});
  EXPECT_EQ(net.hidden[1].bias->value().to_vector<float>(), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(net.lora.value().to_vector<float>(), (std::vector<float>{1, 1}));
}

TEST(Update, MayChangeTheDtype) {
  Rngs rngs(0);
  Linear layer(2, 2, rngs);
  update(layer, State{{"kernel", layer.kernel.value().astype(float64)}});
  EXPECT_EQ(layer.kernel.dtype(), float64);
}

TEST(Update, AnErrorChangesNothing) {
  Rngs rngs(0);
  Linear layer(2, 3, rngs);
  const State before = state(layer);
  EXPECT_EQ(error_of([&] {
              update(layer, State{{"bias", ramie::ones({3})}, {"kernel", ramie::ones({3, 2})}});
            }),
            "[update] 'kernel' is float32[2,3], but the new value is float32[3,2].");
  EXPECT_EQ(error_of([&] {
              update(layer, State{{"bias", ramie::ones({3})}, {"scale", ramie::ones({3})}});
            }),
            "[update] the model has no variable 'scale'.");
  expect_equal(state(layer), before);
}

TEST(Split, GivesOneStateForEachFilter) {
  Rngs rngs(0);
  const Net net(rngs);
  auto [graphdef, params, stats] = split(net, is<Param>, rest);
  EXPECT_EQ(params.size(), 12u);
  EXPECT_EQ(paths(stats), "norm.mean norm.var");
  auto [same, all] = split(net);
  EXPECT_EQ(all.size(), 14u);
}

TEST(Split, TheFirstFilterThatTakesAVariableHasIt) {
  Rngs rngs(0);
  auto [graphdef, norm, params, others] = split(Net(rngs), path_contains("norm"), is<Param>, rest);
  EXPECT_EQ(paths(norm), "norm.mean norm.var norm.scale norm.bias");
  EXPECT_EQ(params.size(), 10u);
  EXPECT_TRUE(others.empty());
}

TEST(Split, FiltersMustTakeEveryVariable) {
  Rngs rngs(0);
  const Net net(rngs);
  EXPECT_EQ(error_of([&] { split(net, is<Param>); }),
            "[split] no filter takes the variable 'norm.mean' (BatchStat): add nn::rest as the last one.");
}

TEST(Merge, GivesAModelOfTheSameValuesThatSharesNothing) {
  Rngs rngs(0);
  Net net(rngs);
  auto [graphdef, params, others] = split(net, is<Param>, rest);
  Net again = merge(graphdef, params, others);
  expect_equal(state(again), state(net));
  again.lora = ramie::ones({2});
  EXPECT_EQ(net.lora.value().to_vector<float>(), (std::vector<float>{0, 0}));
  Net third =
      merge(graphdef, others, params);  // the graphdef has no values of its own, and the order is free
  expect_equal(state(third), state(net));
  EXPECT_NE(third.lora.cell(), again.lora.cell());
}

TEST(Merge, NeedsAValueForEveryVariable) {
  Rngs rngs(0);
  auto [graphdef, params, others] = split(Net(rngs), is<Param>, rest);
  EXPECT_EQ(error_of([&, &g = graphdef, &p = params] { merge(g, p); }),
            "[merge] no state gives a value for 'norm.mean' (BatchStat).");
}

TEST(Clone, SharesNothing) {
  Rngs rngs(0);
  Net net(rngs);
  const Net copy = clone(net);
  const State before = state(copy);
  expect_equal(before, state(net));
  for (auto& f : variables(net)) f.variable->store(ramie::full(f.variable->shape(), 9.0));
  expect_equal(state(copy), before);
}

TEST(Ties, AreOneEntry) {
  Rngs rngs(0);
  const Tied tied(rngs);
  EXPECT_EQ(paths(state(tied)), "encoder.kernel encoder.bias");
  EXPECT_EQ(variables(tied).size(), 2u);
}

TEST(Ties, StayThroughCloneAndMerge) {
  Rngs rngs(0);
  Tied tied(rngs);
  auto [graphdef, all] = split(tied);
  for (Tied model : {clone(tied), merge(graphdef, all)}) {
    EXPECT_EQ(model.encoder.kernel.cell(), model.decoder.kernel.cell());
    EXPECT_NE(model.encoder.kernel.cell(), tied.encoder.kernel.cell());
  }
}

TEST(Ties, UpdateTakesEitherPath) {
  Rngs rngs(0);
  Tied tied(rngs);
  update(tied, State{{"decoder.bias", ramie::ones({3})}});
  EXPECT_EQ(tied.encoder.bias->value().to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

TEST(Surgery, AnAssignedLayerTakesTheOldOnesPlace) {
  Rngs rngs(0);
  Net net(rngs);
  net.linear1 = Linear(2, 5, {.use_bias = false}, rngs);
  net.extra.emplace(3, 1, rngs);
  net.hidden.pop_back();
  EXPECT_EQ(paths(state(net)),
            "linear1.kernel norm.mean norm.var norm.scale norm.bias hidden.0.kernel hidden.0.bias "
            "heads.policy.kernel "
            "heads.policy.bias extra.kernel extra.bias pair.0.kernel lora");
  EXPECT_EQ(state(net).at("linear1.kernel").shape(), Shape({2, 5}));
}

TEST(Devices, AModelMovesAsAWhole) {
  Rngs rngs(0);
  Tied model(rngs);
  const State before = state(model);
  for (const Device device : devices()) {
    to(model, device);
    for (auto& [path, value] : state(model)) {
      EXPECT_EQ(value.device(), device) << path;
      EXPECT_EQ(value.to_vector<float>(), before.at(path).to_vector<float>());
    }
    EXPECT_EQ(model.encoder(ramie::ones({1, 3}).to(device)).device(), device);
  }
}

TEST(Moving, KeepsTheState) {
  Rngs rngs(0);
  std::vector<Net> nets;
  std::vector<State> before;
  for (int i = 0; i < 5; ++i) {  // the vector grows, and moves its elements
    nets.emplace_back(rngs);
    before.push_back(state(nets.back()));
  }
  for (std::size_t i = 0; i < nets.size(); ++i) expect_equal(state(nets[i]), before[i]);
  nets.erase(nets.begin());
  expect_equal(state(nets[0]), before[1]);
}

}  // namespace
}  // namespace ramie::nn
