// contiguous: rows, broadcasts, and transposes of all sizes around a block's.
#include <ramie/tensor/ops/copy.h>

#include "support/ops.h"

namespace ramie {
namespace {

void check(const Tensor& view) {
  const Tensor y = contiguous(view);
  EXPECT_TRUE(y.layout().dense);
  EXPECT_EQ(y.shape(), view.shape());
  EXPECT_EQ(y.dtype(), view.dtype());
  EXPECT_EQ(y.to_vector<double>(), view.to_vector<double>()) << str(view.layout());
}

TEST(Copy, TransposesOfEveryElementSize) {
  for (DType t : {uint8, int16, float32, float64}) {
    for (std::int64_t rows : {1, 3, 15, 16, 17, 64, 70})
      for (std::int64_t columns : {1, 2, 16, 31, 130})
        check(random_integers({rows, columns}, -100, 100, t).transpose());
  }
}

TEST(Copy, PermutationsOfAxes) {
  const Tensor x = random_normal({5, 18, 7, 19}, float32);
  Shape axes = {0, 1, 2, 3};
  do check(x.transpose(axes));
  while (std::next_permutation(axes.begin(), axes.end()));
}

TEST(Copy, SlicesFlipsAndBroadcasts) {
  const Tensor x = random_normal({9, 40}, float32);
  for (const Tensor& view : odd_views(x)) check(view);
  check(x.slice(1, 3, 37, 2));
  check(x.slice(0, 8, 2, -3).transpose());
  check(flip(x).transpose());
  check(broadcast_to(x.slice(1, 0, 1), {9, 40}));
  check(broadcast_to(x.slice(0, 0, 1), {9, 40}).transpose());
  check(broadcast_to(tensor(3.0), {4, 5}));
  check(x.slice(0, 0, 0).transpose());
  check(tensor(1.0));
}

// Rows whose pieces are whole words, and pieces that are not aligned to them.
TEST(Copy, PiecesOfEverySize) {
  for (DType t : {uint8, int16, float32, float64}) {
    for (std::int64_t piece : {1, 2, 3, 4, 8, 12, 16, 31}) {
      const Tensor x = random_integers({9, 11, 2 * piece}, -100, 100, t);
      check(x.transpose({1, 0, 2}));
      for (std::int64_t begin : {std::int64_t{0}, std::int64_t{1}, piece})
        check(x.slice(2, begin, begin + piece).transpose({1, 0, 2}));
    }
  }
}

TEST(Copy, DenseTensorsAreNotCopied) {
  const Tensor x = random_normal({3, 4});
  EXPECT_TRUE(contiguous(x).same(x));
  EXPECT_TRUE(contiguous(x.slice(0, 1, 2)).layout().dense);
}

TEST(Copy, GradientsPass) {
  const auto report = check_gradients([](const Tensor& x) { return square(contiguous(x.transpose())); },
                                      {random_normal({3, 4})}, {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
}

TEST(Copy, AnyNumberOfThreadsGivesTheSameBits) {
  const Tensor x = random_normal({301, 257}, float32);
  expect_same_bits_for_any_threads([&] { return contiguous(x.transpose()); });
  expect_same_bits_for_any_threads([&] { return contiguous(flip(x)); });
}

}  // namespace
}  // namespace ramie
