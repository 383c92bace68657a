#include <ramie/data/batch.h>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using ramie::testing::error_of;

TEST(Batch, KeepsTheOrder) {
  Batch batch{{"image", from_vector<float>({1, 2})}, {"label", from_vector<int>({3})}};
  batch.set("extra", from_vector<int>({4, 5, 6}));
  EXPECT_EQ(str(batch), "image float32[2], label int32[1], extra int32[3]");
  EXPECT_EQ(batch.size(), 3u);
  std::string names;
  for (const auto& [name, tensor] : batch) names += name + std::to_string(tensor.size());
  EXPECT_EQ(names, "image2label1extra3");
}

TEST(Batch, ReadsAndReplaces) {
  Batch batch{{"x", from_vector<int>({1})}};
  batch["x"] = from_vector<int>({2});
  EXPECT_EQ(batch["x"].item<int>(), 2);
  batch.set("x", from_vector<int>({3}));
  EXPECT_EQ(batch["x"].item<int>(), 3);
  EXPECT_EQ(batch.size(), 1u);
  EXPECT_TRUE(batch.contains("x"));
  EXPECT_FALSE(batch.contains("y"));
}

TEST(Batch, AMissingNameListsTheOthers) {
  Batch batch{{"image", from_vector<float>({1, 2})}, {"label", from_vector<int>({3})}};
  EXPECT_EQ(
      error_of([&] { batch["imgae"]; }),
      "[batch] there is no \"imgae\": the batch holds image float32[2], label int32[1]. Use set to add one.");
  EXPECT_EQ(error_of([&] { Batch()["x"]; }),
            "[batch] there is no \"x\": the batch holds nothing. Use set to add one.");
}

TEST(Batch, NamesAreUnique) {
  EXPECT_EQ(error_of([] {
              Batch{{"x", Tensor()}, {"x", Tensor()}};
            }),
            "[batch] two tensors are named \"x\".");
}

}  // namespace
}  // namespace ramie::data
