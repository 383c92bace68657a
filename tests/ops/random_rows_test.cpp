// Random numbers with a key for each row: that they are the generator's on every instruction set and device,
// that a row depends on its key alone, what they look like, and what is refused.
#include <ramie/tensor/ops/random_rows.h>

#include <fmt/format.h>

#include <numbers>

#include <ramie/autograd/ops/random_rows.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/random.h>

#include "ops/conv2d_cases.h"
#include "ops/transforms.h"
#include "support/error.h"
#include "support/ops.h"

namespace ramie {
namespace {

using cases::for_each_target;
using cases::same_bits;
namespace rows = kernels::rows;

Tensor keys_of(const std::vector<std::uint32_t>& words) {
  return from_vector(words, {static_cast<std::int64_t>(words.size() / 2), 2});
}
Tensor some_keys(std::int64_t n) { return stack(random::split(random::key(3), n)); }
std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

const std::vector<DType> floating = {float32, float64, float16, bfloat16};
// A part of a vector, of a group, of a stretch, and more.
const std::vector<std::int64_t> lengths = {0, 1, 5, 16, 31, 32, 33, 784, 1024, 1025, 3000};

std::uint32_t word(std::uint64_t start, std::int64_t i) {
  return static_cast<std::uint32_t>(rows::block(start, i / 2) >> 32 * (i % 2));
}
// A uniform number of the 24 high bits of a word, or of the 53 of a block.
double fraction(std::uint64_t start, std::int64_t i, DType dtype) {
  if (dtype == float64) return static_cast<double>(rows::block(start, i) >> 11) * 0x1p-53;
  return (word(start, i) >> 8) * 0x1p-24;
}

// The constants are those of the authors: the first numbers of SplitMix64 from 0.
static_assert(rows::block(0, 0) == 0xe220a8397b1dcdafu && rows::block(0, 1) == 0x6e789e6aa1b965f4u);

TEST(UniformRows, AreTheGeneratorsWords) {
  const Tensor keys = keys_of({7, 9, 0, 0});
  for_each_target([&] {
    for (const std::int64_t n : lengths) {
      for (const DType dtype : {float32, float64}) {
        const auto u = numbers(random::uniform_rows(keys, {n}, dtype));
        for (std::int64_t i = 0; i < 2 * n; ++i) {
          const std::uint64_t start = i < n ? rows::start(7, 9) : rows::start(0, 0);
          ASSERT_EQ(u[static_cast<std::size_t>(i)], fraction(start, i % n, dtype)) << n << " at " << i;
        }
      }
    }
  });
}

// Box and Muller's formula with std's functions; float's polynomials are good for 1e-6 of a radius below 7.
double normal(std::uint64_t start, std::int64_t i, bool wide) {
  const std::int64_t half = wide ? 8 : 16, first = i / (2 * half) * 2 * half + i % half;
  const double scale = wide ? 0x1p-63 : 0x1p-31;
  const std::uint64_t a = wide ? rows::block(start, first) : word(start, first),
                      b = wide ? rows::block(start, first + half) : word(start, first + half);
  const double radius = std::sqrt(-2 * std::log((static_cast<double>(a >> 1) + 0.5) * scale));
  const double turn = wide ? static_cast<double>(static_cast<std::int64_t>(b)) : static_cast<std::int32_t>(b);
  const double angle = std::numbers::pi / 2 * turn * scale;
  return radius * (i % (2 * half) >= half ? std::sin(angle) : b & 1 ? -std::cos(angle) : std::cos(angle));
}

TEST(NormalRows, AreBoxAndMullersPairs) {
  const Tensor keys = keys_of({7, 9, 0, 0});
  for_each_target([&] {
    for (const std::int64_t n : lengths) {
      for (const DType dtype : {float32, float64}) {
        const auto z = numbers(random::normal_rows(keys, {n}, dtype));
        for (std::int64_t i = 0; i < 2 * n; ++i) {
          const std::uint64_t start = i < n ? rows::start(7, 9) : rows::start(0, 0);
          ASSERT_NEAR(z[static_cast<std::size_t>(i)], normal(start, i % n, dtype == float64),
                      dtype == float64 ? 4e-15 : 3e-6)
              << n << " at " << i;
        }
      }
    }
  });
}

std::vector<Tensor> all_draws(const Tensor& keys, std::int64_t n) {
  std::vector<Tensor> y;
  for (const DType dtype : floating) {
    y.push_back(random::uniform_rows(keys, {n}, dtype, -0.3, 0.7));
    y.push_back(random::normal_rows(keys, {n}, dtype));
  }
  for (const DType dtype : floating) {
    const Tensor x = broadcast_to(arange(n).astype(dtype), {keys.shape(0), n}).to(keys.device());
    y.push_back(add_normal_rows(x, keys, 0.1));
  }
  y.push_back(random::bernoulli_rows(keys, 0.3, {n}));
  y.push_back(random::fold_in_rows(keys, 5));
  return y;
}

TEST(RandomRows, HaveTheSameBitsOnEveryInstructionSetAndDevice) {
  const Tensor keys = some_keys(5);
  const auto expected = all_draws(keys.to(cpu()), 1500);
  for_each_target([&] {
    const auto y = all_draws(keys, 1500);
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_TRUE(same_bits(y[i], expected[i])) << i;
  });
}

TEST(RandomRows, ARowIsAFunctionOfItsKeyAlone) {
  const Tensor keys = some_keys(6);
  const auto together = all_draws(keys, 70);
  for (const std::int64_t i : {0, 3, 5}) {
    const auto alone = all_draws(slice(keys, 0, i, i + 1), 70);
    for (std::size_t k = 0; k < alone.size(); ++k)
      EXPECT_TRUE(same_bits(alone[k], contiguous(slice(together[k], 0, i, i + 1)))) << k;
  }
}

TEST(RandomRows, HaveTheSameBitsForAnyNumberOfThreads) {
  for (const std::int64_t n : {1, 5000}) {  // rows of many threads' work, and threads of many rows
    const Tensor keys = some_keys(n == 1 ? 40000 : 9);
    set_threads(1);
    const auto one = all_draws(keys, n);
    for (const int threads : {2, 5}) {
      set_threads(threads);
      const auto many = all_draws(keys, n);
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(many[i], one[i])) << i;
    }
    set_threads(0);
  }
}

TEST(RandomRows, AShorterRowIsTheBeginningOfALonger) {
  const Tensor keys = some_keys(3);
  const Tensor all = random::normal_rows(keys, {40, 50});
  EXPECT_TRUE(
      same_bits(random::normal_rows(keys, {33}), contiguous(slice(reshape(all, {3, 2000}), 1, 0, 33))));
}

TEST(RandomRows, KeysMayBeAStridedView) {
  const Tensor wide = keys_of({1, 8, 2, 8, 3, 8, 4, 8});  // keys {1, 2} and {3, 4}, with 8s between
  const Tensor strided = wide.alias({uint32, {2, 2}, {4, 2}});
  const auto y = all_draws(strided, 9), expected = all_draws(keys_of({1, 2, 3, 4}), 9);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_TRUE(same_bits(y[i], expected[i])) << i;
}

TEST(RandomRows, VmapJoinsTheRowsOfItsExamples) {
  const Tensor keys = some_keys(6);
  reset_vmap_counts();
  const Tensor y = vmap([](const Tensor& k) { return random::normal_rows(random::fold_in_rows(k, 1), {7}); })(
      reshape(keys, {2, 3, 2}));
  for (const auto& [op, count] : vmap_counts()) EXPECT_EQ(count.by_slices, 0) << op;
  EXPECT_TRUE(same_bits(y, reshape(random::normal_rows(random::fold_in_rows(keys, 1), {7}), {2, 3, 7})));
}

TEST(RandomRows, OfNoKeysAreEmpty) {
  const Tensor none = zeros({0, 2}, uint32);
  for (const Tensor& y : all_draws(none, 4)) EXPECT_EQ(y.shape(0), 0);
  EXPECT_EQ(str(random::uniform_rows(none).layout()), "float32[0]");
  EXPECT_EQ(str(random::bernoulli_rows(some_keys(3), 0.5).layout()), "bool[3]");
}

TEST(FoldInRows, IsFoldInOfEachKey) {
  const auto keys = random::split(random::key(3), 50);
  const Tensor y = random::fold_in_rows(stack(keys), 77);
  for (std::int64_t i = 0; i < 50; ++i)
    ASSERT_TRUE(same_bits(contiguous(y[i]), random::fold_in(keys[static_cast<std::size_t>(i)], 77)));
}

TEST(UniformRows, StayBelowTheUpperBound) {
  const Tensor keys = some_keys(50);
  for (const DType dtype : floating) {  // one tenth of float16's 1 has few numbers: many would round up
    const auto u = numbers(random::uniform_rows(keys, {4000}, dtype, 0.9375, 1));
    for (const double v : u) {
      ASSERT_GE(v, 0.9375) << name(dtype);
      ASSERT_LT(v, 1) << name(dtype);
    }
    EXPECT_EQ(numbers(random::uniform_rows(slice(keys, 0, 0, 1), {2}, dtype, -2, -2)),
              (std::vector<double>{-2, -2}));
  }
}

TEST(BernoulliRows, CompareUniformsWithP) {
  const Tensor keys = some_keys(40);
  const auto u = numbers(random::uniform_rows(keys, {1500}));
  for (const double p : {0.0, 0x1p-24, 0.3, 0.5, 1 - 0x1p-30, 1.0}) {
    const auto b = numbers(random::bernoulli_rows(keys, p, {1500}));
    for (std::size_t i = 0; i < b.size(); ++i) ASSERT_EQ(b[i], u[i] < p) << p;
  }
}

TEST(AddNormalRows, IsTheSumOfItsParts) {
  const Tensor keys = some_keys(3);
  for_each_target([&] {
    for (const std::int64_t n : lengths) {
      const Tensor x = random::normal(random::key(n), {3, n});
      EXPECT_TRUE(same_bits(add_normal_rows(x, keys, 0.3), x + random::normal_rows(keys, {n}) * 0.3)) << n;
    }
    for (const DType dtype : floating) {
      const Tensor x = random::normal(random::key(8), {3, 5, 7}, dtype);
      expect_near(add_normal_rows(x, keys, 2), x + random::normal_rows(keys, {5, 7}, dtype) * 2,
                  cases::tolerance(dtype));
    }
  });
}

TEST(AddNormalRows, PassesGradientsOn) {
  const Tensor keys = some_keys(2), x = random_normal({2, 4});
  expect_dual(
      "add_normal_rows", [&](const Tensor& v) { return add_normal_rows(v, keys, 0.1) * v; }, x);
  const Tensor batches = random_normal({3, 2, 4});
  reset_vmap_counts();
  const Tensor y = vmap([&](const Tensor& v) { return add_normal_rows(v, keys, 0.1); })(batches);
  expect_rules_only("add_normal_rows");
  EXPECT_TRUE(same_bits(contiguous(y[1]), add_normal_rows(contiguous(batches[1]), keys, 0.1)));
}

TEST(RandomRows, ErrorsSayWhatToGive) {
  const Tensor keys = some_keys(2);
  EXPECT_EQ(error_text([] { random::normal_rows(random::key(0), {2}); }),
            "[normal_rows] keys are uint32[n,2], one for each row, not uint32[2]: stack those of "
            "random::split(key, n).");
  EXPECT_EQ(error_text([] {
              random::fold_in_rows(zeros({4, 3}, uint32), 1);
            }),
            "[fold_in_rows] keys are uint32[n,2], one for each row, not uint32[4,3]: stack those of "
            "random::split(key, n).");
  EXPECT_EQ(error_text([&] { random::uniform_rows(keys, {2}, int32); }),
            "[uniform_rows] int32 is not a floating dtype.");
  EXPECT_EQ(error_text([&] { random::uniform_rows(keys, {2}, float16, 1, -1); }),
            "[uniform_rows] [1, -1) is not a range of float16: give a low that is not above high, both "
            "finite and no further apart than the dtype reaches.");
  for (const auto& [low, high] : {std::pair{-3e38, 3e38}, {0.0, 1e300}, {NAN, 1.0}, {0.0, INFINITY}})
    EXPECT_NE(error_text([&, a = low, b = high] { random::uniform_rows(keys, {2}, float32, a, b); }),
              "no error");
  EXPECT_EQ(error_text([&] {
              add_normal_rows(zeros({3, 4}), keys);
            }),
            "[add_normal_rows] x is float32[3,4] and keys are uint32[2,2]: one key for each row.");
  EXPECT_EQ(error_text([&] { add_normal_rows(zeros({}), keys); }),
            "[add_normal_rows] x is float32[] and keys are uint32[2,2]: one key for each row.");
  EXPECT_EQ(error_text([&] {
              add_normal_rows(zeros({2, 4}), keys, NAN);
            }),
            "[add_normal_rows] std is nan: give a finite number.");
  for (const double p : {-0.1, 1.5, double{NAN}})
    EXPECT_EQ(error_text([&] { random::bernoulli_rows(keys, p); }),
              "[bernoulli_rows] p is a probability, not " + fmt::format("{}.", p));
}

}  // namespace
}  // namespace ramie
