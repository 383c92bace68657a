#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>

#include <ramie/tensor/drawing.h>
#include <support/error.h>

namespace ramie::detail {
namespace {

// Boxes of several sizes in random layers, and edges from one to a later one.
Drawing random_drawing(unsigned seed, bool downwards) {
  std::mt19937 g(seed);
  Drawing d;
  d.downwards = downwards;
  for (int i = 0; i < 30; ++i)
    d.boxes.push_back({.width = 20.0 + g() % 100, .height = 10.0 + g() % 50, .layer = i / 5});
  for (std::size_t to = 5; to < 30; ++to)
    for (int k = 0; k < 2; ++k) d.edges.push_back({g() % (to / 5 * 5), to});
  d.place();
  return d;
}

double left(const Drawing::Box& b) { return b.x - b.width / 2; }
double top(const Drawing::Box& b) { return b.y - b.height / 2; }

TEST(Drawing, BoxesKeepTheirDistance) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Drawing d = random_drawing(seed, seed % 2);
    for (auto& a : d.boxes) {
      EXPECT_GE(left(a), -1e-9);
      EXPECT_GE(top(a), -1e-9);
      EXPECT_LE(left(a) + a.width, d.width + 1e-9);
      EXPECT_LE(top(a) + a.height, d.height + 1e-9);
      for (auto& b : d.boxes)
        EXPECT_TRUE(&a == &b || left(a) + a.width <= left(b) + 1e-9 || left(b) + b.width <= left(a) + 1e-9 ||
                    top(a) + a.height <= top(b) + 1e-9 || top(b) + b.height <= top(a) + 1e-9);
    }
  }
}

TEST(Drawing, BeginsAtZero) {
  Drawing d;
  d.downwards = true;
  for (int layer : {0, 1, 2, 0, 1, 3, 0, 1, 4})
    d.boxes.push_back({.width = 100, .height = 20, .layer = layer});
  d.edges = {{0, 1}, {1, 2}, {3, 4}, {2, 5}, {4, 5}, {6, 7}, {5, 8}, {7, 8}};
  d.place();
  double least = d.width;
  for (auto& b : d.boxes) least = std::min(least, left(b));
  EXPECT_NEAR(least, 0, 1e-9);
}

TEST(Drawing, LayersFollowEachOther) {
  for (bool downwards : {false, true}) {
    const Drawing d = random_drawing(3, downwards);
    for (auto& e : d.edges) {
      const auto &a = d.boxes[e.from], &b = d.boxes[e.to];
      if (downwards)
        EXPECT_LE(a.y + a.height / 2 + d.layer_gap, b.y - b.height / 2 + 1e-9);
      else
        EXPECT_LE(a.x + a.width / 2 + d.layer_gap, b.x - b.width / 2 + 1e-9);
      EXPECT_EQ(e.path[0], 'M');
      EXPECT_EQ(e.path.find("nan"), e.path.npos);
    }
  }
}

TEST(Drawing, AChainIsALine) {
  Drawing d;
  for (int i = 0; i < 4; ++i) d.boxes.push_back({.width = 40, .height = 20.0 + i, .layer = i});
  d.edges = {{0, 1}, {1, 2}, {2, 3}};
  d.place();
  for (auto& b : d.boxes) EXPECT_NEAR(b.y, d.boxes[0].y, 1e-9);
  EXPECT_EQ(d.edges[0].path, "M40.0 11.5C57.0 11.5 57.0 11.5 74.0 11.5");
}

TEST(Drawing, CrossedPairsAreUncrossed) {
  Drawing d;
  for (int i = 0; i < 4; ++i) d.boxes.push_back({.width = 40, .height = 20, .layer = i / 2});
  d.edges = {{0, 3}, {1, 2}};
  d.place();
  EXPECT_EQ(d.boxes[0].y < d.boxes[1].y, d.boxes[3].y < d.boxes[2].y);
}

TEST(Drawing, LongChainsWithShortcutsStaySmall) {
  Drawing d;
  for (int i = 0; i < 2000; ++i) d.boxes.push_back({.width = 40, .height = 20, .layer = i});
  for (std::size_t i = 1; i < 2000; ++i) {
    d.edges.push_back({i - 1, i});
    if (i > 1) d.edges.push_back({0, i});
  }
  d.place();
  EXPECT_LT(d.edges.back().path.size(), 200u);
  EXPECT_LT(d.height, 5000);
}

TEST(Drawing, OfNothing) {
  Drawing d;
  d.place();
  EXPECT_EQ(d.width, 0);
}

TEST(Drawing, EscapedText) { EXPECT_EQ(escaped("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;"); }

TEST(Drawing, Files) {
  const std::string path = testing::TempDir() + "drawing.txt";
  write_file("draw", path, "text");
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "text");
  std::remove(path.c_str());
  EXPECT_EQ(error_text([] { write_file("draw", "/no/folder/x.svg", ""); }),
            "[draw] cannot write /no/folder/x.svg.");
}

}  // namespace
}  // namespace ramie::detail
