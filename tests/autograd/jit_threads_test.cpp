// One jitted function on several threads.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <thread>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <support/error.h>

namespace ramie {
namespace {

std::shared_ptr<Cell> cell_of(const Tensor& x) {
  auto cell = std::make_shared<Cell>();
  set(cell, x);
  return cell;
}

TEST(JitThreads, ReplayOneProgramAtATime) {
  auto f = jit([](const Tensor& x) { return sum(matmul(x, x)); });
  const auto input = [](int i) { return full({20, 20}, 1.0 + i); };
  f(input(0));
  std::vector<std::thread> threads;
  std::array<bool, 4> right{};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      right[static_cast<std::size_t>(t)] = true;
      for (int i = 0; i < 50; ++i)
        if (f(input(t)).item() != 8000.0 * (1 + t) * (1 + t)) right[static_cast<std::size_t>(t)] = false;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(right, (std::array<bool, 4>{true, true, true, true}));
}

struct Meeting {  // runs what the test says, in the middle of a replay
  static constexpr const char* name = "meeting";
  static inline std::function<void()> then = [] {};
  Layout outputs(const Layout& x) const { return x; }
  void run(Cpu, View y, View x) const noexcept {
    std::exchange(then, [] {})();
    std::memcpy(y.data, x.data, x.layout->bytes());
  }
};

TEST(JitThreads, MayNotChangeTheSameVariables) {
  if (default_device() != cpu()) GTEST_SKIP() << "the kernel of this test runs on the CPU";
  const auto cell = cell_of(full({}, 1.0));
  auto f = jit([&] { set(cell, launch(Meeting{}, get(cell) + 1)); });
  f();
  std::string text;
  Meeting::then = [&] { std::thread([&] { text = error_text([&] { f(); }); }).join(); };
  f();
  EXPECT_EQ(text,
            "[jit] another thread is running this function on the same variables, which it changes: let one "
            "thread train "
            "a model, or give each its own (nn::clone).");
  EXPECT_EQ(get(cell).item(), 3);
}

TEST(JitThreads, AnotherThreadsValuesStayMeanwhile) {
  const auto cell = cell_of(full({}, 1.0));
  double seen = 0;
  auto f = jit([&] {
    set(cell, get(cell) + 1);
    std::thread([&] { seen = get(cell).item(); }).join();
    return get(cell);
  });
  EXPECT_EQ(f().item(), 2);
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace ramie
