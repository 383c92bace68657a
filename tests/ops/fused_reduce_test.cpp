#include <ramie/tensor/ops/fused_reduce.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/device.h"
#include "support/ops.h"

namespace ramie::kernels {
namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = a.to(cpu()), y = b.to(cpu());
  return x.layout() == y.layout() &&
         (x.size() == 0 || !std::memcmp(x.view().data, y.view().data, x.layout().bytes()));
}
Reduce sum(const Shape& axes, bool keepdims = false) { return {"sum", Reduce::Op::sum, axes, keepdims}; }

// x * y - x, its reduction and, if that is wanted, itself.
Chain chain_of(const Tensor& x, const Tensor& y, DType dtype, bool stored) {
  Chain c{{x.layout(), y.layout()},
          {{Elementwise(ops::multiply), {0, 1}, dtype}, {Elementwise(ops::subtract), {2, 0}, dtype}},
          {},
          {}};
  if (stored) c.results = {1}, c.outputs = {Layout(dtype, x.shape())};
  return c;
}

// The single launches must give the same bits.
void expect_same(const Tensor& x, const Tensor& y, const Reduce& reduce) {
  const Tensor product = launch(Elementwise(ops::multiply), x, y),
               value = launch(Elementwise(ops::subtract), product, x), total = launch(reduce, value);
  for (bool stored : {false, true}) {
    const FusedReduce f(chain_of(x, y, value.dtype(), stored), {{1, value.layout(), reduce}});
    const auto out = launch_all(f, {x, y});
    ASSERT_EQ(out.size(), stored ? 2u : 1u);
    EXPECT_TRUE(same_bits(out.back(), total)) << str(x.layout()) << " over " << str(reduce.axes);
    if (stored) {
      EXPECT_TRUE(same_bits(out[0], value)) << str(x.layout()) << " over " << str(reduce.axes);
    }
  }
}

TEST(FusedReduce, AHandWorkedSum) {
  const Tensor x = tensor({1.0F, 2.0F, 3.0F}), y = tensor({4.0F, 5.0F, 6.0F});
  const FusedReduce f(chain_of(x, y, float32, true), {{1, x.layout(), sum({0})}});
  const auto out = launch_all(f, {x, y});
  EXPECT_EQ(out[0].to_vector<float>(), (std::vector<float>{3, 8, 15}));
  EXPECT_EQ(out[1].item(), 26);
}

// All axes, leading and trailing ones, those in the middle, ones of length 1; rows of all lengths.
TEST(FusedReduce, TheBitsOfTheSingleLaunches) {
  const Shape shapes[] = {{1},        {7},          {31},        {32},       {33},        {5000},
                          {16384},    {16385},      {50000},     {3, 5},     {40, 9},     {700, 64},
                          {1, 64},    {64, 1},      {2, 5000},   {300, 40},  {1000, 20},  {9, 300},
                          {100, 500}, {0, 4},       {4, 0},      {3, 4, 5},  {2, 1, 9},   {8, 30, 7},
                          {2, 7, 64}, {2, 40, 700}, {300, 1000}, {40, 4096}, {9, 130, 3}, {70000, 2}};
  for (const Shape& s : shapes) {
    if (slow_device() && s.size() > 20000) continue;
    const Tensor x = random_normal(s, float32), y = random_normal(s, float32);
    for (int mask = 1; mask < 1 << s.rank(); ++mask) {
      Shape axes;
      for (int i = 0; i < s.rank(); ++i)
        if (mask >> i & 1) axes.push_back(i);
      if (FusedReduce::fits(x.layout(), sum(axes))) expect_same(x, y, sum(axes, mask & 1));
    }
  }
}

TEST(FusedReduce, EveryDtypeAndReduction) {
  for (DType t : {float32, float64, int32, uint32, int64})
    for (auto op : {Reduce::Op::sum, Reduce::Op::max, Reduce::Op::min})
      for (const Shape& axes : {Shape{0}, Shape{1}, Shape{0, 1}})
        expect_same(random_integers({70, 33}, -9, 9).astype(t), random_integers({70, 33}, -9, 9).astype(t),
                    {"reduce", op, axes});
}

TEST(FusedReduce, InputsOfAnyStrides) {
  const Tensor x = random_normal({60, 70}, float32);
  for (const Tensor& view : odd_views(x))
    for (const Shape& axes : {Shape{0}, Shape{1}, Shape{0, 1}}) expect_same(view, x, sum(axes));
}

TEST(FusedReduce, ThreadsChangeNothing) {
  const Tensor x = random_normal({300, 211}, float32), y = random_normal({300, 211}, float32);
  for (const Shape& axes : {Shape{0}, Shape{1}, Shape{0, 1}})
    expect_same_bits_for_any_threads([&] {
      const FusedReduce f(chain_of(x, y, float32, false), {{1, x.layout(), sum(axes)}});
      return launch_all(f, {x, y})[0];
    });
}

// The value has another shape than the inputs, and is not the chain's last.
TEST(FusedReduce, AnyValueInAnyShape) {
  const Tensor x = random_normal({6, 50}, float32), y = random_normal({6, 50}, float32);
  Chain c = chain_of(x, y, float32, true);
  const FusedReduce f(c, {{0, Layout(float32, {50, 6}), sum({0})}});
  const auto out = launch_all(f, {x, y});
  const Tensor product = launch(Elementwise(ops::multiply), x, y);
  EXPECT_TRUE(same_bits(out[0], launch(Elementwise(ops::subtract), product, x)));
  EXPECT_TRUE(same_bits(out[1], launch(sum({0}), reshape(product, {50, 6}))));
}

TEST(FusedReduce, ComparesAndDescribesItself) {
  const Tensor x = random_normal({6, 50}, float32);
  const auto make = [&](const Shape& axes) {
    return FusedReduce(chain_of(x, x, float32, true), {{1, x.layout(), sum(axes)}});
  };
  EXPECT_EQ(make({0}), make({0}));
  EXPECT_FALSE(make({0}) == make({1}));
  EXPECT_EQ(make({0}).attributes(), "multiply, subtract, sum axes=(0,)");
  EXPECT_EQ(make({0}).flops({}, {}), 900);
  EXPECT_EQ(make({0}).donors(2), (std::vector<int>{0, -1}));
}

// Mean and variance: of a value that is stored, of one that is not, and of one two times.
TEST(FusedReduce, SeveralReductions) {
  for (const Shape& s :
       {Shape{30, 7}, Shape{1, 40}, Shape{700, 64}, Shape{3, 9000}, Shape{20000, 1}, Shape{0, 3}}) {
    if (slow_device() && s.size() > 20000) continue;
    const Tensor x = random_normal(s, float32), y = random_normal(s, float32);
    const Tensor product = launch(Elementwise(ops::multiply), x, y),
                 value = launch(Elementwise(ops::subtract), product, x);
    const Reduce max{"max", Reduce::Op::max, {0}, true}, min{"min", Reduce::Op::min, {0}};
    if (!FusedReduce::fits(x.layout(), max)) continue;
    const FusedReduce f(chain_of(x, y, float32, true),
                        {{0, x.layout(), sum({0})}, {1, x.layout(), max}, {0, x.layout(), min}});
    const auto out = launch_all(f, {x, y});
    ASSERT_EQ(out.size(), 4u);
    EXPECT_TRUE(same_bits(out[0], value));
    EXPECT_TRUE(same_bits(out[1], launch(sum({0}), product)));
    EXPECT_TRUE(same_bits(out[2], launch(max, value)));
    EXPECT_TRUE(same_bits(out[3], launch(min, product)));
  }
}

// Of wide rows a block takes a part, which does not lie side by side.
TEST(FusedReduce, SaysWhatCannotBeReduced) {
  EXPECT_TRUE(FusedReduce::fits(Layout(float32, {1000, 4096}), sum({0})));
  EXPECT_FALSE(FusedReduce::fits(Layout(float32, {1000, 5000}), sum({0})));
  EXPECT_TRUE(FusedReduce::fits(Layout(float32, {1000, 5000}), sum({1})));
  const Tensor x = random_normal({10, 5000}, float32);
  const auto error = [&](const std::vector<FusedReduce::Tail>& tails) {
    return error_of([&] { FusedReduce(chain_of(x, x, float32, false), tails); });
  };
  EXPECT_EQ(
      error({{1, x.layout(), sum({0})}}),
      "[fused_reduce] the rows of float32[10,5000] are too wide to be reduced over axes (0,) piece by piece: "
      "reduce it by itself.");
  EXPECT_EQ(error({{1, x.layout(), sum({1})}, {1, x.layout(), sum({0, 1})}}),
            "[fused_reduce] reductions of float32[10,5000] over axes (1,) and of float32[10,5000] over axes "
            "(0, 1): "
            "all must be of one shape and over the same axes.");
  EXPECT_EQ(error({}), "[fused_reduce] 0 reductions: 1 to 4 may end a chain.");
}

}  // namespace
}  // namespace ramie::kernels
