#include <ramie/data/resident.h>

#include <gtest/gtest.h>

#include <set>

#include <ramie/data/batch.h>
#include <ramie/tensor/create.h>
#include <support/error.h>

namespace ramie::data {
namespace {

using Ints = std::vector<int>;

Split numbered(std::int64_t n) {  // record i is made of the number i
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < n; ++i) {
    pixels.insert(pixels.end(), 4, static_cast<std::uint8_t>(i));
    labels.push_back(static_cast<std::int32_t>(i));
  }
  return {from_vector(pixels, {n, 2, 2, 1}), from_vector(labels), "numbers", ""};
}

TEST(Resident, AnEpochReadsEveryRecordOnce) {
  Resident train(numbered(12), {.batch_size = 4, .seed = 3});
  EXPECT_EQ(train.steps_per_epoch(), 3);
  Ints first, second;
  for (Ints* epoch : {&first, &second})
    for (int i = 0; i < 3; ++i) {
      const Batch batch = train.next();
      EXPECT_EQ(batch["image"].shape(), (Shape{4, 2, 2, 1}));
      EXPECT_EQ(batch["image"].dtype(), uint8);
      const Ints labels = batch["label"].to_vector<int>(), pixels = batch["image"].to_vector<int>();
      for (std::size_t k = 0; k < 16; ++k) EXPECT_EQ(pixels[k], labels[k / 4]);
      epoch->insert(epoch->end(), labels.begin(), labels.end());
    }
  EXPECT_EQ(std::set<int>(first.begin(), first.end()).size(), 12u);
  EXPECT_EQ(std::set<int>(second.begin(), second.end()).size(), 12u);
  EXPECT_NE(first, second);
}

TEST(Resident, InOrderAndFromAnyStep) {
  Resident test(numbered(7), {.batch_size = 3, .shuffle = false});
  EXPECT_EQ(test.next()["label"].to_vector<int>(), (Ints{0, 1, 2}));
  EXPECT_EQ(test.next()["label"].to_vector<int>(), (Ints{3, 4, 5}));
  EXPECT_EQ(test.next()["label"].to_vector<int>(), (Ints{0, 1, 2}));
  EXPECT_EQ(test.step().item<int>(), 3);
  test.set_step(full({}, 1, uint32));
  EXPECT_EQ(test.next()["label"].to_vector<int>(), (Ints{3, 4, 5}));
}

TEST(Resident, CopiesReadOnTogether) {
  Resident one(numbered(8), {.batch_size = 2}), same = one;
  one.next();
  EXPECT_EQ(same.step().item<int>(), 1);
}

TEST(Resident, Errors) {
  EXPECT_EQ(error_text([] { Resident(numbered(3), {.batch_size = 4}); }),
            "[Resident] batches of 4 out of 3 records: at least 1, at most all of them.");
  Resident train(numbered(3), {.batch_size = 1});
  EXPECT_EQ(error_text([&] { train.set_step(zeros({})); }),
            "[Resident] the step is float32[]: it must be a uint32 scalar.");
}

}  // namespace
}  // namespace ramie::data
