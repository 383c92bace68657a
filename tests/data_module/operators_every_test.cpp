// What holds for every operator on images: a record's result depends on it and its key alone, gradients lead
// through, fields are found and written, and bad input is refused in words.
#include <ramie/autograd/check_gtest.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/data/operators.h>

#include "data_module/records.h"
#include "support/ops.h"

namespace ramie::data {
namespace {

using testing::error_of;

// One number for each pixel, spread over (0, 1), and different in each image.
Tensor pixels(std::int64_t n, const Shape& image, DType dtype = float32) {
  Shape shape = image;
  shape.insert(0, n);
  const Tensor i = arange(0, shape.size(), 1, float64).reshape(shape);
  return (remainder(i * 0.6180339887, 1) * 0.98 + 0.01).astype(dtype);
}

struct Named {
  OperatorPtr op;
  std::string description;
};
template <class T>
Named named(T op, const char* description) {
  return {std::make_shared<T>(std::move(op)), description};
}

std::vector<Named> on_floats() {
  return {
      named(Brightness(), "Brightness(image, -0.2..0.2, clip 0..1)"),
      named(Brightness({.brightness_delta = 0.1, .clip_range = {}, .stochastic = false}),
            "Brightness(image, delta 0.1)"),
      named(Contrast({.contrast_range = {0.5, 2}, .seed = 3}), "Contrast(image, 0.5..2, clip 0..1, seed 3)"),
      named(Noise({.noise_std = 0.1}), "Noise(image, gaussian, mean 0, std 0.1, clip 0..1)"),
      named(Noise({.mode = NoiseMode::salt_pepper, .salt_prob = 0.1}),
            "Noise(image, salt_pepper, white at 0.1, 0 at 0.01, clip 0..1)"),
      named(Noise({.mode = NoiseMode::poisson, .lam_scale = 20, .clip_range = {}}),
            "Noise(image, poisson, lam_scale 20)"),
      named(Noise({.stochastic = false}), "Noise(image, gaussian, mean 0, std 0.05, fixed, clip 0..1)"),
      named(Rotation(), "Rotation(image, -15..15 degrees, fill 0, clip 0..1)"),
      named(
          Affine({.degrees = {-30, 30},
                  .translate = {0.2, 0.1},
                  .scale = {0.8, 1.2},
                  .shear = {-10, 10},
                  .fill_value = 0.5}),
          "Affine(image, -30..30 degrees, translate 0.2 0.1, scale 0.8..1.2, shear -10..10 0..0, fill 0.5)"),
      named(Elastic({.alpha = 20, .sigma = 2}), "Elastic(image, alpha 20, sigma 2, fill 0)"),
      named(ColorJitter({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.2}),
            "ColorJitter(image, brightness 0.4, contrast 0.4, saturation 0.4, hue 0.2)"),
  };
}
std::vector<Named> on_any() {
  return {
      named(ImageDropout({.mode = DropoutMode::channel}), "ImageDropout(image, channel, 0.1)"),
      named(ImageDropout({.stochastic = false}), "ImageDropout(image, pixel, 0.1, fixed)"),
      named(PatchDropout({.num_patches = 2, .patch_size = {3, 2}}), "PatchDropout(image, 2 of 3 x 2 at 0)"),
      named(Cutout({.length = 4, .fill_value = 1}), "Cutout(image, 1 of 4 at 1)"),
      named(RandomCrop({.size = {6, 7}, .padding = {1, 2}}), "RandomCrop(image, 6 x 7, padding 1 x 2 of 0)"),
      named(CenterCrop({.size = {6, 7}}), "CenterCrop(image, 6 x 7)"),
      named(Flip({.vertical_probability = 0.5}), "Flip(image, horizontal 0.5, vertical 0.5)"),
      named(Resize({.size = {11, 5}}), "Resize(image, 11 x 5, linear)"),
      named(Resize({.size = {4, 13}, .method = ramie::Resize::cubic, .antialias = false}),
            "Resize(image, 4 x 13, cubic, no antialias)"),
      named(Normalize({.mean = {0.5}, .std = {0.25}}), "Normalize(image, mean [0.5], std [0.25])"),
  };
}
std::vector<Named> every() {
  std::vector<Named> all = on_floats();
  for (Named& n : on_any()) all.push_back(n);
  return all;
}

void expect_per_record(const Operator& op, const Tensor& x) {
  const std::int64_t n = x.shape(0);
  const Tensor keys = testing::keys(n);
  const Tensor whole = testing::in_batches(op, {{"image", x}}, keys, n)["image"];
  for (const std::int64_t size : {7, 1})
    EXPECT_EQ(testing::values(testing::in_batches(op, {{"image", x}}, keys, size)["image"]),
              testing::values(whole))
        << op.describe() << " in batches of " << size;
  const Tensor alone = op.element({{"image", x[5]}}, op.random() ? keys[5] : Tensor())["image"];
  EXPECT_EQ(testing::values(alone), testing::values(whole[5])) << op.describe();
}

TEST(EveryOperator, GivesARecordTheSameBitsInAnyBatch) {
  for (const auto& [op, description] : every()) {
    SCOPED_TRACE(description);
    EXPECT_EQ(op->describe(), description);
    for (const Shape& image : {Shape{9, 8}, Shape{9, 8, 1}, Shape{9, 8, 3}})
      expect_per_record(*op, pixels(64, image));
  }
  for (const auto& [op, description] : on_any())
    expect_per_record(*op, (pixels(64, {9, 8, 3}) * 256).astype(uint8));
}

TEST(EveryOperator, IsRandomAsItSays) {
  const Tensor same = broadcast_to(pixels(1, {9, 8, 3}), {8, 9, 8, 3});
  for (const auto& [op, description] : every()) {
    const Tensor keys = testing::keys(8);
    const Tensor y = op->apply({{"image", same}}, keys)["image"];
    EXPECT_EQ(any(y != y.slice(0, 0, 1)).item() != 0, op->random()) << description;
    const Tensor again = op->apply({{"image", same}}, keys)["image"];
    EXPECT_EQ(testing::values(again), testing::values(y)) << description;
  }
}

TEST(EveryOperator, KeepsTheDtypeAndTakesNoRecords) {
  for (const auto& [op, description] : every()) {
    SCOPED_TRACE(description);
    for (const DType t : {float32, float64, float16, bfloat16}) {
      const Tensor y = op->apply({{"image", pixels(2, {9, 8, 3}, t)}}, testing::keys(2))["image"];
      EXPECT_EQ(y.dtype(), t);
      EXPECT_TRUE(all(isfinite(y)).item() != 0);
    }
    const Tensor none = op->apply({{"image", zeros({0, 9, 8, 3})}}, testing::keys(0))["image"];
    EXPECT_EQ(none.shape(0), 0);
    EXPECT_EQ(none.rank(), 4);
  }
}

TEST(EveryOperator, LetsGradientsThrough) {
  const Tensor x = pixels(2, {5, 4, 3}, float64), keys = testing::keys(2);
  for (const auto& [op, description] : every()) {
    if (description.find("poisson") != std::string::npos) continue;  // counts have none
    SCOPED_TRACE(description);
    EXPECT_GRADIENTS([&, &o = *op](const Tensor& x) { return o.apply({{"image", x}}, keys)["image"]; }, x);
  }
}

TEST(LearnableSettings, GetGradients) {
  const Tensor x = pixels(2, {5, 4, 3}, float64);
  const auto cell = std::make_shared<Cell>();
  EXPECT_GRADIENTS(
      [&](const Tensor& d) {
        const Brightness op({.brightness_delta = d, .clip_range = {}, .stochastic = false});
        return op.apply({{"image", x}}, {})["image"] * x;
      },
      tensor(0.1, float64));
  EXPECT_GRADIENTS(
      [&](const Tensor& f) {
        const Contrast op({.contrast_factor = f, .clip_range = {}, .stochastic = false});
        return op.apply({{"image", x}}, {})["image"] * x;
      },
      tensor(1.25, float64));
  set(cell, tensor(0.25, float32));
  const Brightness op({.brightness_delta = cell, .stochastic = false});
  EXPECT_EQ(op.describe(), "Brightness(image, delta learnable, clip 0..1)");
  const auto value = [&] { return op.apply({{"image", zeros({1, 1, 1})}}, {})["image"].item(); };
  EXPECT_EQ(value(), 0.25);
  set(cell, tensor(0.5, float32));
  EXPECT_EQ(value(), 0.5);  // it is read at each call
}

TEST(Fields, AreReadAndWrittenByName) {
  const Batch batch = {{"photo", pixels(2, {4, 4})}, {"class", tensor({3, 9}, uint8)}};
  const Brightness op({.field_key = "photo", .target_key = "bright"});
  EXPECT_EQ(op.describe(), "Brightness(photo -> bright, -0.2..0.2, clip 0..1)");
  EXPECT_EQ(str(op.apply(batch, testing::keys(2))),
            "photo float32[2,4,4], class uint8[2], bright float32[2,4,4]");
  const Batch labels = OneHot({.field_key = "class", .num_classes = 5}).apply(batch, {});
  EXPECT_EQ(labels["label_onehot"].to_vector<int>(), (std::vector<int>{0, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(OneHot().describe(), "OneHot(label -> label_onehot, 10 classes)");
}

std::string error_on(const Operator& op, const Tensor& x) {
  return error_of([&] { op.apply({{"image", x}}, testing::keys(x.rank() ? x.shape(0) : 0)); });
}

TEST(Errors, NameTheOperatorTheFieldAndTheShape) {
  EXPECT_EQ(error_on(Brightness(), zeros({2, 28, 28, 1}, uint8)),
            "[Brightness] field \"image\" is uint8[2,28,28,1]: its pixels must be floating-point numbers: "
            "Normalize makes them so, or astype.");
  EXPECT_EQ(error_on(Flip(), zeros({2, 28})),
            "[Flip] field \"image\" is float32[2,28]: images are [rows, height, width, channels], or [rows, "
            "height, width] if gray.");
  EXPECT_EQ(error_on(Flip(), zeros({})), "[Flip] field \"image\" is float32[]: it has no axis of records.");
  EXPECT_EQ(error_on(Normalize({.mean = {0, 0}, .std = {1, 1}}), zeros({2, 4, 4, 3})),
            "[Normalize] field \"image\" is float32[2,4,4,3]: it has 3 channels, and mean has 2 numbers.");
  EXPECT_EQ(error_on(ColorJitter({.hue = 0.1}), zeros({2, 4, 4, 2})),
            "[ColorJitter] field \"image\" is float32[2,4,4,2]: its images have 2 channels, not 1 or 3.");
  EXPECT_EQ(error_of([] {
              OneHot().apply({{"label", zeros({3})}}, {});
            }),
            "[OneHot] field \"label\" is float32[3]: labels are integers.");
  EXPECT_EQ(error_of([] {
              Flip({.field_key = "photo"}).apply({{"image", zeros({1, 2, 2})}}, {});
            }),
            "[Flip] no field \"photo\" in the batch of image float32[1,2,2]: set field_key.");
  EXPECT_EQ(error_of([] {
              Flip().apply({{"image", zeros({3, 2, 2})}}, testing::keys(2));
            }),
            "[Flip] field \"image\" is float32[3,2,2]: a key for each record is needed, uint32[3, 2] of "
            "record_keys(), and keys is uint32[2,2].");
}

TEST(Errors, OptionsThatMakeNoSense) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {error_of([] {
         Brightness({.brightness_range = {1, 0}});
       }),
       "[Brightness] brightness_range is 1..0: it goes from the smaller number to the larger, both finite."},
      {error_of([] { Brightness({.brightness_delta = 0.1}); }),
       "[Brightness] brightness_delta is for stochastic = false: else it is drawn from brightness_range."},
      {error_of([] { Contrast({.contrast_factor = 2}); }),
       "[Contrast] contrast_factor is for stochastic = false: else it is drawn from contrast_range."},
      {error_of([] {
         Noise({.clip_range = {{1, 1}}});
       }),
       "[Noise] clip_range is 1..1: the first must be less than the second; {} is no clipping."},
      {error_of([] { Noise({.noise_std = -1}); }), "[Noise] noise_std is -1: at least 0."},
      {error_of([] { Noise({.salt_prob = 0.6, .pepper_prob = 0.5}); }),
       "[Noise] salt_prob + pepper_prob is 0.6 + 0.5: at most 1."},
      {error_of([] { Noise({.lam_scale = 0}); }), "[Noise] lam_scale is 0: more than 0."},
      {error_of([] { ImageDropout({.dropout_rate = 1.5}); }),
       "[ImageDropout] dropout_rate is 1.5: a probability lies in 0..1."},
      {error_of([] {
         PatchDropout({.patch_size = {0, 3}});
       }),
       "[PatchDropout] patch_size is 0 x 3: at least 1 x 1."},
      {error_of([] { RandomCrop({}); }), "[RandomCrop] size is 0 x 0: give a height and a width, in pixels."},
      {error_of([] {
         Normalize({.mean = {1}, .std = {1, 2}});
       }),
       "[Normalize] mean is [1] and std is [1, 2]: one number each, or one for each channel."},
      {error_of([] { Normalize({.std = {0}}); }), "[Normalize] std is [0]: it must be more than 0."},
      {error_of([] {
         Affine({.scale = {0, 1}});
       }),
       "[Affine] scale is 0..1: more than 0."},
      {error_of([] { Elastic({.sigma = 0}); }), "[Elastic] sigma is 0: more than 0 pixels, less than 1000."},
      {error_of([] { ColorJitter({.hue = 0.6}); }), "[ColorJitter] hue is 0.6: in 0..0.5."},
      {error_of([] { OneHot({.num_classes = 0}); }), "[OneHot] num_classes is 0: at least 1."},
      {error_of([] { Flip({.field_key = ""}); }), "[Flip] field_key is empty: name the field to work on."}};
  for (const auto& [error, expected] : cases) EXPECT_EQ(error, expected);
}

}  // namespace
}  // namespace ramie::data
