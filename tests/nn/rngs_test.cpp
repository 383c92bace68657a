#include <ramie/nn/rngs.h>

#include <gtest/gtest.h>

#include <vector>

#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using Key = std::vector<std::uint32_t>;
Key key_of(const Tensor& key) { return key.to_vector<std::uint32_t>(); }
Key folded(std::int64_t seed, std::uint32_t count) {
  return key_of(random::fold_in(random::key(seed), count));
}

// The values of Flax's nnx.Rngs(0): tests/integration/flax_parity_test.cpp has more of them.
TEST(Rngs, EachDrawFoldsTheCountIn) {
  Rngs rngs(0);
  EXPECT_EQ(key_of(rngs.params()), (Key{1797259609, 2579123966}));
  EXPECT_EQ(key_of(rngs.dropout()), (Key{928981903, 3453687069}));  // one default stream for all names
  EXPECT_EQ(key_of(rngs()), folded(0, 2));
  EXPECT_EQ(key_of(rngs("any")), folded(0, 3));
}

TEST(Rngs, StreamsByName) {
  Rngs rngs{{"params", 0}, {"dropout", 1}};
  EXPECT_EQ(key_of(rngs.params()), folded(0, 0));
  EXPECT_EQ(key_of(rngs.dropout()), folded(1, 0));
  EXPECT_EQ(key_of(rngs.params()), folded(0, 1));
  Rngs one{{"default", 5}};
  EXPECT_EQ(key_of(one.params()), folded(5, 0));
}

TEST(Rngs, ANameWithoutAStreamTakesTheDefaultOne) {
  Rngs rngs{{"params", 1}, {"default", 0}};
  EXPECT_EQ(key_of(rngs("noise")), folded(0, 0));
  EXPECT_EQ(key_of(rngs()), folded(0, 1));
  EXPECT_EQ(key_of(rngs.params()), folded(1, 0));
}

TEST(Rngs, ANameWithoutAnyStreamIsAnError) {
  Rngs rngs{{"params", 0}, {"dropout", 1}};
  EXPECT_EQ(error_of([&] { rngs("noise"); }),
            "[rngs] there is no stream 'noise' and no default one; there are: params, dropout. Add it: "
            "nn::Rngs{{\"noise\", 0}}.");
}

TEST(Rngs, FromAKey) {
  Rngs rngs(random::key(7));
  EXPECT_EQ(key_of(rngs.params()), folded(7, 0));
}

TEST(Rngs, ForkTakesAKeyOfEachStream) {
  Rngs rngs{{"params", 0}, {"dropout", 1}};
  rngs.params();
  Rngs child = rngs.fork();
  EXPECT_EQ(key_of(state(child).at("params.key")), folded(0, 1));
  EXPECT_EQ(key_of(state(child).at("dropout.key")), folded(1, 0));
  EXPECT_EQ(state(child).at("params.count").item(), 0);
  EXPECT_EQ(state(rngs).at("params.count").item(), 2);
  EXPECT_EQ(state(rngs).at("dropout.count").item(), 1);
}

TEST(Rngs, AreState) {
  Rngs rngs(3);
  rngs();
  const State s = state(rngs);
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s.at("default.key").dtype(), uint32);
  EXPECT_EQ(s.at("default.count").dtype(), uint32);
  EXPECT_EQ(state(rngs, is<RngCount>).size(), 1u);
  EXPECT_EQ(state(rngs, is<RngState>).size(), 2u);
  const Key next = folded(3, 1);
  EXPECT_EQ(key_of(rngs()), next);
  update(rngs, s);  // back to where it was
  EXPECT_EQ(key_of(rngs()), next);
}

TEST(Rngs, CopiesShareTheirCount) {
  Rngs rngs(0);
  Rngs copy = rngs, own = clone(rngs);
  copy();
  EXPECT_EQ(key_of(rngs()), folded(0, 1));
  EXPECT_EQ(key_of(own()), folded(0, 0));
}

}  // namespace
}  // namespace ramie::nn
