#include <gtest/gtest.h>

#include <ramie/tensor/layout.h>
#include <support/error.h>

namespace ramie {
namespace {

TEST(Shape, IsAListOfLengths) {
  Shape s = {8, 28, 28, 3};
  EXPECT_EQ(s.rank(), 4);
  EXPECT_EQ(s.size(), 18816);
  EXPECT_EQ(s[-1], 3);
  EXPECT_EQ(s[1], 28);
  EXPECT_EQ(s.back(), 3);
  EXPECT_EQ(str(s), "(8, 28, 28, 3)");
  EXPECT_EQ(s, Shape(std::vector<std::int64_t>{8, 28, 28, 3}));
  EXPECT_NE(s, Shape({8, 28, 28}));
  EXPECT_NE(s, Shape({8, 28, 28, 4}));
}

TEST(Shape, WithoutAxesHasOneElement) {
  const Shape s;
  EXPECT_TRUE(s.empty());
  EXPECT_EQ(s.size(), 1);
  EXPECT_EQ(str(s), "()");
  EXPECT_EQ(str(Shape{5}), "(5,)");
  EXPECT_EQ(Shape({3, 0, 2}).size(), 0);
}

TEST(Shape, GrowsAndShrinks) {
  Shape s = {2, 4};
  s.insert(1, 3);
  EXPECT_EQ(s, Shape({2, 3, 4}));
  s.insert(0, 1);
  s.push_back(5);
  EXPECT_EQ(s, Shape({1, 2, 3, 4, 5}));
  s.erase(0);
  s.erase(3);
  EXPECT_EQ(s, Shape({2, 3, 4}));
  s.erase(1);
  EXPECT_EQ(s, Shape({2, 4}));
}

TEST(Shape, HasAtMostEightAxes) {
  Shape s = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(error_text([&] { s.push_back(9); }), "[shape] 9 axes: a tensor has at most 8.");
  EXPECT_EQ(s.rank(), 8);
  EXPECT_EQ(error_text([] {
              Shape({1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
            }),
            "[shape] 10 axes: a tensor has at most 8.");
}

TEST(Layout, IsRowMajor) {
  const Layout l(float32, {2, 3, 4});
  EXPECT_EQ(l.strides, Shape({12, 4, 1}));
  EXPECT_EQ(l.size, 24);
  EXPECT_EQ(l.bytes(), 96u);
  EXPECT_TRUE(l.dense);
  EXPECT_EQ(str(l), "float32[2,3,4]");
  EXPECT_EQ(str(Layout(bool_, {})), "bool[]");
  EXPECT_EQ(Layout().size, 1);
  EXPECT_EQ(Layout(float64, {}).bytes(), 8u);
  EXPECT_EQ(Layout(int16, {0, 5}).bytes(), 0u);
}

TEST(Layout, FindsOutWhetherStridesAreDense) {
  EXPECT_TRUE(Layout(float32, {2, 3}, {3, 1}).dense);
  EXPECT_FALSE(Layout(float32, {2, 3}, {1, 2}).dense);        // transposed
  EXPECT_FALSE(Layout(float32, {2, 3}, {4, 1}).dense);        // with gaps
  EXPECT_FALSE(Layout(float32, {2, 3}, {0, 1}).dense);        // broadcast
  EXPECT_FALSE(Layout(float32, {3}, {-1}).dense);             // flipped
  EXPECT_TRUE(Layout(float32, {1, 3, 1}, {99, 1, 7}).dense);  // the stride of a single element means nothing
  EXPECT_TRUE(Layout(float32, {0, 3}, {5, 7}).dense);
}

TEST(Layout, ChangesOnePartAtATime) {
  const Layout l(float32, {2, 3}, {1, 2});
  EXPECT_EQ(l.compact().strides, Shape({3, 1}));
  EXPECT_EQ(l.as(int64).dtype, int64);
  EXPECT_EQ(l.as(Shape{6}).shape, Shape{6});
  EXPECT_TRUE(l.same(Layout(float32, {2, 3})));
  EXPECT_FALSE(l.same(Layout(float64, {2, 3})));
  EXPECT_FALSE(l.same(Layout(float32, {3, 2})));
}

TEST(Layout, RefusesImpossibleShapes) {
  EXPECT_EQ(error_text([] { Layout(float32, {3, -1}); }), "[shape] (3, -1) has a negative length.");
  const Shape huge = {std::int64_t{1} << 33, std::int64_t{1} << 33};
  const std::string text = "[shape] (8589934592, 8589934592) has more elements than 64 bits count.";
  EXPECT_EQ(error_text([&] { Layout(float32, huge); }), text);
  EXPECT_EQ(error_text([&] { Layout(float32, huge, {0, 0}); }), text);
}

TEST(Broadcast, IsNumpys) {
  EXPECT_EQ(broadcast("add", {2, 3}, {2, 3}), Shape({2, 3}));
  EXPECT_EQ(broadcast("add", {2, 3}, {3}), Shape({2, 3}));
  EXPECT_EQ(broadcast("add", {3}, {2, 1}), Shape({2, 3}));
  EXPECT_EQ(broadcast("add", {}, {4, 5}), Shape({4, 5}));
  EXPECT_EQ(broadcast("add", {8, 1, 6, 1}, {7, 1, 5}), Shape({8, 7, 6, 5}));
  EXPECT_EQ(broadcast("add", {0}, {1}), Shape({0}));
  EXPECT_EQ(broadcast("add", {2, 1}, {0}), Shape({2, 0}));
}

TEST(Broadcast, ErrorsNameOpShapesAndAxis) {
  EXPECT_EQ(error_text([] {
              broadcast("add", {2, 3}, {4, 3});
            }),
            "[add] shapes (2, 3) and (4, 3) do not broadcast: axis 2 from the right has lengths 2 and 4; "
            "they must be "
            "equal or 1.");
  EXPECT_EQ(error_text([] {
              broadcast("add", {5}, {2, 3});
            }),
            "[add] shapes (5,) and (2, 3) do not broadcast: axis 1 from the right has lengths 5 and 3; they "
            "must be "
            "equal or 1.");
  EXPECT_NE(error_text([] { broadcast("add", {0}, {2}); }), "no error");
}

TEST(Broadcast, LayoutHasStridesOfZero) {
  const Layout x(float32, {3, 1});
  const Layout y = broadcast_layout("op", x, {2, 3, 4});
  EXPECT_EQ(y.shape, Shape({2, 3, 4}));
  EXPECT_EQ(y.strides, Shape({0, 1, 0}));
  EXPECT_FALSE(y.dense);
  EXPECT_TRUE(broadcast_layout("op", Layout(float32, {3}), {3}).dense);
  EXPECT_EQ(broadcast_layout("op", Layout(float32, {}), {2}).strides, Shape({0}));
  EXPECT_EQ(error_text([&] {
              broadcast_layout("op", x, {3, 2, 4});
            }),
            "[op] float32[3,1] does not broadcast to (3, 2, 4).");
  EXPECT_EQ(error_text([&] { broadcast_layout("op", x, {3}); }),
            "[op] float32[3,1] does not broadcast to (3,).");
}

TEST(Axes, MayCountFromTheEnd) {
  EXPECT_EQ(normalize_axis("sum", 0, 3), 0);
  EXPECT_EQ(normalize_axis("sum", -1, 3), 2);
  EXPECT_EQ(normalize_axis("sum", -3, 3), 0);
  EXPECT_EQ(error_text([] { normalize_axis("sum", 3, 3); }), "[sum] axis 3 is out of range for 3 axes.");
  EXPECT_EQ(error_text([] { normalize_axis("sum", -4, 3); }), "[sum] axis -4 is out of range for 3 axes.");
  EXPECT_EQ(error_text([] { normalize_axis("sum", 0, 0); }), "[sum] axis 0 is out of range for 0 axes.");
}

TEST(Axes, AreSortedAndDistinct) {
  EXPECT_EQ(normalize_axes("sum", {-1, 0}, 3), Shape({0, 2}));
  EXPECT_EQ(normalize_axes("sum", {}, 3), Shape({0, 1, 2}));
  EXPECT_EQ(normalize_axes("sum", {}, 0), Shape());
  EXPECT_EQ(error_text([] { normalize_axes("sum", {1, -2}, 3); }), "[sum] axis -2 is given twice.");
  EXPECT_EQ(error_text([] { normalize_axes("sum", {0, 5}, 2); }), "[sum] axis 5 is out of range for 2 axes.");
}

}  // namespace
}  // namespace ramie
