#include <ramie/autograd/ops/conv_padding.h>

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/reduce.h>

#include "ops/conv_cases.h"

namespace ramie {
namespace {

using namespace conv_cases;

TEST(Conv, HandWorkedPaddings) {
  const Tensor x = sequence({1, 2, 3, 4}), kernel = weights({1, 10, 100});
  const auto expect = [&](Padding padding, const std::vector<double>& y, Shape dilation = {}) {
    const Tensor found = conv(x, kernel, {.padding = padding, .kernel_dilation = dilation});
    expect_near(found, y, {1, static_cast<std::int64_t>(y.size()), 1});
  };
  expect(Padding::same(), {210, 321, 432, 43});
  expect(Padding::valid(), {321, 432});
  expect(Padding::causal(), {100, 210, 321, 432});
  expect(Padding::circular(), {214, 321, 432, 143});
  expect(Padding::reflect(), {212, 321, 432, 343});
  expect(Padding::given({2, -1}), {100, 210, 321});
  expect(Padding::causal(), {100, 200, 310, 420}, {2});
  expect(Padding::circular(), {313, 424, 131, 242}, {2});
}

TEST(Conv, ContinuesImagesOnBothAxes) {
  const Tensor x = random_normal({2, 4, 5, 3}), kernel = random_normal({3, 4, 3, 2});
  for (auto padding : {Padding::circular(), Padding::reflect()}) {
    const bool wraps = padding == Padding::circular();
    std::vector<Tensor> rows, columns;  // by hand: 1 row on each side, 1 column before and 2 after
    for (int i : {wraps ? 3 : 1, 0, 1, 2, 3, wraps ? 0 : 2}) rows.push_back(slice(x, 1, i, i + 1));
    const Tensor tall = concatenate(rows, 1);
    for (int i : {wraps ? 4 : 1, 0, 1, 2, 3, 4, wraps ? 0 : 3, wraps ? 1 : 2})
      columns.push_back(slice(tall, 2, i, i + 1));
    const Tensor y = conv(concatenate(columns, 2), kernel, {.padding = Padding::valid()});
    expect_near(conv(x, kernel, {.padding = padding}), y, 1e-14);
    expect_near(conv2d(x, kernel, {.padding = padding}), y, 1e-14);
  }
}

}  // namespace
}  // namespace ramie
