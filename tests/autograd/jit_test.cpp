#include <gtest/gtest.h>

#include <map>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>
#include <support/error.h>

namespace ramie {
namespace {

using Floats = std::vector<float>;
Floats floats(const Tensor& x) { return x.to_vector<float>(); }

// ---- what it gives ---------------------------------------------------------------------------------------

TEST(Jit, ReplaysWithOtherValues) {
  int calls = 0;
  auto f = jit([&](const Tensor& x) {
    ++calls;
    return relu(x * 2 + 1);
  });
  const Tensor a = from_vector<float>({-3, 0, 3}), b = from_vector<float>({1, -1, 10});
  EXPECT_EQ(floats(f(a)), (Floats{0, 1, 7}));
  EXPECT_EQ(floats(f(b)), (Floats{3, 0, 21}));
  EXPECT_EQ(floats(f(a)), (Floats{0, 1, 7}));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(f.statistics().recordings, 1u);
  EXPECT_EQ(f.statistics().replays, 2u);
}

TEST(Jit, RecordsAnewForOtherShapesDtypesAndSettings) {
  auto f = jit([](const Tensor& x, double by) { return x * by; });
  const Tensor a = from_vector<float>({1, 2}), b = from_vector<float>({1, 2, 3});
  EXPECT_EQ(floats(f(a, 2.0)), (Floats{2, 4}));
  EXPECT_EQ(floats(f(b, 2.0)), (Floats{2, 4, 6}));
  EXPECT_EQ(floats(f(a, 3.0)), (Floats{3, 6}));
  EXPECT_EQ(f(a.astype(float64), 3.0).dtype(), float64);
  EXPECT_EQ(floats(f(b.slice(0, 0, 3, 2), 2.0)), (Floats{2, 6}));
  EXPECT_EQ(f.statistics().recordings, 5u);
  {
    NoGrad guard;
    f(a, 2.0);
  }
  EXPECT_EQ(f.statistics().recordings, 6u);
  EXPECT_EQ(floats(f(b, 2.0)), (Floats{2, 4, 6}));
  EXPECT_EQ(f.statistics().recordings, 6u);
}

TEST(Jit, TakesAndGivesStructures) {
  using Map = std::map<std::string, Tensor>;
  auto f = jit([](const Map& in, const std::vector<Tensor>& more, const std::optional<Tensor>& maybe) {
    Map out;
    for (auto& [name, x] : in) out[name] = x + more[0];
    return std::tuple(out, std::vector<Tensor>{more[0] * more[1], Tensor()}, maybe, 7);
  });
  const Tensor one = full({}, 1.0), two = full({}, 2.0), three = full({}, 3.0);
  for (int i = 0; i < 2; ++i) {
    auto [map, list, maybe, number] =
        f(Map{{"a", one}, {"b", two}}, std::vector{two, three}, std::optional(one));
    EXPECT_EQ(map["a"].item(), 3);
    EXPECT_EQ(map["b"].item(), 4);
    EXPECT_EQ(list[0].item(), 6);
    EXPECT_FALSE(list[1]);
    EXPECT_EQ(maybe->item(), 1);
    EXPECT_EQ(number, 7);
  }
  f(Map{{"a", one}, {"c", two}}, std::vector{two, three}, std::optional<Tensor>());
  EXPECT_EQ(f.statistics().recordings, 2u);
}

TEST(Jit, ResultsMayBeInputsViewsAndRepeats) {
  auto f = jit([](const Tensor& x) {
    const Tensor y = x + 1;
    return std::vector{x, y, y, transpose(y), y.slice(0, 1, 2), tensor({5.0, 6.0})};
  });
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  f(x);
  const Tensor z = x * 10;
  const auto r = f(z);
  EXPECT_TRUE(r[0].same(z));
  EXPECT_EQ(floats(r[1]), (Floats{11, 21, 31, 41}));
  EXPECT_EQ(floats(r[2]), (Floats{11, 21, 31, 41}));
  EXPECT_EQ(floats(r[3]), (Floats{11, 31, 21, 41}));
  EXPECT_EQ(floats(r[4]), (Floats{31, 41}));
  EXPECT_EQ(floats(r[5]), (Floats{5, 6}));
}

TEST(Jit, ResultsOfEarlierCallsStay) {
  auto f = jit([](const Tensor& x) { return x * x; });
  const Tensor a = f(full({3}, 2.0)), b = f(full({3}, 3.0)), c = f(full({3}, 4.0));
  EXPECT_EQ(floats(a), (Floats{4, 4, 4}));
  EXPECT_EQ(floats(b), (Floats{9, 9, 9}));
  EXPECT_EQ(floats(c), (Floats{16, 16, 16}));
}

TEST(Jit, EmptyTensorsAndFunctionsThatLaunchNothing) {
  auto f = jit([](const Tensor& x) { return sum(x * 2); });
  EXPECT_EQ(f(zeros({0, 3})).item(), 0);
  EXPECT_EQ(f(zeros({0, 3})).item(), 0);
  auto g = jit([](const Tensor& x) { return x; });
  EXPECT_EQ(g(full({}, 1.0)).item(), 1);
  EXPECT_EQ(g(full({}, 2.0)).item(), 2);
  auto nothing = jit([] {});
  nothing();
  nothing();
  EXPECT_EQ(nothing.statistics().replays, 1u);
}

// ---- state -----------------------------------------------------------------------------------------------

std::shared_ptr<Cell> cell_of(const Tensor& x) {
  auto cell = std::make_shared<Cell>();
  set(cell, x);
  return cell;
}

TEST(Jit, VariablesMoveOn) {
  const auto count = cell_of(zeros({}));
  auto f = jit([&](const Tensor& by) {
    set(count, get(count) + by);
    return get(count) * 10;
  });
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(f(full({}, 1.0)).item(), 10 * i);
  EXPECT_EQ(get(count).item(), 4);
  set(count, full({}, 100.0));  // assigned outside
  EXPECT_EQ(f(full({}, 2.0)).item(), 1020);
  EXPECT_EQ(f.statistics().recordings, 1u);
}

TEST(Jit, ValuesOfEarlierStepsStay) {
  const auto state = cell_of(zeros({1000}));
  auto f = jit([&] { set(state, get(state) + 1); });
  std::vector<Tensor> seen;
  for (int i = 0; i < 5; ++i) {
    f();
    seen.push_back(get(state));
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(floats(seen[static_cast<std::size_t>(i)]), Floats(1000, i + 1.f));
  seen.clear();
  f();
  const std::byte* at = get(state).view().data;
  f();
  EXPECT_EQ(get(state).view().data, at);  // nobody else held it: written in place
}

TEST(Jit, RandomKeysAdvance) {
  const auto eager = cell_of(random::key(7)), captured = cell_of(random::key(7));
  const auto draw = [](const std::shared_ptr<Cell>& key) {
    const std::vector<Tensor> keys = random::split(get(key));
    set(key, keys[0]);
    return random::normal(keys[1], {5});
  };
  auto f = jit([&] { return draw(captured); });
  Floats last;
  for (int i = 0; i < 4; ++i) {
    const Floats values = floats(f());
    EXPECT_EQ(values, floats(draw(eager)));
    EXPECT_NE(values, last);
    last = values;
  }
}

TEST(Jit, LocalVariablesAreNoState) {
  auto f = jit([](const Tensor& x) {
    const auto local = cell_of(x);
    set(local, get(local) * 3);
    return get(local);
  });
  f(full({}, 1.0));
  EXPECT_EQ(f(full({}, 2.0)).item(), 6);
  EXPECT_TRUE(f.program().states.empty());
}

TEST(Jit, AVariableThatIsFirstAssignedInside) {
  const auto slot = std::make_shared<Cell>();
  auto f = jit([&](const Tensor& x) { set(slot, get(slot) ? get(slot) + x : x * 1); });
  f(full({}, 1.0));
  EXPECT_EQ(get(slot).item(), 1);
  f(full({}, 2.0));
  f(full({}, 3.0));
  EXPECT_EQ(get(slot).item(), 6);
  EXPECT_EQ(f.statistics().recordings, 2u);
}

// ---- nesting and switching off ---------------------------------------------------------------------------
TEST(Jit, InsideOfAnotherItIsPartOfIt) {
  auto inner = jit([](const Tensor& x) { return x + 1; });
  auto outer = jit([&](const Tensor& x) { return inner(inner(x)) * 2; });
  outer(full({}, 1.0));
  EXPECT_EQ(outer(full({}, 2.0)).item(), 8);
  EXPECT_EQ(inner.statistics().recordings, 0u);
  EXPECT_EQ(inner.statistics().eager, 2u);
}

TEST(Jit, CanBeDisabled) {
  int calls = 0;
  auto f = jit([&](const Tensor& x) {
    ++calls;
    return x.item() > 0 ? x : -x;
  });
  DisableJit guard;
  EXPECT_EQ(f(full({}, -2.0)).item(), 2);
  EXPECT_EQ(disable_jit([&] { return f(full({}, 3.0)); }).item(), 3);
  EXPECT_EQ(calls, 2);
}

TEST(Jit, SeveralCallsInOneProgram) {
  const auto state = cell_of(zeros({}));
  auto f = jit([&](const Tensor& by) {
    set(state, get(state) + by);
    return get(state);
  });
  auto ten = f.repeat(10);
  EXPECT_EQ(ten(full({}, 1.0)).item(), 10);
  EXPECT_EQ(ten(full({}, 2.0)).item(), 30);
  EXPECT_EQ(ten.recorded().steps.size(), 10u);
}

// ---- the cache -------------------------------------------------------------------------------------------

TEST(Jit, TheCacheHasALimit) {
  auto f = jit([](const Tensor& x) { return x + 1; }, {.cache_limit = 2});
  for (int round = 0; round < 2; ++round)
    for (int n = 1; n <= 3; ++n) f(zeros({n}));
  EXPECT_EQ(f.programs(), 2u);
  EXPECT_EQ(f.statistics().evictions, 4u);
  f.clear();
  EXPECT_EQ(f.programs(), 0u);
  EXPECT_EQ(error_text([&] { static_cast<void>(f.program()); }),
            "[jit] there is no program yet: it is recorded by the function's first call.");
}

// ---- errors ----------------------------------------------------------------------------------------------

TEST(JitErrors, ReadingAValueInside) {
  const auto text = [](auto read) {
    return error_text([&] { jit([&](const Tensor& x) { return read(relu(x)), x; })(full({}, 1.0)); });
  };
  const std::string why =
      " the value of float32[] (from relu) is not known while a jitted function is recorded. Return it and "
      "read it "
      "outside, keep it in a Variable, choose by where() instead of if, or run op by op under DisableJit.";
  EXPECT_EQ(text([](const Tensor& x) { return x.item(); }), "[item]" + why);
  EXPECT_EQ(text([](const Tensor& x) { return x.to_vector<float>(); }), "[to_vector]" + why);
  EXPECT_EQ(text([](const Tensor& x) { return str(x); }), "[print]" + why);
  EXPECT_EQ(context.recorder, nullptr);
}

TEST(JitErrors, ConstantsMayBeRead) {
  const Tensor c = full({}, 3.0);
  auto f = jit([&](const Tensor& x) { return x * c.item(); });
  f(full({}, 1.0));
  EXPECT_EQ(f(full({}, 2.0)).item(), 6);
}

TEST(JitErrors, AVariableThatChangesItsShape) {
  const auto cell = cell_of(zeros({3}));
  auto f = jit([&] { set(cell, zeros({4})); });
  EXPECT_EQ(error_text([&] { f(); }),
            "[jit] the function changes a variable from float32[3] to float32[4], so that every call would "
            "be recorded "
            "anew. Keep its shape and dtype, or assign it outside.");
  EXPECT_EQ(get(cell).shape(), Shape{3});
}

TEST(JitErrors, AnExceptionLeavesTheStateAsItWas) {
  const auto cell = cell_of(full({}, 5.0));
  auto f = jit([&](const Tensor& x) {
    set(cell, get(cell) + x);
    fail("step", "planted.");
    return x;
  });
  EXPECT_EQ(error_text([&] { f(full({}, 1.0)); }), "[step] planted.");
  EXPECT_EQ(get(cell).item(), 5);
  EXPECT_EQ(f.programs(), 0u);
}

TEST(JitErrors, AValueThatIsHeldOutside) {
  Tensor leak;
  auto f = jit([&](const Tensor& x) {
    leak = x * 2;
    return x + 1;
  });
  EXPECT_EQ(error_text([&] { f(full({}, 1.0)); }),
            "[jit] a value made inside (by multiply) is still held outside after the call, where later calls "
            "would not "
            "renew it. Return it, or keep it in a Variable.");
  auto argument = jit([&](const Tensor& x) {
    leak = x;
    return x + 1;
  });
  EXPECT_NE(error_text([&] { argument(full({}, 1.0)); }).find("(by an argument)"), std::string::npos);
}

TEST(JitErrors, AnotherDeviceInside) {
  if (default_device() == cpu()) GTEST_SKIP() << "there is no other device";
  auto f = jit([](const Tensor& x) { return relu(x).to(cpu()); });
  EXPECT_EQ(error_text([&] { f(full({}, 1.0)); }),
            "[to] float32[] (from relu) cannot change its device inside a jitted function: a program runs on "
            "one device. "
            "Move it before the call.");
  auto g = jit([](const Tensor& x) { return x + 1; });
  g(full({}, 1.0));
  EXPECT_EQ(g(full({}, 2.0).to(cpu())).device(), cpu());
  EXPECT_EQ(g.statistics().recordings, 2u);
}

TEST(JitErrors, AVariableThatIsGone) {
  auto cell = cell_of(full({}, 5.0));
  Cell* raw = cell.get();
  auto f = jit([&] {
    std::shared_ptr<Cell> here(std::shared_ptr<Cell>(), raw);
    return get(cell) + 1;
  });
  f();
  cell = nullptr;
  EXPECT_EQ(error_text([&] { f(); }),
            "[jit] a variable that the function has used is gone: keep the model that it belongs to, or pass "
            "it as an "
            "argument.");
}

TEST(JitErrors, ACheckThatFailsInAReplay) {
  const auto cell = cell_of(zeros({}));
  auto f = jit([&](const Tensor& x, const Tensor& i) {
    set(cell, get(cell) + 1);
    return take(x, i);
  });
  const Tensor x = from_vector<float>({1, 2, 3});
  f(x, full({}, 1));
  if (default_device() != cpu()) GTEST_SKIP() << "there the next synchronisation reports it";
  EXPECT_NE(error_text([&] { f(x, full({}, 9)); }).find("[take]"), std::string::npos);
  EXPECT_EQ(get(cell).item(), 1);
  EXPECT_EQ(f(x, full({}, 2)).item(), 3);
  EXPECT_EQ(get(cell).item(), 2);
}

}  // namespace
}  // namespace ramie
