#include <ramie/nn/visit.h>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <ramie/nn/module.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

// Writes down what it meets: "name:Kind", "name=setting", "name(Type" ... ")".
class Log final : public Visitor {
 public:
  void variable(std::string_view name, VariableBase&, const VariableKind& kind) override {
    text += std::string(name) + ':' + kind.name() + ' ';
  }
  void enter(std::string_view name, std::string_view type) override {
    text += std::string(name) + '(' + std::string(type) + ' ';
  }
  void leave() override { text += ") "; }
  void module(const std::type_info&, void*) override { ++modules; }
  void setting(std::string_view name, const std::string& value) override {
    text += std::string(name) + '=' + value + ' ';
  }
  bool wants_settings() const override { return true; }
  std::string text;
  int modules = 0;
};

template <class T>
std::string log_of(const T& node) {
  Log log;
  walk(log, "x", node);
  if (!log.text.empty()) log.text.pop_back();
  return log.text;
}

struct Leaf : Module<Leaf> {
  Param w;
  using fields = Fields<&Leaf::w>;
};
struct Tree : Module<Tree> {
  Leaf left, right;
  std::int64_t depth = 1;
  using fields = Fields<&Tree::left, &Tree::right, &Tree::depth>;
};
struct Custom {  // not a module: says itself what it holds
  Param hidden;
  void collect(Visitor& v, std::string_view name) {
    v.enter(name, "Custom");
    walk(v, "shown", hidden);
    v.leave();
  }
};

TEST(Walk, GoesThroughVariablesAndModules) {
  EXPECT_EQ(log_of(Param()), "x:Param");
  EXPECT_EQ(log_of(Tree()), "x(Tree left(Leaf w:Param ) right(Leaf w:Param ) depth=1 )");
  Log log;
  walk(log, "", Tree());
  EXPECT_EQ(log.modules, 3);
}

TEST(Walk, GoesThroughContainers) {
  EXPECT_EQ(log_of(std::vector<Leaf>(2)), "x( 0(Leaf w:Param ) 1(Leaf w:Param ) )");
  EXPECT_EQ(log_of(std::array<Param, 2>()), "x( 0:Param 1:Param )");
  EXPECT_EQ(log_of(std::map<std::string, Param>{{"b", {}}, {"a", {}}}), "x( a:Param b:Param )");
  EXPECT_EQ(log_of(std::map<int, BatchStat>{{7, {}}}), "x( 7:BatchStat )");
  EXPECT_EQ(log_of(std::tuple<Param, double, BatchStat>(Param(), 1.5, BatchStat())),
            "x( 0:Param 1=1.5 2:BatchStat )");
  EXPECT_EQ(log_of(std::pair<int, Param>()), "x( 0=0 1:Param )");
  EXPECT_EQ(log_of(std::vector<std::vector<Param>>{{{}, {}}, {}}), "x( 0( 0:Param 1:Param ) 1( ) )");
  EXPECT_EQ(log_of(std::vector<Param>()), "x( )");
}

TEST(Walk, GoesThroughOptionalsAndVariants) {
  EXPECT_EQ(log_of(std::optional<Param>(Param())), "x:Param");
  EXPECT_EQ(log_of(std::optional<Param>()), "x=none");
  EXPECT_EQ(log_of(std::variant<Leaf, Param>()), "x(Leaf w:Param )");
  EXPECT_EQ(log_of(std::variant<Leaf, Param>(Param())), "x:Param");
}

TEST(Walk, AsksTypesThatCollectThemselves) { EXPECT_EQ(log_of(Custom()), "x(Custom shown:Param )"); }

TEST(Walk, FindsTheVariablesThemselves) {
  std::vector<Leaf> leaves(2);
  detail::Collector c;
  walk(c, "net", leaves);
  ASSERT_EQ(c.found.size(), 2u);
  EXPECT_EQ(c.found[1].path, "net.1.w");
  EXPECT_EQ(c.found[1].variable, &leaves[1].w);
}

TEST(Walk, ShowsSettings) {
  EXPECT_EQ(log_of(true), "x=true");
  EXPECT_EQ(log_of(3), "x=3");
  EXPECT_EQ(log_of(std::size_t{3}), "x=3");
  EXPECT_EQ(log_of(0.025), "x=0.025");
  EXPECT_EQ(log_of(0.1f), "x=0.1");
  EXPECT_EQ(log_of(std::string("tag")), "x='tag'");
  EXPECT_EQ(log_of(bfloat16), "x=bfloat16");
  EXPECT_EQ(log_of(std::array<std::int64_t, 2>{3, 5}), "x=(3, 5)");
  EXPECT_EQ(log_of(Padding::same()), "x=SAME");
  EXPECT_EQ(log_of(Padding::valid()), "x=VALID");
  EXPECT_EQ(log_of(Padding::given({1, 2}, {3, 4})), "x=((1, 2), (3, 4))");
}

// A pointer or a function would convert to bool; it has no text.
TEST(Walk, PassesOverWhatHasNoText) {
  EXPECT_EQ(log_of([] { return 1; }), "");
  const int number = 1;
  EXPECT_EQ(log_of(&number), "");
}

}  // namespace
}  // namespace ramie::nn
