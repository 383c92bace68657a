#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <thread>

#include <autograd/toys.h>
#include <support/sanitizers.h>

namespace ramie {
namespace {

constexpr int long_chain = address_sanitizer || thread_sanitizer ? 100000 : 1000000;

std::size_t in_use() { return memory_stats().in_use; }

Tensor chain(const Tensor& x, int n) {
  Tensor y = x;
  for (int i = 0; i < n; ++i) y = y + 1.0;
  return y;
}

// Runs f in a thread with a stack of 256 KiB, on which recursion down a long chain cannot fit.
void on_a_small_stack(std::function<void()> f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  const auto start = [](void* p) -> void* {
    (*static_cast<std::function<void()>*>(p))();
    return nullptr;
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, start, &f), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(NodeTime, IsLaterThanThatOfEveryInput) {
  const Tensor x = variable(1.0), y = chain(x, 50);
  std::uint64_t there = 0;
  std::thread([&] { there = node(y * 2.0)->time; }).join();  // that thread's own clock begins at 0
  EXPECT_GT(there, node(y)->time);
  EXPECT_GT(node(y)->time, node(x)->time);
}

TEST(NodeChain, OfAMillionOpsRunsBackward) {
  const Tensor x = variable(1.0);
  const std::size_t before = in_use();
  on_a_small_stack([&] { backward(chain(x, long_chain)); });
  EXPECT_EQ(x.grad().item(), 1);
  zero_grad(x);
  EXPECT_EQ(in_use(), before);
}

TEST(NodeChain, OfAMillionOpsIsFreedWithoutBackward) {
  const std::size_t before = in_use();
  on_a_small_stack([] { chain(variable(1.0), long_chain); });
  EXPECT_EQ(in_use(), before);
}

TEST(NodeChain, IsFreedThroughWhatRulesSaved) {
  const std::size_t before = in_use();
  on_a_small_stack([] {
    Tensor y = variable(1.0);
    for (int i = 0; i < long_chain / 10; ++i) y = toy::cube(y);
  });
  EXPECT_EQ(in_use(), before);
}

TEST(NodeChain, IsFreedOnAnotherThread) {
  const std::size_t before = in_use();
  Tensor y = chain(variable(1.0), long_chain / 10);
  on_a_small_stack([&] { y = Tensor(); });
  EXPECT_EQ(in_use(), before);
}

// Two branches on a common trunk, let go of at the same time.
TEST(NodeChain, MayBeFreedByTwoThreadsAtOnce) {
  const std::size_t before = in_use();
  for (int round = 0; round < 20; ++round) {
    Tensor trunk = chain(variable(1.0), 500);
    Tensor a = chain(trunk, 500), b = chain(trunk, 500);
    trunk = Tensor();
    std::thread first([a = std::move(a)]() mutable { a = Tensor(); });
    std::thread second([b = std::move(b)]() mutable { b = Tensor(); });
    first.join();
    second.join();
  }
  EXPECT_EQ(in_use(), before);
}

TEST(Node, UsedUpItLetsGo) {
  const Tensor x = variable(2.0), y = toy::cube(x);
  EXPECT_TRUE(node(y)->saved[0]);
  node(y)->use_up();
  EXPECT_FALSE(node(y)->saved[0]);
  EXPECT_FALSE(node(y)->edges[0]);
}

TEST(Grads, AreFewOrMany) {
  const Tensor a = full({}, 1.0), b = full({}, 2.0);
  Grads few{a, b};
  EXPECT_EQ(few.count, 2);
  EXPECT_TRUE(few[1].same(b));
  Grads many(std::vector<Tensor>{a, b, a, b, a, b});
  EXPECT_EQ(many.count, 6);
  EXPECT_TRUE(many[5].same(b));
  EXPECT_EQ(Grads{}.count, 0);
}

}  // namespace
}  // namespace ramie
