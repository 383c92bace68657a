#include <ramie/tensor/program/compiled.h>

#include <array>
#include <atomic>
#include <thread>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

using Floats = std::vector<float>;
using Cells = std::vector<std::shared_ptr<Cell>>;

std::vector<Cell*> raw(const Cells& cells) {
  std::vector<Cell*> out;
  for (auto& c : cells) out.push_back(c.get());
  return out;
}
// count += by; gives count * 10. The cell is an argument's.
Program counting(const Cells& cells) {
  Capture capture(cells);
  {
    const Tensor by = capture.argument(full({}, 1.0));
    set(cells[0], get(cells[0]) + by);
    capture.result(get(cells[0]) * 10);
  }
  return capture.finish();
}
Tensor call(Compiled& c, const Tensor& x, const Cells& cells) {
  const Tensor* argument = &x;
  Tensor result;
  c.run({&argument, 1}, raw(cells), {&result, 1});
  return result;
}

TEST(Compiled, KeepsTheProgramBeforeAndAfterThePasses) {
  const Compiled c(record([](const List& x) { return List{exp(x[0]) + exp(x[0])}; }, {halves({2})}),
                   all_passes());
  EXPECT_EQ(c.recorded().steps.size(), 3u);
  EXPECT_LT(c.program().steps.size(), 3u);
  EXPECT_EQ(c.results(), 1u);
}

TEST(Compiled, RunsOnTheCellsOfTheCall) {
  const Cells first{cell_of(zeros({}))}, second{cell_of(full({}, 100.0))};
  Compiled c(counting(first), all_passes());
  EXPECT_EQ(call(c, full({}, 1.0), first).item(), 20);
  EXPECT_EQ(call(c, full({}, 5.0), second).item(), 1050);
  EXPECT_EQ(get(first[0]).item(), 2);
}

TEST(Compiled, AcceptsTheLayoutsOfItsRecording) {
  const Cells cells{cell_of(zeros({}))};
  const Compiled c(counting(cells), all_passes());
  const auto accepts = [&](const Tensor& x) { return c.accepts(raw({cell_of(x)})); };
  EXPECT_TRUE(accepts(full({}, 3.0)));
  EXPECT_FALSE(accepts(full({1}, 3.0)));
  EXPECT_FALSE(accepts(full({}, 3.0, float64)));
  EXPECT_FALSE(accepts(Tensor()));
}

TEST(Compiled, AVariableOfItsOwnMayBeGone) {
  auto cell = cell_of(zeros({}));
  const Compiled c(record([&](const List&) { return List{get(cell) + 1}; }, {}), all_passes());
  EXPECT_TRUE(c.accepts({}));
  cell.reset();
  EXPECT_EQ(error_text([&] {
              static_cast<void>(c.accepts({}));
            }).find("[jit] a variable that the function has used is gone"),
            0u);
}

TEST(Compiled, ThreadsRunItAtOneTimeOnTheirOwnCells) {
  const Cells cells{cell_of(zeros({}))};
  Compiled c(counting(cells), all_passes());
  std::array<double, 4> last{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const DeviceScope on(default_device());
      const Cells own{cell_of(zeros({}))};
      for (int i = 0; i < 100; ++i) last[t] = call(c, full({}, 1.0 + static_cast<double>(t)), own).item();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(last, (std::array<double, 4>{1000, 2000, 3000, 4000}));
}

TEST(Compiled, TwoThreadsMayNotChangeTheSameVariable) {
  if (default_device() != cpu()) GTEST_SKIP() << "there a run is over before it has begun";
  const Cells cells{cell_of(zeros({300, 300}))};
  Capture capture(cells);
  {
    Tensor y = get(cells[0]) + capture.argument(full({}, 1.0));
    for (int i = 0; i < 20; ++i) y = matmul(y, y) * 1e-3;
    set(cells[0], y);
    capture.result(get(cells[0]) * 1);
  }
  Compiled c(capture.finish(), all_passes());
  std::atomic<int> refused = 0;
  const auto work = [&] {
    for (int i = 0; i < 200 && refused == 0; ++i)
      if (error_text([&] {
            call(c, full({}, 1.0), cells);
          }).find("another thread is running this function") != std::string::npos)
        ++refused;
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_GT(refused, 0);
}

// ---- the cache -------------------------------------------------------------------------------------------

Key key_of(int i) {
  Key k;
  k.add(i);
  return k;
}
Program doubled() {
  return record([](const List& x) { return List{x[0] * 2}; }, {halves({2})});
}

TEST(JitCache, FindsByKey) {
  JitCache cache(all_passes(), 8);
  EXPECT_EQ(cache.find(key_of(1), {}), nullptr);
  cache.add(key_of(1), {}, doubled(), std::make_shared<int>(7));
  cache.add(key_of(2), {}, doubled(), nullptr);
  const auto found = cache.find(key_of(1), {});
  ASSERT_TRUE(found);
  EXPECT_EQ(*static_cast<const int*>(found->skeleton.get()), 7);
  EXPECT_EQ(cache.find(key_of(3), {}), nullptr);
  EXPECT_EQ(cache.statistics().recordings, 2u);
  EXPECT_EQ(cache.statistics().replays, 1u);
  EXPECT_EQ(cache.latest(), found->compiled);
}

TEST(JitCache, DropsWhatWasNotUsedForTheLongestTime) {
  JitCache cache(all_passes(), 2);
  cache.add(key_of(1), {}, doubled(), nullptr);
  cache.add(key_of(2), {}, doubled(), nullptr);
  EXPECT_TRUE(cache.find(key_of(1), {}));
  cache.add(key_of(3), {}, doubled(), nullptr);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.statistics().evictions, 1u);
  EXPECT_TRUE(cache.find(key_of(1), {}));
  EXPECT_FALSE(cache.find(key_of(2), {}));
  cache.clear();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_FALSE(cache.find(key_of(1), {}));
}

TEST(JitCache, CallsThatAreNotReplayed) {
  JitCache cache(all_passes(), 2);
  cache.add(key_of(1), {}, {}, nullptr);
  const auto found = cache.find(key_of(1), {});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->compiled);
  EXPECT_EQ(cache.statistics().eager, 2u);
}

TEST(JitCache, CellsAreTiedAsTheyWere) {
  const Cells two{cell_of(zeros({})), cell_of(zeros({}))}, same{two[0], two[0]},
      others{cell_of(zeros({})), cell_of(zeros({}))};
  JitCache cache(all_passes(), 8);
  Capture capture(two);
  static_cast<void>(get(two[1]));
  cache.add(key_of(1), raw(two), capture.finish(), nullptr);
  EXPECT_TRUE(cache.find(key_of(1), raw(two)));
  EXPECT_TRUE(cache.find(key_of(1), raw(others)));
  EXPECT_FALSE(cache.find(key_of(1), raw(same)));
}

}  // namespace
}  // namespace ramie
