#include <ramie/tensor/cpu/tile.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using kernels::Tile;

// The sum of the header, by loops.
template <class T>
T element(const Tile<T>& t, std::int64_t row, std::int64_t n, T before) {
  T sum = t.add ? before : 0;
  const T* a = t.a + row / t.run * t.run_step + row % t.run;
  for (std::int64_t i = 0; i < t.count[0]; ++i)
    for (std::int64_t j = 0; j < t.count[1]; ++j)
      for (std::int64_t k = 0; k < t.count[2]; ++k)
        sum += a[i * t.a_step[0] + j * t.a_step[1] + k * t.a_step[2]] *
               t.b[n + i * t.b_step[0] + j * t.b_step[1] + k * t.b_step[2]];
  return sum;
}

template <class T>
void compare(std::int64_t runs, std::int64_t run, std::int64_t columns, bool add) {
  const std::int64_t lanes = kernels::tile_size<T>().lanes, c_step = 2 * lanes + 3;
  cases::Random random(7);
  std::vector<T> a(4000), b(4000), c(static_cast<std::size_t>(runs * run * c_step));
  for (auto* v : {&a, &b, &c})
    for (T& x : *v) x = static_cast<T>(cases::draw(random, -8, 8));
  const std::vector<T> before = c;
  Tile<T> t{.a = a.data(),
            .b = b.data(),
            .c = c.data(),
            .runs = runs,
            .run = run,
            .run_step = 31,
            .columns = columns,
            .c_step = c_step,
            .count = {2, 3, 5},
            .a_step = {700, 90, 2},
            .b_step = {1000, 200, 35},
            .add = add};
  multiply_tile(t);
  for (std::size_t i = 0; i < c.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / c_step, n = static_cast<std::int64_t>(i) % c_step;
    ASSERT_EQ(c[i], n < columns ? element(t, row, n, before[i]) : before[i])
        << runs << " runs of " << run << " columns " << columns;
  }
}

template <class T>
void compare_all() {
  const auto size = kernels::tile_size<T>();
  for (std::int64_t runs = 1; runs <= size.rows; ++runs)
    for (std::int64_t run = 1; run <= size.rows; ++run)
      if (kernels::tile_fits(runs, run, size.rows))
        for (std::int64_t columns = 1; columns <= size.columns; ++columns)
          compare<T>(runs, run, columns, columns % 2);
}

// Whole numbers, so that the sums are exact. Nothing is written beyond the columns.
TEST(Tile, EqualsLoops) {
  cases::for_each_target([] {
    compare_all<float>();
    compare_all<double>();
  });
}

TEST(Tile, OfNothingIsZero) {
  std::vector<float> c(40, 7);
  kernels::multiply_tile({.a = nullptr,
                          .b = nullptr,
                          .c = c.data(),
                          .columns = 4,
                          .c_step = 4,
                          .count = {1, 0, 3},
                          .a_step = {},
                          .b_step = {}});
  EXPECT_EQ(std::vector<float>(c.begin(), c.begin() + 5), (std::vector<float>{0, 0, 0, 0, 7}));
}

}  // namespace
}  // namespace ramie
