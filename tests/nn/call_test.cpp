// Who sees the calls of modules: hooks and captures.
#include <ramie/nn/call.h>

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <tuple>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/hooks.h>
#include <ramie/nn/intermediates.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using Names = std::vector<std::string>;
using ramie::ones;

struct Inner : Module<Inner> {  // says that it runs, and sows
  Linear linear;
  explicit Inner(Rngs& rngs) : linear(2, 2, rngs) {}
  Tensor operator()(const Tensor& x) const {
    return call(x, [&](const Tensor& x) {
      const Tensor y = linear(x);
      sow("before", y);
      return relu(y);
    });
  }
  using fields = Fields<&Inner::linear>;
};
struct Quiet : Module<Quiet> {  // does not
  Linear linear;
  explicit Quiet(Rngs& rngs) : linear(2, 2, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear(x) + 1; }
  using fields = Fields<&Quiet::linear>;
};
struct Net : Module<Net> {
  Inner first;
  Quiet quiet;
  std::vector<Linear> list;
  Sequential row;
  explicit Net(Rngs& rngs) : first(rngs), quiet(rngs), row(Linear(2, 2, rngs), tanh, Quiet(rngs)) {
    for (int i = 0; i < 2; ++i) list.emplace_back(2, 2, rngs);
  }
  Tensor operator()(const Tensor& x) {
    return call(x, [&](Tensor y) {
      y = quiet(first(y));
      for (auto& layer : list) y = layer(y);
      return row(y);
    });
  }
  using fields = Fields<&Net::first, &Net::quiet, &Net::list, &Net::row>;
};

Net net() {
  Rngs rngs(0);
  return Net(rngs);
}
Tensor input() { return tensor({{1, -2}, {3, 4}}, float32); }
Tensor dense(const Linear& l, const Tensor& x) { return detail::dense("", x, l.kernel, l.bias); }  // unseen
constexpr auto all = [](const ModuleInfo&) { return true; };

// The calls that a function makes of a model's modules, "path: Type".
template <class M, class F>
Names calls(const M& model, const F& f) {
  Names out;
  const auto hook = register_forward_hook(model, all, [&](const ModuleCall& c) {
    out.push_back(std::string(c.path) + ": " + std::string(c.type_name));
  });
  f();
  return out;
}

TEST(Hook, SeesEachModuleThatSaysThatItRuns) {
  Net model = net();
  EXPECT_EQ(calls(model, [&] { model(input()); }),
            (Names{"first.linear: Linear", "first: Inner", "quiet.linear: Linear", "list.0: Linear",
                   "list.1: Linear", "row.layers.0: Linear", "row.layers.2.linear: Linear",
                   "row.layers.2: Quiet", "row: Sequential", ": Net"}));  // what Any holds is seen
  EXPECT_TRUE(detail::running_modules().empty());
  EXPECT_EQ(detail::observers, nullptr);
}

TEST(Hook, TellsAModuleFromItsFirstMember) {
  Net model = net();
  ASSERT_EQ(static_cast<void*>(&model), static_cast<void*>(&model.first.linear));
  Names seen;
  const auto hook =
      register_forward_hook(model, "first", [&](const ModuleCall& c) { seen.emplace_back(c.type_name); });
  model(input());
  EXPECT_EQ(seen, Names{"Inner"});
}

struct Tree : Module<Tree> {
  std::vector<Tree> children;
  Linear linear;
  Tree(int depth, Rngs& rngs) : linear(2, 2, rngs) {
    if (depth > 0) children.emplace_back(depth - 1, rngs);
  }
  Tensor operator()(const Tensor& x) const {
    return call(x, [&](const Tensor& x) { return linear(children.empty() ? x : children[0](x)); });
  }
  using fields = Fields<&Tree::children, &Tree::linear>;
};

TEST(Hook, SeesModulesOfOneTypeInsideEachOther) {
  Rngs rngs(0);
  const Tree tree(2, rngs);
  EXPECT_EQ(calls(tree, [&] { tree(input()); }),
            (Names{"children.0.children.0.linear: Linear", "children.0.children.0: Tree",
                   "children.0.linear: Linear", "children.0: Tree", "linear: Linear", ": Tree"}));
}

TEST(Hook, MayReplaceInputsAndOutputs) {
  Net model = net();
  const Tensor x = input();
  const auto before =
      register_forward_pre_hook(model, "first.linear", [](const ModuleCall& c) { return c.input * 3; });
  const auto after = register_forward_hook(model, "first", [&](const ModuleCall& c) {
    expect_near(c.input, x, 0);
    expect_near(c.output, relu(dense(model.first.linear, x * 3)), 0);
    return -c.output;
  });
  expect_near(model.first(x), -relu(dense(model.first.linear, x * 3)), 1e-6);
}

TEST(Hook, IsChosenByPathOrFilter) {
  Net model = net();
  int linear = 0, late = 0, itself = 0;
  const auto a = register_forward_hook(model, is_a<Linear>, [&](const ModuleCall&) { ++linear; });
  const auto b = register_forward_hook(
      model, [](const ModuleInfo& m) { return m.path.starts_with("list"); }, [&](auto&) { ++late; });
  const auto c = register_forward_hook(model, "", [&](const ModuleCall&) { ++itself; });
  model(input());
  EXPECT_EQ(std::tuple(linear, late, itself), std::tuple(6, 2, 1));
  EXPECT_EQ(error_of([&] { (void)register_forward_hook(model, "firts", [](auto&) {}); }),
            "[register_forward_hook] the model has no module \"firts\". Its modules are first, first.linear, "
            "quiet, quiet.linear, list.0, list.1, row, row.layers.0, row.layers.2, row.layers.2.linear.");
  EXPECT_EQ(error_of([&] { (void)register_forward_pre_hook(model, is_a<Conv>, [](auto&) {}); }),
            "[register_forward_pre_hook] the filter takes none of the model's 11 modules.");
}

TEST(Hook, RunsInOrderUntilItIsRemoved) {
  Net model = net();
  std::string log;
  auto add = [&](char name) {
    return register_forward_hook(model, "first", [&log, name](const ModuleCall&) { log += name; });
  };
  auto a = add('a'), b = add('b');
  {
    const auto c = add('c');
    model(input());
  }
  model(input());
  a.remove();
  a.remove();
  ModuleHook moved = std::move(b);
  model(input());
  moved = add('d');  // and b is gone
  model(input());
  EXPECT_EQ(log, "abcabbd");
}

TEST(Hook, MayRemoveItselfAndAddOthers) {
  Net model = net();
  std::string log;
  std::vector<ModuleHook> hooks, more;
  hooks.push_back(register_forward_hook(model, "first", [&](const ModuleCall&) {
    log += 'a';
    hooks.clear();
    more.push_back(register_forward_hook(model, "first", [&](const ModuleCall&) { log += 'b'; }));
  }));
  model(input());
  EXPECT_EQ(log, "a");
  model(input());
  EXPECT_EQ(log, "ab");
}

TEST(Hook, MayRemoveAnotherBeforeItsTurn) {
  Net model = net();
  std::string log;
  std::vector<ModuleHook> hooks;
  const auto first = register_forward_hook(model, "first", [&](const ModuleCall&) {
    log += 'a';
    hooks.clear();
  });
  hooks.push_back(register_forward_hook(model, "first", [&](const ModuleCall&) { log += 'b'; }));
  model(input());
  EXPECT_EQ(log, "a");
}

TEST(Hook, MayThrow) {
  Net model = net();
  int seen = 0;
  {
    const auto hook =
        register_forward_hook(model, "first", [](const ModuleCall&) { throw std::runtime_error("enough"); });
    EXPECT_THROW(model(input()), std::runtime_error);
    EXPECT_TRUE(detail::running_modules().empty());
  }
  const auto hook = register_forward_hook(model, "", [&](const ModuleCall&) { ++seen; });
  EXPECT_THROW(model(ones({2, 3})), Error);  // of the layer: no output, no call
  EXPECT_EQ(seen, 0);
  model(input());
  EXPECT_EQ(seen, 1);
}

TEST(Hook, DoesNotSeeWhatItCalls) {
  Net model = net();
  int seen = 0;
  const auto hook = register_forward_hook(model, "first", [&](const ModuleCall& c) {
    ++seen;
    model(c.input);
  });
  model(input());
  EXPECT_EQ(seen, 1);
}

TEST(Hook, BelongsToOneObject) {
  Net model = net(), view = train_view(model), copy = model;
  int of_model = 0, of_view = 0;
  const auto a = register_forward_hook(model, "", [&](const ModuleCall&) { ++of_model; });
  const auto b = register_forward_hook(view, "", [&](const ModuleCall&) { ++of_view; });
  view(input());
  copy(input());
  EXPECT_EQ(std::pair(of_model, of_view), std::pair(0, 1));
}

TEST(Hook, BelongsToOneThread) {
  Net model = net();
  const Tensor x = input();  // on this thread's device
  int here = 0, there = 0;
  auto hook = register_forward_hook(model, "", [&](const ModuleCall&) { ++here; });
  std::thread([&] {
    EXPECT_EQ(detail::observers, nullptr);
    const auto own = register_forward_hook(model, "", [&](const ModuleCall&) { ++there; });
    model(x);
    hook.remove();  // on another thread than its own
  }).join();
  EXPECT_EQ(std::pair(here, there), std::pair(0, 1));
  model(x);
  EXPECT_EQ(here, 0);
  EXPECT_EQ(detail::observers, nullptr);
}

TEST(Hook, MakesJittedFunctionsRun) {
  if (context.recorder) GTEST_SKIP() << "nothing is replayed inside of a capture";
  Net model = net();
  int runs = 0, seen = 0;
  const auto step = jit([&](Net& m, const Tensor& x) {
    ++runs;
    return value_and_grad([](Net& n, const Tensor& in) { return sum(n(in)); })(m, x);
  });
  for (int i = 0; i < 3; ++i) step(model, input());
  EXPECT_EQ(runs, 1);
  auto outlives = [&] {  // what switches jit off ends before the hook does
    const DisableJit guard;
    return register_forward_hook(model, "first", [&](const ModuleCall&) { ++seen; });
  }();
  for (int i = 0; i < 3; ++i) step(model, input());
  EXPECT_EQ(std::pair(runs, seen), std::pair(4, 3));
  outlives.remove();
  for (int i = 0; i < 3; ++i) step(model, input());
  EXPECT_EQ(std::pair(runs, seen), std::pair(4, 3));
}

struct Several : Module<Several> {
  Param p{ones({1})};
  auto operator()(const Tensor& x) const {
    return call(x, [&](const Tensor& x) { return std::tuple(x, x + 1, p.value()); });
  }
  using fields = Fields<&Several::p>;
};

TEST(Hook, DoesNotSeeOtherResults) {
  const Several model;
  bool undefined = false;
  const auto hook = register_forward_hook(model, "", [&](const ModuleCall& c) { undefined = !c.output; });
  EXPECT_EQ(std::get<1>(model(input())).shape(), Shape({2, 2}));
  EXPECT_TRUE(undefined);
  const auto other = register_forward_hook(model, "", [&](const ModuleCall& c) { return c.input; });
  EXPECT_EQ(
      error_of([&] { model(input()); }),
      "[register_forward_hook] the model (Several) gives no Tensor, and no pair whose second is one: a hook "
      "cannot replace its result.");
}

TEST(Capture, GivesEachModulesOutputByPath) {
  Net model = net();
  const Tensor x = input();
  const auto [y, seen] = capture(model, x);
  Names paths;
  for (auto& [path, value] : seen) paths.push_back(path);
  EXPECT_EQ(paths, (Names{"first.linear", "first.before", "first", "quiet.linear", "list.0", "list.1",
                          "row.layers.0", "row.layers.2.linear", "row.layers.2", "row"}));
  expect_near(y, model(x), 0);
  expect_near(seen.at("row"), y, 0);
  expect_near(seen.at("first.before"), model.first.linear(x), 0);
  expect_near(seen.at("row.layers.2"), seen.at("row.layers.2.linear") + 1, 0);
}

TEST(Capture, NumbersLaterCalls) {
  Net model = net();
  Intermediates seen(model, is_a<Inner>);
  const Tensor a = model.first(input()), b = model.first(a), c = model.first(b);
  EXPECT_EQ(seen.state().size(), 6u);
  expect_near(seen.state().at("first#2"), b, 0);
  expect_near(seen.state().at("first.before#3"), model.first.linear(b), 0);
  EXPECT_EQ(seen.take().size(), 6u);
  model.first(c);
  EXPECT_EQ(seen.take()[1].first, "first");
}

TEST(Capture, SeesItsOwnModelAlone) {
  Net model = net(), other = net();
  const Intermediates of_model(model), of_other(other);
  other.first(input());
  EXPECT_EQ(of_model.state().size(), 0u);
  EXPECT_EQ(of_other.state().size(), 3u);
}

TEST(Capture, SeesWhatHooksPutInPlace) {
  Net model = net();
  const auto hook = register_forward_hook(model, "first", [](const ModuleCall& c) { return c.output - 1; });
  const auto [y, seen] = capture(model, input());
  expect_near(seen.at("first"), relu(seen.at("first.before")) - 1, 0);
  expect_near(seen.at("quiet.linear"), dense(model.quiet.linear, seen.at("first")), 0);
}

TEST(Capture, LetsGradientsThrough) {
  Net model = net();
  const Tensor x = input();
  const auto with_capture = value_and_grad([](Net& m, const Tensor& in) {
    auto [y, seen] = capture(m, in);
    return std::pair(sum(square(seen.at("first.before"))) + sum(y), seen);
  });
  const auto [loss, seen, grads] = with_capture(model, x);
  const auto by_hand =
      value_and_grad([](Net& m, const Tensor& in) { return sum(square(m.first.linear(in))) + sum(m(in)); });
  const auto [expected, expected_grads] = by_hand(model, x);
  expect_near(loss, expected, 1e-6);
  EXPECT_EQ(seen.at("first").graph(), nullptr);
  for (auto& [path, g] : expected_grads) expect_near(grads.at(path), g, 1e-6);
}

TEST(Capture, MayStandAroundAGradient) {
  Net model = net();
  const Tensor x = input();
  const Intermediates seen(model);
  value_and_grad([](Net& m, const Tensor& in) { return sum(m(in)); })(model, x);
  const Tensor first = seen.state().at("first");
  expect_near(first, relu(dense(model.first.linear, x)), 0);
  const auto of_value = ramie::grad([&](const Tensor& w) { return sum(first * w); });
  expect_near(of_value(ones({2, 2})), first, 0);
}

TEST(Capture, WorksUnderVmap) {
  Net model = net();
  const Tensor x = random_normal({5, 2}, float32);
  const auto one = [&](const Tensor& example) {
    auto [y, seen] = capture(model, expand_dims(example, 0));
    return std::pair(y, seen.at("first.before"));
  };
  const auto [y, before] = vmap(one)(x);
  expect_near(before, expand_dims(model.first.linear(x), 1), 1e-6);
  expect_near(y, expand_dims(model(x), 1), 1e-6);
}

TEST(Capture, CanBePartOfAJittedFunction) {
  if (context.recorder) GTEST_SKIP() << "nothing is replayed inside of a capture";
  Net model = net();
  int runs = 0;
  const auto f = jit([&](Net& m, const Tensor& x) {
    ++runs;
    return capture(m, x).second;
  });
  for (int i = 1; i < 4; ++i)
    expect_near(f(model, input() * i).at("first.before"), model.first.linear(input() * i), 1e-6);
  EXPECT_EQ(runs, 1);
}

TEST(Sow, DoesNothingWhereNobodyCaptures) {
  Net model = net();
  model(input());
  const auto hook = register_forward_hook(model, "first", [](const ModuleCall&) {});
  model(input());
  EXPECT_EQ(detail::running_modules().size(), 0u);
}

}  // namespace
}  // namespace ramie::nn
