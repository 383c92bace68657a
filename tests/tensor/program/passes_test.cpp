#include <ramie/tensor/program/passes.h>

#include <ramie/autograd/ops/elementwise.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

Names names(const std::vector<Pass>& passes) {
  Names out;
  for (auto& p : passes) out.push_back(p.name);
  return out;
}

TEST(Passes, CanBeLeftOut) {
  const Names all = names(all_passes()), less = names(without("donation"));
  EXPECT_EQ(less.size() + 1, all.size());
  EXPECT_EQ(std::find(less.begin(), less.end(), "donation"), less.end());
  EXPECT_EQ(names(only("arena")), Names{"arena"});
  EXPECT_TRUE(without("arena", only("arena")).empty());
}

TEST(Passes, AreNamedInErrors) {
  const std::string text = error_text([] { without("magic"); });
  EXPECT_EQ(text.find("[passes] there is no pass 'magic'; there are: "), 0u) << text;
  EXPECT_NE(text.find("dead_code"), std::string::npos);
}

TEST(Passes, HaveADefault) {
  const std::vector<Pass> before = default_passes();
  set_default_passes(only("dead_code"));
  EXPECT_EQ(names(default_passes()), Names{"dead_code"});
  EXPECT_EQ(names(JitOptions().passes), Names{"dead_code"});
  set_default_passes(before);
}

TEST(Passes, RunInTheirOrder) {
  Program p = record([](const List& x) { return List{exp(x[0])}; }, {halves({2})});
  static Names order;
  order.clear();
  run_passes(p,
             {{"b", [](Program&) { order.push_back("b"); }}, {"a", [](Program&) { order.push_back("a"); }}});
  EXPECT_EQ(order, (Names{"b", "a"}));
}

}  // namespace
}  // namespace ramie
