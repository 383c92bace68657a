#include <sstream>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

Program example() {
  const Tensor c = halves({4});
  return record(
      [&](const List& x) {
        const Tensor y = matmul(x[0], x[1]);
        return List{sum(relu(y + c), {0}), transpose(y)};
      },
      {halves({2, 3}), halves({3, 4})});
}
std::string without_scratch(std::string text) {  // of which each machine has its own amount
  const auto at = text.find(", peak"), end = text.find('\n', at);
  return text.erase(at, end - at);
}

TEST(Listing, OfAProgram) {
  EXPECT_EQ(without_scratch(str(example())),
            "program on " + str(default_device()) + R"(: 4 launches, 72 FLOPs, 296 bytes moved
  arg0:float32[2,3]
  arg1:float32[3,4]
  a:float32[2,4] = matmul arg0 arg1
  b:float32[2,4] = add a const0((2, 4) strides (0, 1))
  c:float32[2,4] = relu b
  d:float32[4] = sum[axes=(0,)] c
  return d a((4, 2) strides (1, 4))
)");
}

TEST(Listing, OfStatesAndDonation) {
  const auto count = cell_of(zeros({2})), read = cell_of(zeros({2}));
  Program p = record(
      [&](const List& x) {
        const Tensor y = exp(x[0].slice(0, 1, 3)) + get(read);
        set(count, get(count) + 1);
        return List{sum(y), x[1]};
      },
      {halves({3}), Tensor()});
  passes::donation(p);
  passes::arena(p);
  EXPECT_EQ(str(p), "program on " + str(default_device()) +
                        R"(: 4 launches, 8 FLOPs, 68 bytes moved, peak 256 bytes in an arena of 256
  arg0:float32[3]
  (none)
  state0:float32[2]
  state1:float32[2]
  a:float32[2] = exp arg0((2,) at 4)
  b:float32[2] = add a state0   # b over a
  c:float32[2] = add[operand 1=1] state1   # c over state1
  d:float32[] = sum[axes=(0,)] b
  return d (none)
  state1 <- c
)");
}

TEST(Listing, Streams) {
  std::ostringstream out;
  out << example();
  EXPECT_EQ(out.str(), str(example()));
}

TEST(Listing, NamesGoOnBehindZ) {
  const Program p = record(
      [](const List& x) {
        Tensor y = x[0];
        for (int i = 0; i < 28; ++i) y = -y;
        return List{y};
      },
      {halves({1})});
  EXPECT_NE(str(p).find("\n  z:float32[1] = negative y\n  ba:float32[1] = negative z\n"), std::string::npos)
      << p;
}

TEST(Cost, CountsLaunchesFlopsAndBytes) {
  const Cost c =
      cost(record([](const List& x) { return List{matmul(x[0], x[1])}; }, {halves({2, 3}), halves({3, 4})}));
  EXPECT_EQ(c.launches, 1u);
  EXPECT_EQ(c.flops, 2 * 2 * 3 * 4);
  EXPECT_EQ(c.bytes, 4 * (6 + 12 + 8));
}

TEST(Cost, CountsWhatIsBroadcastOnce) {
  const Cost c =
      cost(record([](const List& x) { return List{x[0] + x[1]}; }, {halves({100}), halves({3, 1})}));
  EXPECT_EQ(c.bytes, 4 * (100 + 3 + 300));
}

TEST(Explain, IsATableOfThePasses) {
  const std::string text =
      explain(record([](const List& x) { return List{exp(x[0]) + exp(x[0])}; }, {halves({3})}),
              {{"common_subexpressions", passes::common_subexpressions}, {"arena", passes::arena}});
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "| pass                   | launches |        FLOPs |    bytes moved |   peak bytes |");
  EXPECT_NE(text.find("\n| as recorded            |        3 |"), std::string::npos) << text;
  EXPECT_NE(text.find("\n| common_subexpressions  |        2 |"), std::string::npos) << text;
  EXPECT_NE(text.find("\n| arena                  |        2 |"), std::string::npos) << text;
}

}  // namespace
}  // namespace ramie
