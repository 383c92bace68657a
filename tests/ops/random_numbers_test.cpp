// random.json holds the bits that JAX draws.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>
#include <support/oracle.h>

namespace ramie {
namespace {

using oracle::Json;

const Json& data() {
  static const Json json = oracle::read("random.json");
  return json;
}

Tensor key_of(const Json& json) { return from_vector(json.get<std::vector<std::uint32_t>>(), {2}); }

DType dtype_named(const std::string& wanted) {
  for (int i = 0; i < dtype_count; ++i) {
    if (name(static_cast<DType>(i)) == wanted) return static_cast<DType>(i);
  }
  throw std::invalid_argument(wanted);
}

// The bits of every element, integers in two's complement of 64 bits.
std::vector<std::uint64_t> bits_of(const Tensor& x) {
  std::vector<std::uint64_t> bits;
  visit(x.dtype(), [&]<class T>(Type<T>) {
    for (const T v : x.to_vector<T>()) {
      if constexpr (std::is_same_v<T, float>)
        bits.push_back(std::bit_cast<std::uint32_t>(v));
      else if constexpr (std::is_same_v<T, double>)
        bits.push_back(std::bit_cast<std::uint64_t>(v));
      else if constexpr (requires { v.bits; })
        bits.push_back(v.bits);
      else
        bits.push_back(static_cast<std::uint64_t>(v));
    }
  });
  return bits;
}

// Bits as a number on a line where neighbouring floats are neighbours.
std::int64_t on_line(std::uint64_t bits, std::size_t bytes) {
  const auto sign = std::uint64_t{1} << (bytes * 8 - 1);
  return bits & sign ? -static_cast<std::int64_t>(bits & ~sign) : static_cast<std::int64_t>(bits);
}

void compare(const Tensor& x, const Json& json, std::int64_t ulps = 0) {
  const oracle::Draw draw = oracle::draw(json);
  SCOPED_TRACE(json.dump().substr(0, 160));
  ASSERT_EQ(x.shape(), Shape(draw.shape));
  ASSERT_EQ(name(x.dtype()), draw.dtype);
  const auto bits = bits_of(x);
  for (const auto& [i, expected] : draw.elements()) {
    const std::uint64_t got = bits[static_cast<std::size_t>(i)];
    if (ulps == 0) {
      ASSERT_EQ(got, expected) << "at " << i;
    } else {
      ASSERT_LE(std::abs(on_line(got, size_of(x.dtype())) - on_line(expected, size_of(x.dtype()))), ulps)
          << "at " << i;
    }
  }
}

Tensor draw(const Json& c) {
  const Tensor key = key_of(c.at("key"));
  const Shape shape(c.at("shape").get<std::vector<std::int64_t>>());
  const DType dtype = dtype_named(c.at("dtype"));
  const Json& given = c.at("arguments");
  const std::string function = c.at("function");
  if (function == "bits") return random::bits(key, shape, dtype);
  if (function == "uniform")
    return random::uniform(key, shape, dtype, given.value("minval", 0.0), given.value("maxval", 1.0));
  if (function == "normal") return random::normal(key, shape, dtype);
  if (function == "randint")
    return random::randint(key, shape, given.at("minval"), given.at("maxval"), dtype);
  return random::truncated_normal(key, given.at("lower"), given.at("upper"), shape, dtype);
}

void compare_draws(const Json& cases, std::int64_t ulps = 0) {
  ASSERT_FALSE(cases.empty());
  for (const Json& c : cases) compare(draw(c), c, ulps);
}

bool drawable(const Json& c) { return c.at("dtype") != "uint16" && c.at("dtype") != "uint64"; }

TEST(RandomKey, IsJaxsForEverySeed) {
  for (const Json& c : data().at("key")) {
    EXPECT_EQ(bits_of(random::key(c.at("seed"))), oracle::all_bits(c.at("data"))) << c;
  }
}

TEST(RandomKey, SplitsAsJax) {
  for (const Json& c : data().at("split")) {
    if (c.at("shape").size() != 1) continue;
    const auto keys = random::split(key_of(c.at("key")), c.at("shape")[0]);
    ASSERT_EQ(keys.size(), c.at("data").size());
    for (std::size_t i = 0; i < keys.size(); ++i)
      EXPECT_EQ(bits_of(keys[i]), oracle::all_bits(c.at("data")[i]));
  }
  EXPECT_TRUE(random::split(random::key(0), 0).empty());
}

TEST(RandomKey, FoldsNumbersAndTensorsAsJax) {
  for (const Json& c : data().at("fold_in")) {
    const Tensor key = key_of(c.at("key"));
    const std::uint32_t number = c.at("data");
    EXPECT_EQ(bits_of(random::fold_in(key, number)), oracle::all_bits(c.at("out")));
    EXPECT_EQ(bits_of(random::fold_in(key, full({}, number, uint32))), oracle::all_bits(c.at("out")));
    EXPECT_EQ(bits_of(random::fold_in(key, full({1}, static_cast<int>(number), int32))),
              oracle::all_bits(c.at("out")));
    EXPECT_EQ(bits_of(random::fold_in(key, full({}, std::int64_t{number} + (1ll << 40), int64))),
              oracle::all_bits(c.at("out")));
  }
}

TEST(RandomKey, MayBeAStridedView) {
  const Tensor wide = from_vector<std::uint32_t>({0, 9, 42, 9}, {2, 2});
  const Tensor column = wide.alias({uint32, {2}, {2}});
  EXPECT_EQ(bits_of(random::uniform(column, {5})), bits_of(random::uniform(random::key(42), {5})));
  EXPECT_EQ(bits_of(random::fold_in(column, 1)), bits_of(random::fold_in(random::key(42), 1)));
}

TEST(RandomKey, ErrorsSayHowToMakeOne) {
  const auto text = [](const std::function<void()>& f) {
    try {
      f();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  const std::string advice = ": make one with random::key(seed), or take one of random::split(key).";
  EXPECT_EQ(text([] { random::normal(zeros({3}), {2}); }),
            "[normal] a key is uint32[2], not float32[3]" + advice);
  EXPECT_EQ(text([] {
              random::split(zeros({4, 2}, uint32));
            }),
            "[split] a key is uint32[2], not uint32[4,2]" + advice);
  EXPECT_EQ(text([] { random::fold_in(random::key(0), zeros({2})); }),
            "[fold_in] data is one integer, not float32[2]. For many keys, use random::split.");
  EXPECT_EQ(text([] { random::uniform(random::key(0), {2}, int32); }),
            "[uniform] int32 is not a floating dtype: for integers, use random::randint.");
  EXPECT_EQ(text([] { random::randint(random::key(0), {2}, 0, 3, float32); }),
            "[randint] float32 is not an integer dtype: for floating numbers, use random::uniform.");
  EXPECT_EQ(text([] { random::bits(random::key(0), {2}, int8); }),
            "[bits] bits are uint8 or uint32, not int8. For integers in a range, use random::randint.");
  EXPECT_EQ(text([] { random::truncated_normal(random::key(0), 2, -2, {3}); }),
            "[truncated_normal] lower, 2, must be below upper, -2.");
  EXPECT_EQ(text([] { random::split(random::key(0), -1); }),
            "[split] -1 keys are asked for: give a number from 0.");
  EXPECT_EQ(text([] { random::permutation(random::key(0), -3); }),
            "[permutation] -3 elements: give a number from 0 to 2^31 - 1.");
}

TEST(RandomBits, AreJaxs) {
  for (const Json& c : data().at("bits")) {
    if (drawable(c)) compare(draw(c), c);
  }
}

TEST(RandomUniform, IsJaxsToTheBit) { compare_draws(data().at("uniform")); }
TEST(RandomUniform, HalvesAreJaxsToTheBit) { compare_draws(data().at("uniform_half")); }
TEST(RandomUniform, DoublesAreJaxsToTheBit) { compare_draws(data().at("x64").at("uniform")); }
TEST(RandomNormal, IsJaxsToTwoUlps) { compare_draws(data().at("normal"), 2); }
TEST(RandomNormal, DoublesAreJaxsToTwoUlps) { compare_draws(data().at("x64").at("normal"), 2); }
TEST(RandomIntegers, AreJaxs) { compare_draws(data().at("randint")); }
TEST(RandomIntegers, WideOnesAreJaxs) { compare_draws(data().at("x64").at("randint")); }

// 16 bits of each word make a float16, 8 a bfloat16; erf_inv is computed in float and rounded, so no bit is
// in doubt.
TEST(RandomNormal, HalvesAreJaxsToTheBit) {
  EXPECT_EQ(bits_of(random::normal(random::key(9), {5}, float16)),
            (std::vector<std::uint64_t>{45458, 48158, 45846, 15463, 48224}));
  EXPECT_EQ(bits_of(random::normal(random::key(9), {5}, bfloat16)),
            (std::vector<std::uint64_t>{48844, 16298, 16162, 48915, 49159}));
}

TEST(RandomBernoulli, IsJaxs) {
  for (const Json& c : data().at("bernoulli")) {
    compare(random::bernoulli(key_of(c.at("key")), c.at("p"),
                              Shape(c.at("shape").get<std::vector<std::int64_t>>())),
            c);
  }
}

TEST(RandomPermutation, IsJaxs) {
  for (const Json& c : data().at("permutation")) {
    if (c.contains("n")) compare(random::permutation(key_of(c.at("key")), c.at("n")), c);
  }
}

TEST(Random, EmptyShapesGiveEmptyTensors) {
  const Tensor key = random::key(1);
  const Shape shape = {3, 0};
  for (const Tensor& x : {random::uniform(key, shape), random::normal(key, shape, float64),
                          random::normal(key, shape, bfloat16), random::bits(key, shape),
                          random::randint(key, shape, 0, 5), random::bernoulli(key, 0.5, shape)}) {
    EXPECT_EQ(x.shape(), shape);
  }
}

double moment(const std::vector<double>& x, int power) {
  double sum = 0;
  for (const double v : x) sum += std::pow(v, power);
  return sum / static_cast<double>(x.size());
}

// A million draws: the bounds are five standard errors. The halves' uniforms, as JAX has them, are too coarse
// for more.
TEST(RandomNormal, HasTheMomentsOfTheNormalDistribution) {
  for (const DType dtype : {float32, float64}) {
    const auto x = random::normal(random::key(7), {1000, 1000}, dtype).to_vector<double>();
    EXPECT_NEAR(moment(x, 1), 0, 0.005) << name(dtype);
    EXPECT_NEAR(moment(x, 2), 1, 0.008) << name(dtype);
    EXPECT_NEAR(moment(x, 3), 0, 0.02) << name(dtype);
    EXPECT_NEAR(moment(x, 4), 3, 0.05) << name(dtype);
  }
}

TEST(RandomTruncatedNormal, StaysInsideItsOpenInterval) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const double v :
         random::truncated_normal(random::key(3), -0.5, 0, {10000}, dtype).to_vector<double>()) {
      ASSERT_GT(v, -0.5) << name(dtype);
      ASSERT_LT(v, 0) << name(dtype);
    }
  }
}

TEST(Random, HasTheSameBitsForAnyNumberOfThreads) {
  const Tensor key = random::key(11);
  const Shape shape = {100003};
  const auto all = [&] {
    std::vector<std::vector<std::uint64_t>> bits;
    for (const DType t : {float32, float64, float16}) bits.push_back(bits_of(random::normal(key, shape, t)));
    for (const DType t : {uint8, int64}) bits.push_back(bits_of(random::randint(key, shape, 3, 90, t)));
    bits.push_back(bits_of(random::bits(key, shape)));
    bits.push_back(bits_of(random::bits(key, shape, uint8)));
    bits.push_back(bits_of(random::bernoulli(key, 0.3, shape)));
    bits.push_back(bits_of(random::permutation(key, 100003)));
    return bits;
  };
  set_threads(1);
  const auto one = all();
  for (const int n : {2, 3, 7}) {
    set_threads(n);
    EXPECT_EQ(all(), one) << n << " threads";
  }
  set_threads(0);
}

}  // namespace
}  // namespace ramie
