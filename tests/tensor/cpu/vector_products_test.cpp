#include <ramie/tensor/cpu/vector_products.h>

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ramie::kernels {
namespace {

constexpr std::int64_t sizes[] = {1, 2, 3, 4, 7, 8, 15, 16, 17, 33, 47, 63, 64};

// Small whole numbers, so that sums are exact.
template <class T>
std::vector<T> whole_numbers(std::int64_t n) {
  static std::mt19937 random(5);
  std::vector<T> out(static_cast<std::size_t>(n));
  for (T& x : out) x = static_cast<T>(static_cast<int>(random() % 9) - 4);
  return out;
}

// Beside the result nothing is written.
template <class T>
void expect_numbers(const std::vector<T>& y, const std::vector<T>& expected) {
  for (std::size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], i < expected.size() ? expected[i] : T(0.5)) << i << " of " << expected.size();
}

template <class T>
void row_times_matrix(std::int64_t n, std::int64_t k, std::int64_t x_step, std::int64_t gap) {
  const auto x = whole_numbers<T>(k * x_step), b = whole_numbers<T>(k * (n + gap));
  std::vector<T> y(static_cast<std::size_t>(n) + 70, T(0.5)), expected;
  multiply(RowTimesMatrix<T>{n, k, x.data(), b.data(), y.data(), x_step, n + gap});
  for (std::int64_t j = 0; j < n; ++j) {
    T sum = 0;
    for (std::int64_t i = 0; i < k; ++i)
      sum += x[static_cast<std::size_t>(i * x_step)] * b[static_cast<std::size_t>(i * (n + gap) + j)];
    expected.push_back(sum);
  }
  expect_numbers(y, expected);
}

TEST(VectorProducts, RowTimesMatrix) {
  for (std::int64_t n : sizes)
    for (std::int64_t k : {1, 2, 3, 4, 5, 18, 101})
      for (std::int64_t step : {1, 3}) {
        row_times_matrix<float>(n, k, step, step - 1);
        row_times_matrix<double>(n, k, step, step - 1);
      }
}

// A column's sum does not depend on what stands beside it.
TEST(VectorProducts, BitsDoNotDependOnTheColumns) {
  const std::int64_t k = 1001;
  std::mt19937 random(1);
  std::vector<float> x(k), b(k * 64), wide(64), narrow(64);
  for (auto* v : {&x, &b})
    for (float& e : *v) e = std::uniform_real_distribution<float>()(random);
  multiply(RowTimesMatrix<float>{64, k, x.data(), b.data(), wide.data(), 1, 64});
  for (std::int64_t n : sizes) {
    multiply(RowTimesMatrix<float>{n, k, x.data(), b.data() + 64 - n, narrow.data(), 1, 64});
    for (std::int64_t j = 0; j < n; ++j)
      ASSERT_EQ(narrow[static_cast<std::size_t>(j)], wide[static_cast<std::size_t>(64 - n + j)]) << n;
  }
}

template <class T>
void outer_product(std::int64_t m, std::int64_t n, std::int64_t a_step) {
  const auto a = whole_numbers<T>(m * a_step), b = whole_numbers<T>(n);
  std::vector<T> y(static_cast<std::size_t>(m * n) + 70, T(0.5)), expected;
  multiply(OuterProduct<T>{m, n, a.data(), b.data(), y.data(), a_step});
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      expected.push_back(a[static_cast<std::size_t>(i * a_step)] * b[static_cast<std::size_t>(j)]);
  expect_numbers(y, expected);
}

TEST(VectorProducts, OuterProduct) {
  for (std::int64_t n : {1, 3, 4, 8, 16, 17, 31, 48, 63, 64, 65, 100, 128, 131})
    for (std::int64_t m : {1, 5, 20})
      for (std::int64_t step : {1, 2}) {
        outer_product<float>(m, n, step);
        outer_product<double>(m, n, step);
      }
}

}  // namespace
}  // namespace ramie::kernels
