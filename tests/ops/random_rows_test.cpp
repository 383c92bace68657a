// Random numbers with a key for each row: row i depends on keys[i] alone.
#include <ramie/tensor/random.h>

#include <gtest/gtest.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie {
namespace {

Tensor keys(std::int64_t n, std::int64_t seed = 0) { return stack(random::split(random::key(seed), n)); }

TEST(RandomRows, ShapesAndDtypes) {
  const Tensor k = keys(5);
  EXPECT_EQ(str(random::uniform_rows(k, {3, 2}).layout()), "float32[5,3,2]");
  EXPECT_EQ(str(random::normal_rows(k, {4}, float64).layout()), "float64[5,4]");
  EXPECT_EQ(str(random::bernoulli_rows(k, 0.5).layout()), "bool[5]");
  EXPECT_EQ(str(random::fold_in_rows(k, 7).layout()), "uint32[5,2]");
}

}  // namespace
}  // namespace ramie
