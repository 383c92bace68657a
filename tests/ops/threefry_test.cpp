#include <ramie/tensor/ops/threefry.h>

#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

using kernels::threefry2x32;
using kernels::Words;

// Also at compile time.
static_assert(threefry2x32(Words{0, 0}, Words{0, 0}) == Words{0x6b200159, 0x99ba4efe});

// The first vectors are those that the authors of Threefry published with Random123.
TEST(Threefry, GivesThePublishedVectors) {
  const auto data = oracle::read("random.json");
  ASSERT_FALSE(data.at("threefry2x32").empty());
  for (const auto& c : data.at("threefry2x32")) {
    const auto word = [&](const char* name, int i) {
      return c.at(name).at(static_cast<std::size_t>(i)).get<std::uint32_t>();
    };
    EXPECT_EQ(threefry2x32(Words{word("key", 0), word("key", 1)}, Words{word("count", 0), word("count", 1)}),
              (Words{word("out", 0), word("out", 1)}))
        << c;
  }
}

// Stretches that end within a vector, and that cross 2^32, where the counter's high word changes.
TEST(Threefry, VectorsAgreeWithTheScalarHash) {
  const Words key{0x13198a2e, 0x03707344};
  for (const std::int64_t begin :
       {std::int64_t{0}, std::int64_t{5}, (std::int64_t{1} << 32) - 21, (std::int64_t{3} << 40) - 3}) {
    for (const std::int64_t n : {0, 1, 3, 16, 37, 100}) {
      std::vector<std::uint32_t> bits(static_cast<std::size_t>(n) + 1, 12345);
      kernels::random_bits32(key, begin, begin + n, bits.data());
      for (std::int64_t i = 0; i < n; ++i) {
        const Words w = threefry2x32(key, static_cast<std::uint64_t>(begin + i));
        ASSERT_EQ(bits[static_cast<std::size_t>(i)], w.first ^ w.second) << begin << " + " << i;
      }
      EXPECT_EQ(bits.back(), 12345u) << "written past the end";
    }
  }
}

TEST(Threefry, BytesAreTheLowBitsOfWords) {
  const Tensor key = random::key(5);
  const auto words = random::bits(key, {1000}).to_vector<std::uint32_t>();
  const auto bytes = random::bits(key, {1000}, uint8).to_vector<std::uint8_t>();
  for (std::size_t i = 0; i < words.size(); ++i) ASSERT_EQ(bytes[i], words[i] & 255);
}

TEST(Split, FoldingANumberInIsTakingThatKey) {
  const Tensor key = random::key(3);
  const auto keys = random::split(key, 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(keys[i].to_vector<std::uint32_t>(), random::fold_in(key, i).to_vector<std::uint32_t>());
  }
}

}  // namespace
}  // namespace ramie
