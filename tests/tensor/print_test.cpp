#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include <ramie/tensor/create.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/tensor.h>

#include "support/toy_graph.h"

namespace ramie {
namespace {

TEST(Print, NumbersOfEveryKind) {
  EXPECT_EQ(str(full({}, 2.5)), "2.5 float32[] cpu");
  EXPECT_EQ(str(tensor({1, -2, 3})), "[1, -2, 3] int32[3] cpu");
  EXPECT_EQ(str(tensor({true, false})), "[true, false] bool[2] cpu");
  EXPECT_EQ(str(tensor({NAN, INFINITY, -INFINITY})), "[nan, inf, -inf] float32[3] cpu");
  EXPECT_EQ(str(tensor({-0.5, 1e-10, 123456789.0})), "[-0.5, 1e-10, 1.23457e+08] float32[3] cpu");
  EXPECT_EQ(str(tensor({0.123456789}, float64)), "[0.12345679] float64[1] cpu");
  EXPECT_EQ(str(tensor({1.5}, bfloat16)), "[1.5] bfloat16[1] cpu");
  EXPECT_EQ(str(tensor({200, 7}, uint8)), "[200, 7] uint8[2] cpu");  // not characters
}

TEST(Print, RowsAndBlocks) {
  EXPECT_EQ(str(tensor({{1, 2}, {3, 4}})), "[[1, 2],\n [3, 4]]\nint32[2,2] cpu");
  EXPECT_EQ(str(arange(8).alias({int32, {2, 2, 2}})),
            "[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]\nint32[2,2,2] cpu");
}

TEST(Print, FollowsStrides) {
  EXPECT_EQ(str(arange(6).alias({int32, {3, 2}, {1, 3}})), "[[0, 3],\n [1, 4],\n [2, 5]]\nint32[3,2] cpu");
  EXPECT_EQ(str(arange(3).alias({int32, {3}, {-1}}, 2)), "[2, 1, 0] int32[3] cpu");
}

TEST(Print, EmptyAndUndefined) {
  EXPECT_EQ(str(zeros({0})), "[] float32[0] cpu");
  EXPECT_EQ(str(zeros({2, 0})), "[[],\n []]\nfloat32[2,0] cpu");
  EXPECT_EQ(str(Tensor()), "undefined Tensor");
}

TEST(Print, LongOnesShowTheirEnds) {
  EXPECT_EQ(str(arange(1001)), "[0, 1, 2, ..., 998, 999, 1000] int32[1001] cpu");
  const std::string whole = str(arange(1000));
  EXPECT_EQ(whole.find("..."), std::string::npos);
  EXPECT_NE(whole.find(" 500, "), std::string::npos);
  EXPECT_EQ(str(arange(1200).alias({int32, {200, 6}})),
            "[[0, 1, 2, 3, 4, 5],\n [6, 7, 8, 9, 10, 11],\n [12, 13, 14, 15, 16, 17],\n ...,\n [1182, 1183, "
            "1184, 1185, 1186, "
            "1187],\n [1188, 1189, 1190, 1191, 1192, 1193],\n [1194, 1195, 1196, 1197, 1198, "
            "1199]]\nint32[200,6] cpu");
}

TEST(Print, NamesTheOpThatMadeIt) {
  Tensor x = full({}, 1.0);
  x.attach(ToyGraph::make());
  EXPECT_EQ(str(x), "1 float32[] cpu, made by toy");
}

TEST(Print, GoesToStreamsAndStandardOutput) {
  std::ostringstream out;
  out << tensor({1, 2});
  EXPECT_EQ(out.str(), "[1, 2] int32[2] cpu");
  testing::internal::CaptureStdout();
  print(tensor({1, 2}));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "[1, 2] int32[2] cpu\n");
}

}  // namespace
}  // namespace ramie
