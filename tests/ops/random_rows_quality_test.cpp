// What random::normal_rows and uniform_rows look like: moments, distances from the exact distributions,
// correlations within a row and between rows whose keys are neighbours. Bounds are five standard errors.
#include <ramie/tensor/random.h>

#include <numbers>

#include "support/device.h"
#include "support/ops.h"

namespace ramie {
namespace {

constexpr std::int64_t row = 784;
std::int64_t rows() { return slow_device() ? 500 : 5000; }

// Keys {0, 0}, {0, 1}, ...: those most alike.
Tensor counted_keys(std::int64_t n) {
  std::vector<std::uint32_t> words;
  for (std::int64_t i = 0; i < n; ++i)
    for (const std::int64_t w : {std::int64_t{0}, i}) words.push_back(static_cast<std::uint32_t>(w));
  return from_vector(words, {n, 2});
}

double moment(const std::vector<double>& x, int power) {
  double sum = 0;
  for (const double v : x) sum += std::pow(v, power);
  return sum / static_cast<double>(x.size());
}
double mean_product(const std::vector<double>& x, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = lag; i < x.size(); ++i) sum += x[i] * x[i - lag];
  return sum / static_cast<double>(x.size() - lag);
}

// Kolmogorov's and Smirnov's distance, times the root of the number: above 2.2 once in 8000 times.
template <class F>
double distance(std::vector<double> x, F cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]), at = static_cast<double>(i);
    worst = std::max({worst, p - at / n, (at + 1) / n - p});
  }
  return worst * std::sqrt(n);
}
double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

// How far the counts of equally probable cells are from even, in standard errors.
double unevenness(const std::vector<std::int64_t>& counts) {
  double all = 0, sum = 0;
  for (const auto c : counts) all += static_cast<double>(c);
  const double even = all / static_cast<double>(counts.size());
  for (const auto c : counts) sum += (static_cast<double>(c) - even) * (static_cast<double>(c) - even) / even;
  const auto freedom = static_cast<double>(counts.size() - 1);
  return (sum - freedom) / std::sqrt(2 * freedom);
}

TEST(NormalRows, HaveTheMomentsOfTheNormalDistribution) {
  for (const DType dtype : {float32, float64, float16}) {
    const auto x = random::normal_rows(counted_keys(rows()), {row}, dtype).to_vector<double>();
    const double error = 5 / std::sqrt(static_cast<double>(x.size()));
    EXPECT_NEAR(moment(x, 1), 0, error) << name(dtype);
    EXPECT_NEAR(moment(x, 2), 1, error * std::sqrt(2)) << name(dtype);
    EXPECT_NEAR(moment(x, 3), 0, error * std::sqrt(15)) << name(dtype);
    EXPECT_NEAR(moment(x, 4), 3, error * std::sqrt(96)) << name(dtype);
  }
}

TEST(NormalRows, HaveTheNormalDistribution) {
  for (const DType dtype : {float32, float64})
    EXPECT_LT(
        distance(random::normal_rows(counted_keys(rows()), {row}, dtype).to_vector<double>(), normal_cdf),
        2.2);
  // A row by itself, and one number of each of many rows.
  EXPECT_LT(distance(random::normal_rows(counted_keys(1), {100000}).to_vector<double>(), normal_cdf), 2.2);
  EXPECT_LT(distance(random::normal_rows(counted_keys(100000)).to_vector<double>(), normal_cdf), 2.2);
}

TEST(NormalRows, HaveTheTailsOfTheNormalDistribution) {
  const auto x = random::normal_rows(counted_keys(rows()), {row}).to_vector<double>();
  for (const double bound : {3.0, 4.0}) {
    const double expected = static_cast<double>(x.size()) * 2 * normal_cdf(-bound);
    const auto beyond = std::count_if(x.begin(), x.end(), [&](double v) { return std::abs(v) > bound; });
    EXPECT_NEAR(static_cast<double>(beyond), expected, 5 * std::sqrt(expected)) << bound;
  }
}

TEST(NormalRows, AreNotCorrelated) {
  const auto x = random::normal_rows(counted_keys(rows()), {row}).to_vector<double>();
  auto squares = x;
  for (double& v : squares) v = (v * v - 1) / std::numbers::sqrt2;
  // Neighbours, the pairs of one radius, groups, and the same place in the next row and in the one after it.
  for (const std::size_t lag : {std::size_t{1}, std::size_t{2}, std::size_t{16}, std::size_t{32},
                                static_cast<std::size_t>(row), static_cast<std::size_t>(2 * row)}) {
    EXPECT_NEAR(mean_product(x, lag), 0, 5 / std::sqrt(static_cast<double>(x.size()))) << lag;
    EXPECT_NEAR(mean_product(squares, lag), 0, 5 / std::sqrt(static_cast<double>(x.size()))) << lag;
  }
}

TEST(UniformRows, FillTheSquareOfNeighboursEvenly) {
  const auto u = random::uniform_rows(counted_keys(rows()), {row}).to_vector<double>();
  EXPECT_LT(distance(u, [](double x) { return x; }), 2.2);
  for (const std::size_t lag : {std::size_t{1}, static_cast<std::size_t>(row)}) {
    std::vector<std::int64_t> counts(64 * 64);
    for (std::size_t i = lag; i < u.size(); ++i)
      ++counts[static_cast<std::size_t>(u[i] * 64) * 64 + static_cast<std::size_t>(u[i - lag] * 64)];
    EXPECT_LT(std::abs(unevenness(counts)), 5) << lag;
  }
}

// Each of the 64 bits of a key, turned over: half of the bits of the rows must change.
TEST(UniformRows, ChangeAllBitsWithEachBitOfTheKey) {
  for (const std::uint32_t base : {0u, 0x9e3779b9u}) {
    std::vector<std::uint32_t> words = {base, base};
    for (int bit = 0; bit < 64; ++bit) {
      words.push_back(base ^ (bit < 32 ? 1u << bit : 0));
      words.push_back(base ^ (bit < 32 ? 0 : 1u << (bit - 32)));
    }
    const std::int64_t n = 4096;
    const auto u = random::uniform_rows(from_vector(words, {65, 2}), {n}).to_vector<double>();
    for (std::size_t r = 1; r <= 64; ++r) {
      double changed = 0;
      for (std::size_t i = 0; i < n; ++i)
        changed += std::popcount(static_cast<std::uint32_t>(u[i] * 0x1p24) ^
                                 static_cast<std::uint32_t>(u[r * n + i] * 0x1p24));
      ASSERT_NEAR(changed / (24.0 * n), 0.5, 5 * 0.5 / std::sqrt(24.0 * n)) << base << " bit " << r - 1;
    }
  }
}

}  // namespace
}  // namespace ramie
