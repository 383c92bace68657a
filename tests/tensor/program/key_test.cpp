#include <ramie/tensor/program/key.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include <ramie/tensor/create.h>

namespace ramie {
namespace {

template <class T>
Key key_of(const T& x) {
  Key k;
  k.add(x);
  return k;
}
template <class T>
void expect_different(const T& a, const T& b) {
  EXPECT_EQ(key_of(a), key_of(T(a)));
  EXPECT_FALSE(key_of(a) == key_of(b));
}

enum class Colour { red, green };
struct Nothing {};
struct Options {  // no words, but ==
  double rate = 0;
  bool operator==(const Options&) const = default;
};

TEST(Key, Numbers) {
  expect_different(1, 2);
  expect_different(0.1, 0.2);
  expect_different(0.0, -0.0);
  expect_different(1.f, 1.5f);
  expect_different(true, false);
  expect_different(Colour::red, Colour::green);
  expect_different<std::int64_t>(-1, 1);
  EXPECT_EQ(key_of(NAN), key_of(NAN));
}

TEST(Key, Texts) {
  expect_different<std::string>("ab", "ac");
  expect_different<std::string>("", std::string(1, '\0'));
  expect_different<std::string>("12345678", "123456789");
  Key a, b;
  a.text("ab"), a.text("c");
  b.text("a"), b.text("bc");
  EXPECT_FALSE(a == b);
}

TEST(Key, Structures) {
  using Lists = std::vector<std::vector<int>>;
  expect_different(Lists{{1}, {2, 3}}, Lists{{1, 2}, {3}});
  expect_different(Lists{{}, {1}}, Lists{{1}, {}});
  expect_different(std::pair(1, 2), std::pair(2, 1));
  expect_different(std::tuple(1, std::string("a")), std::tuple(1, std::string("b")));
  expect_different(std::optional<int>(), std::optional<int>(0));
  expect_different(std::variant<int, double>(1), std::variant<int, double>(1.0));
  expect_different(std::array{1, 2}, std::array{1, 3});
  expect_different(std::map<std::string, int>{{"a", 1}}, std::map<std::string, int>{{"b", 1}});
  EXPECT_EQ(key_of(Nothing{}), key_of(Nothing{}));
}

TEST(Key, ValuesThatAreNoWords) {
  expect_different(Options{0.1}, Options{0.2});
  expect_different(std::vector<Options>{{0.1}}, std::vector<Options>{{0.1}, {0.1}});
  Key number;
  number.add(0.1);
  EXPECT_FALSE(key_of(Options{0.1}) == number);
}

TEST(Key, LayoutsDevicesAndTypes) {
  const auto layout = [](const Layout& l) {
    Key k;
    k.layout(l);
    return k;
  };
  const Layout l(float32, {2, 3});
  EXPECT_EQ(layout(l), layout(Layout(float32, {2, 3})));
  for (auto& other : {Layout(float64, {2, 3}), Layout(float32, {3, 2}), Layout(float32, {2, 3, 1}),
                      Layout(float32, {2, 3}, {1, 2}), Layout(float32, {6})})
    EXPECT_FALSE(layout(l) == layout(other)) << str(other);
  Key here, there, type, other_type;
  here.device(cpu());
  there.device({DeviceKind::cuda, 0});
  EXPECT_FALSE(here == there);
  type.type(typeid(int));
  other_type.type(typeid(float));
  EXPECT_FALSE(type == other_type);
}

TEST(Key, IsEmptyAfterClear) {
  Key k = key_of(Options{1});
  k.add(3);
  k.clear();
  EXPECT_EQ(k, Key());
}

TEST(Key, KnowsWhatCanBePartOfIt) {
  struct NoComparison {
    int x;
  };
  EXPECT_TRUE(detail::is_keyed<int>());
  EXPECT_TRUE(detail::is_keyed<Options>());
  EXPECT_TRUE((detail::is_keyed<std::map<std::string, std::vector<double>>>()));
  EXPECT_FALSE(detail::is_keyed<Tensor>());
  EXPECT_FALSE(detail::is_keyed<std::vector<Tensor>>());
  EXPECT_FALSE(detail::is_keyed<NoComparison>());
  EXPECT_FALSE((detail::is_keyed<std::pair<int, NoComparison>>()));
}

}  // namespace
}  // namespace ramie
