#include <ramie/tensor/cpu/gemm.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include <ramie/tensor/cpu/tile.h>

namespace ramie::kernels {
namespace {

// A matrix of whole numbers, so that sums are exact, stored row by row or column by column with a gap of
// halves between.
template <class T>
struct Stored {
  std::int64_t rows, columns;
  bool by_column;
  std::int64_t step = (by_column ? rows : columns) + 3;
  std::vector<T> values =
      std::vector<T>(static_cast<std::size_t>(step * (by_column ? columns : rows)), T(0.5));
  Matrix<T> matrix() {
    return by_column ? Matrix<T>{values.data(), 1, step} : Matrix<T>{values.data(), step, 1};
  }
  Matrix<const T> read() const {
    return by_column ? Matrix<const T>{values.data(), 1, step} : Matrix<const T>{values.data(), step, 1};
  }
  void fill(std::mt19937& random) {
    for (T& x : values) x = static_cast<T>(static_cast<int>(random() % 9) - 4);
  }
};

template <class T>
void compare(const GemmSize& s, bool a_by_column, bool b_by_column) {
  std::mt19937 random(5);
  Stored<T> a{s.m, s.k, a_by_column}, b{s.k, s.n, b_by_column}, c{s.m, s.n, false};
  a.fill(random), b.fill(random);
  std::vector<std::byte> workspace(gemm_workspace(dtype_of<T>(), s));
  gemm(s, a.read(), b.read(), c.matrix(), workspace.data());
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      T sum = 0;
      for (std::int64_t k = 0; k < s.k; ++k) sum += *a.read().at(i, k) * *b.read().at(k, j);
      ASSERT_EQ(*c.matrix().at(i, j), sum) << s.m << ' ' << s.n << ' ' << s.k << " at " << i << ',' << j;
    }
  EXPECT_EQ(std::count(c.values.begin(), c.values.end(), T(0.5)), 3 * s.m);  // the gaps
}

// Around the sizes of tiles, panels and blocks; packed and in place; as it is and turned.
TEST(Gemm, EqualsLoops) {
  for (const GemmSize& s : {GemmSize{1, 1, 1},
                            {3, 40, 7},
                            {40, 3, 7},
                            {13, 31, 600},
                            {15, 33, 1025},
                            {130, 70, 20},
                            {500, 35, 9},
                            {35, 600, 9},
                            {3, 2100, 5},
                            {2100, 3, 5},
                            {64, 512, 64},
                            {512, 64, 70}})
    for (bool a : {false, true})
      for (bool b : {false, true}) {
        compare<float>(s, a, b);
        compare<double>(s, a, b);
      }
}

// Rows that fall on the same cache lines are packed.
TEST(Gemm, TakesConflictingRows) {
  const std::int64_t n = 1021, m = 70, k = 90;  // with the gap of 3, rows are 1024 apart
  compare<float>({m, n, k}, false, false);
  compare<float>({m, k, n}, false, false);
}

TEST(Gemm, OfAnyStrides) {
  std::vector<float> a(400), b(400), c(4);
  for (std::size_t i = 0; i < 400; ++i) a[i] = static_cast<float>(i % 7), b[i] = static_cast<float>(i % 5);
  const Matrix<const float> every_second{a.data(), 2, 10}, backwards{b.data() + 350, -7, -100};
  std::vector<std::byte> workspace(gemm_workspace(float32, {2, 2, 30}));
  gemm({2, 2, 30}, every_second, backwards, Matrix<float>{c.data(), 2, 1}, workspace.data());
  for (std::int64_t i = 0; i < 4; ++i) {
    float sum = 0;
    for (std::int64_t k = 0; k < 30; ++k) sum += *every_second.at(i / 2, k) * *backwards.at(k, i % 2);
    EXPECT_EQ(c[static_cast<std::size_t>(i)], sum);
  }
}

// Each element is one chain of multiply-adds, wherever it lies in whichever product.
TEST(Gemm, BitsDoNotDependOnTheCut) {
  std::mt19937 random(6);
  std::vector<float> a(50 * 300), b(300 * 90), whole(50 * 90), part(90);
  for (auto* v : {&a, &b})
    for (float& x : *v) x = static_cast<float>(random()) / 1e9f;
  std::vector<std::byte> workspace(gemm_workspace(float32, {50, 90, 300}));
  const Matrix<const float> p{a.data(), 300, 1}, q{b.data(), 90, 1};
  gemm({50, 90, 300}, p, q, Matrix<float>{whole.data(), 90, 1}, workspace.data());
  for (std::int64_t i = 0; i < 50; ++i) {
    gemm({1, 90, 300}, p.part(i, 0), q, Matrix<float>{part.data(), 90, 1}, workspace.data());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + i * 90));
    gemm({1, 11, 300}, p.part(i, 0), q.part(0, 79), Matrix<float>{part.data(), 11, 1}, workspace.data());
    EXPECT_TRUE(std::equal(part.begin(), part.begin() + 11, whole.begin() + i * 90 + 79));
  }
}

}  // namespace
}  // namespace ramie::kernels
