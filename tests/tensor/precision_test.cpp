#include <ramie/tensor/precision.h>

#include <gtest/gtest.h>

#include <thread>

#include "support/error.h"

namespace ramie {
namespace {

TEST(Precision, IsStrictUnlessSet) {
  EXPECT_EQ(precision(), Precision::strict);
  set_precision(Precision::tf32);
  EXPECT_EQ(precision(), Precision::tf32);
  std::thread([] { EXPECT_EQ(precision(), Precision::tf32); }).join();
  set_precision(Precision::strict);
}

TEST(Precision, ScopesNestAndAreTheThreadsOwn) {
  {
    const PrecisionScope outer(Precision::bf16);
    {
      const PrecisionScope inner(Precision::strict);
      EXPECT_EQ(precision(), Precision::strict);
    }
    EXPECT_EQ(precision(), Precision::bf16);
    std::thread([] { EXPECT_EQ(precision(), Precision::strict); }).join();
  }
  EXPECT_EQ(precision(), Precision::strict);
}

TEST(Precision, HasNames) {
  for (auto p : {Precision::strict, Precision::tf32, Precision::bf16}) EXPECT_EQ(parse_precision(str(p)), p);
  EXPECT_EQ(str(Precision::tf32), "tf32");
  EXPECT_EQ(error_text([] { parse_precision("fp8"); }), "[precision] 'fp8' is none of strict, tf32, bf16.");
}

}  // namespace
}  // namespace ramie
