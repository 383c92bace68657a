#include <ramie/tensor/cpu/loops.h>

#include <gtest/gtest.h>

#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie::kernels {
namespace {

// The offsets that a cursor passes from `begin` on, in pieces of at most `piece`.
std::vector<std::int64_t> offsets(const Layout& l, std::int64_t begin, std::int64_t piece) {
  std::vector<std::int64_t> out;
  Cursor c(l, begin);
  for (std::int64_t at = begin, n; at < l.size; at += n, c.advance(n)) {
    n = std::min({piece, l.size - at, c.run()});
    for (std::int64_t i = 0; i < n; ++i) out.push_back(c.offset() + i * c.step());
  }
  return out;
}

TEST(Loops, JoinsAxesThatLieAsOne) {
  const Axes dense(Layout(float32, {2, 3, 1, 4}));
  EXPECT_EQ(dense.rank, 1);
  EXPECT_EQ(dense.length[0], 24);
  const Axes rows(Layout(float32, {5, 2, 3}, {0, 3, 1}));  // a broadcast matrix
  EXPECT_EQ(rows.rank, 2);
  EXPECT_EQ(rows.length[1], 6);
  EXPECT_EQ(Axes(Layout(float32, {})).rank, 1);
  EXPECT_EQ(Axes(Layout(float32, {4, 5}, {0, 0})).rank, 1);
  EXPECT_EQ(Axes(Layout(float32, {4, 5}, {1, 4})).rank, 2);
  EXPECT_EQ(Axes(Layout(float32, {4, 5}, {-5, -1})).rank, 1);
}

TEST(Loops, CursorsPassEveryElementInOrder) {
  const Layout layouts[] = {Layout(float32, {2, 3, 4}),
                            Layout(float32, {2, 3, 4}, {1, 2, 6}),
                            Layout(float32, {3, 4}, {0, 1}),
                            Layout(float32, {3, 4}, {1, 0}),
                            Layout(float32, {2, 2, 2, 2}, {-8, 2, -1, 4}),
                            Layout(float32, {})};
  for (const Layout& l : layouts) {
    std::vector<std::int64_t> expected;
    for_each_offset(l, [&](std::int64_t at) { expected.push_back(at); });
    for (std::int64_t piece : {1, 2, 5, 100})
      for (std::int64_t begin = 0; begin < l.size; ++begin)
        EXPECT_EQ(offsets(l, begin, piece),
                  std::vector<std::int64_t>(expected.begin() + begin, expected.end()));
  }
}

TEST(Loops, SkipsAcrossRows) {
  const Layout l(float32, {3, 4}, {10, 1});
  Cursor c(l, 2);
  c.skip(7);
  EXPECT_EQ(c.offset(), 21);
  EXPECT_EQ(c.column(), 1);
}

}  // namespace
}  // namespace ramie::kernels
