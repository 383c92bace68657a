#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

TEST(Arena, PlacesAreReused) {
  const List x{halves({64, 64})};
  const auto f = [](const List& x) {
    Tensor y = x[0];
    for (int i = 0; i < 20; ++i) y = sin(y) * x[0];
    return List{sum(y)};
  };
  const Program p = record(f, x), q = after(p, passes::arena);
  ASSERT_TRUE(q.memory);
  EXPECT_FALSE(p.memory);
  EXPECT_LE(q.memory->arena, 3u * 64 * 64 * sizeof(float));
  EXPECT_EQ(steps(q), steps(p));
  expect_same_results(q, p, x);
}

TEST(Arena, WithScratchAndSeveralRuns) {
  const List x{halves({40, 40})};
  const Program p = record(
      [](const List& x) {
        return List{matmul(exp(x[0] * 0.001), x[0]), sum(x[0], {0})};
      },
      x);
  const Program q = after(p, passes::arena);
  Executable ready(std::make_shared<const Program>(q));
  const List expected = run(p, x);
  for (int i = 0; i < 3; ++i) {
    List found(2);
    const Tensor* argument = &x[0];
    ready.run({&argument, 1}, {}, found);
    for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(difference(found[k], expected[k]), "");
  }
}

TEST(Arena, NothingToPlace) {
  const Program q =
      after(record([](const List& x) { return List{exp(x[0])}; }, {halves({3})}), passes::arena);
  ASSERT_TRUE(q.memory);
  EXPECT_EQ(q.memory->arena, 0u);
  EXPECT_EQ(run(q, {full({3}, 0.0)})[0].to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

}  // namespace
}  // namespace ramie
