#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include <ramie/tensor/counted.h>

namespace ramie {
namespace {

struct Thing : Counted {
  explicit Thing(int* deaths) : deaths(deaths) {}
  void destroy() {
    ++*deaths;
    delete this;
  }
  int* deaths;
};
struct Derived : Thing {
  using Thing::Thing;
};

TEST(Ref, TheLastHandleDestroys) {
  int deaths = 0;
  Ref<Thing> a(new Thing(&deaths));
  EXPECT_TRUE(a->unique());
  Ref<Thing> b = a;
  EXPECT_FALSE(a->unique());
  a = Ref<Thing>();
  EXPECT_EQ(deaths, 0);
  EXPECT_TRUE(b->unique());
  b = Ref<Thing>();
  EXPECT_EQ(deaths, 1);
}

TEST(Ref, MovesWithoutCounting) {
  int deaths = 0;
  Ref<Derived> a(new Derived(&deaths));
  Ref<Thing> b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_TRUE(b->unique());
  Ref<Thing>& same = b;
  b = same;  // to itself
  EXPECT_EQ(deaths, 0);
  EXPECT_TRUE(b->unique());
}

TEST(Ref, LeakAndShare) {
  int deaths = 0;
  Ref<Thing> a(new Thing(&deaths));
  Thing* raw = a.leak();
  EXPECT_FALSE(a);
  a = Ref<Thing>(raw);
  { const Ref<Thing> b = Ref<Thing>::share(raw); }
  EXPECT_EQ(deaths, 0);
  EXPECT_FALSE(Ref<Thing>::share(nullptr));
}

TEST(Ref, IsCountedAcrossThreads) {
  int deaths = 0;
  Ref<Thing> a(new Thing(&deaths));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([mine = a] {
      for (int i = 0; i < 10000; ++i) const Ref<Thing> copy = mine;
    });
  }
  a = Ref<Thing>();
  for (auto& t : threads) t.join();
  threads.clear();
  EXPECT_EQ(deaths, 1);
}

}  // namespace
}  // namespace ramie
