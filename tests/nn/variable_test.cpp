#include <ramie/nn/variable.h>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/state.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

struct LoraKind : ParamKind {
  const char* name() const override { return "LoRA"; }
};
using Lora = Variable<LoraKind>;

TEST(Variable, CopiesReferToTheSameState) {
  Param a(zeros({2}));
  Param b = a;
  b = ones({2});
  EXPECT_EQ(a.value().to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_EQ(a.cell(), b.cell());
}

TEST(Variable, AValueIsIndependentOfLaterStores) {
  Param a(zeros({2}));
  const Tensor before = a;
  a = ones({2});
  EXPECT_EQ(before.to_vector<float>(), (std::vector<float>{0, 0}));
}

TEST(Variable, StoresWithoutTheGraph) {
  const Tensor x = variable(tensor({1.0, 2.0}));
  Param a(x * 2);
  EXPECT_EQ(a.value().graph(), nullptr);
  a = x * 3;
  EXPECT_EQ(a.value().graph(), nullptr);
  EXPECT_EQ(a.value().to_vector<float>(), (std::vector<float>{3, 6}));
}

TEST(Variable, OpsTakeVariables) {
  const Param a(tensor({-1.0, 2.0})), b(tensor({3.0, 4.0}));
  expect_near(relu(a), {0, 2}, {2});
  expect_near(a + b, {2, 6}, {2});
  expect_near(2 * a - 1, {-3, 3}, {2});
  expect_near(b / a.value(), {-3, 2}, {2});
  expect_near(-a, {1, -2}, {2});
  expect_near(sum(a), {1}, {});
}

TEST(Variable, TellsShapeAndDtype) {
  const Param a(zeros({2, 3}, float64));
  EXPECT_EQ(a.shape(), Shape({2, 3}));
  EXPECT_EQ(a.shape(-1), 3);
  EXPECT_EQ(a.dtype(), float64);
}

TEST(Variable, IsEmptyUntilItHasAValue) {
  Param a;
  EXPECT_FALSE(a);
  EXPECT_NE(error_of([&] { a.shape(); }).find("undefined Tensor"), std::string::npos);
  a = zeros({});
  EXPECT_TRUE(a);
}

TEST(Variable, KindsHaveNames) {
  EXPECT_STREQ(Param::the_kind().name(), "Param");
  EXPECT_STREQ(BatchStat::the_kind().name(), "BatchStat");
  EXPECT_STREQ(RngState::the_kind().name(), "RngState");
  EXPECT_STREQ(RngKey::the_kind().name(), "RngKey");
  EXPECT_STREQ(RngCount::the_kind().name(), "RngCount");
  EXPECT_STREQ(MetricState::the_kind().name(), "MetricState");
  EXPECT_STREQ(OptState::the_kind().name(), "OptState");
  EXPECT_STREQ(Lora::the_kind().name(), "LoRA");
}

TEST(Variable, AUsersKindIsMatchedAsItsBase) {
  EXPECT_TRUE(is<Param>("", Lora::the_kind()));
  EXPECT_TRUE(is<Lora>("", Lora::the_kind()));
  EXPECT_FALSE(is<Lora>("", Param::the_kind()));
  EXPECT_TRUE(is<RngState>("", RngKey::the_kind()));
  EXPECT_FALSE(is<BatchStat>("", Lora::the_kind()));
}

TEST(Variable, CanBeTiedToAnother) {
  Param a(zeros({2})), b(ones({2}));
  b.rebind(a);
  a = full({2}, 5.0);
  EXPECT_EQ(b.value().to_vector<float>(), (std::vector<float>{5, 5}));
}

TEST(Substitution, PutsLeavesInPlaceOfVariables) {
  const Param a(zeros({})), b(ones({}));
  {
    detail::Substitution outer;
    outer.put(a.cell(), full({}, 7.0));
    EXPECT_EQ(a.value().item(), 7);
    EXPECT_EQ(b.value().item(), 1);
    detail::Substitution inner;
    EXPECT_EQ(a.value().item(), 7);  // found in the one around it
    inner.put(a.cell(), full({}, 8.0));
    EXPECT_EQ(a.value().item(), 8);
  }
  EXPECT_EQ(a.value().item(), 0);
}

TEST(Substitution, IsSeenByItsThreadAlone) {
  const Param a(zeros({}));
  detail::Substitution here;
  here.put(a.cell(), ones({}));
  double there = -1;
  std::thread([&] { there = a.value().item(); }).join();
  EXPECT_EQ(there, 0);
  EXPECT_EQ(a.value().item(), 1);
}

TEST(Substitution, AStoredValueReplacesTheLeaf) {
  Param a(zeros({}));
  {
    detail::Substitution outer;
    outer.put(a.cell(), ones({}));
    detail::Substitution inner;
    inner.put(a.cell(), full({}, 2.0));
    a = full({}, 3.0);
    EXPECT_EQ(a.value().item(), 3);
  }
  EXPECT_EQ(a.value().item(), 3);
}

TEST(Substitution, AnExceptionUndoesWhatWasStored) {
  Param a(zeros({})), b(ones({}));
  try {
    detail::Substitution outer;
    {
      detail::Substitution inner;
      a = full({}, 3.0);
      a = full({}, 4.0);
    }
    b = full({}, 5.0);
    throw std::runtime_error("stop");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(a.value().item(), 0);
  EXPECT_EQ(b.value().item(), 1);
}

}  // namespace
}  // namespace ramie::nn
