#include <ramie/data/source.h>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using ramie::testing::error_of;
using Indices = std::vector<std::int64_t>;

TensorSource pairs() {
  return TensorSource(
      {{"x", from_vector<float>({0, 1, 10, 11, 20, 21}, {3, 2})}, {"y", from_vector<int>({7, 8, 9})}});
}

TEST(TensorSource, GathersRowsInAnyOrder) {
  const Batch batch = pairs().gather(Indices{2, 0, 2, 1});
  EXPECT_EQ(str(batch), "x float32[4,2], y int32[4]");
  EXPECT_EQ(batch["x"].to_vector<int>(), (std::vector<int>{20, 21, 0, 1, 20, 21, 10, 11}));
  EXPECT_EQ(batch["y"].to_vector<int>(), (std::vector<int>{9, 7, 9, 8}));
  EXPECT_EQ(str(pairs().gather(Indices{})), "x float32[0,2], y int32[0]");
}

TEST(TensorSource, OneRecordHasNoBatchAxis) {
  const Batch one = pairs().record(1);
  EXPECT_EQ(str(one), "x float32[2], y int32[]");
  EXPECT_EQ(one["x"].to_vector<int>(), (std::vector<int>{10, 11}));
  EXPECT_EQ(one["y"].item<int>(), 8);
}

TEST(TensorSource, ViewsAreReadByTheirStrides) {
  const Tensor x = from_vector<int>({0, 1, 2, 3, 4, 5}, {2, 3});
  const Tensor transposed = x.alias(Layout(int32, {3, 2}, {1, 3}));
  const Tensor backwards = x.alias(Layout(int32, {3}, {-1}), 5);
  const Tensor repeated = x.alias(Layout(int32, {3, 2}, {0, 1}));
  const TensorSource source({{"t", transposed}, {"b", backwards}, {"r", repeated}});
  const Batch batch = source.gather(Indices{1, 2});
  EXPECT_EQ(batch["t"].to_vector<int>(), (std::vector<int>{1, 4, 2, 5}));
  EXPECT_EQ(batch["b"].to_vector<int>(), (std::vector<int>{4, 3}));
  EXPECT_EQ(batch["r"].to_vector<int>(), (std::vector<int>{0, 1, 0, 1}));
}

TEST(TensorSource, EveryDtypeAndEmptyRows) {
  for (const DType t :
       {bool_, uint8, int8, int16, int32, uint32, int64, float16, bfloat16, float32, float64}) {
    const TensorSource source(
        {{"x", Tensor::empty({t, {4, 3}})}, {"nothing", Tensor::empty({t, {4, 0, 5}})}});
    const Batch batch = source.gather(Indices{3, 1});
    EXPECT_EQ(batch["x"].layout().bytes(), 6 * size_of(t));
    EXPECT_EQ(batch["nothing"].shape(), (Shape{2, 0, 5}));
  }
  EXPECT_EQ(TensorSource({{"x", Tensor::empty({int32, {0, 3}})}}).size(), 0);
}

TEST(TensorSource, Errors) {
  EXPECT_EQ(error_of([] { TensorSource(Batch{}); }), "[from_tensor_slices] no tensors were given.");
  EXPECT_EQ(error_of([] {
              TensorSource({{"x", from_vector<int>({1}, {})}});
            }),
            "[from_tensor_slices] \"x\" is a scalar: it has no rows.");
  EXPECT_EQ(error_of([] {
              TensorSource({{"x", from_vector<int>({1, 2})}, {"y", from_vector<int>({1})}});
            }),
            "[from_tensor_slices] the tensors must have equally many rows: x int32[2], y int32[1].");
  for (const std::int64_t i : {-1, 3})
    EXPECT_NE(error_of([&] {
                pairs().gather(Indices{0, i});
              }).find("is outside the 3 records of tensors[3]."),
              std::string::npos);
}

TEST(Stack, JoinsAlongANewAxis) {
  const Tensor x = from_vector<int>({1, 2, 3, 4}, {2, 2});
  const Tensor transposed = x.alias(Layout(int32, {2, 2}, {1, 2}));
  const Batch both = stack({{{"x", x}}, {{"x", transposed}}});
  EXPECT_EQ(both["x"].shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(both["x"].to_vector<int>(), (std::vector<int>{1, 2, 3, 4, 1, 3, 2, 4}));
}

TEST(Stack, RecordsMustAgree) {
  const Batch a{{"x", from_vector<int>({1, 2})}}, b{{"x", from_vector<int>({1})}},
      c{{"y", from_vector<int>({1, 2})}}, d{{"x", from_vector<float>({1, 2})}},
      e{{"x", from_vector<int>({1, 2})}, {"y", from_vector<int>({1})}};
  EXPECT_EQ(error_of([&] {
              stack({a, a, b});
            }),
            "[batch] record 2 is x int32[1] but the first of the batch is x int32[2]: records of one batch "
            "must have "
            "the same names, shapes and dtypes; crop or pad them in map.");
  for (const Batch& other : {c, d, e})
    EXPECT_NE(error_of([&] { stack({a, other}); }).find("record 1 is " + str(other)), std::string::npos);
}

}  // namespace
}  // namespace ramie::data
