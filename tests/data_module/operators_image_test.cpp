// Operators on images against Datarax's own, where nothing is random, and what their random modes draw.
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/data/operators/affine.h>
#include <ramie/data/operators/brightness.h>
#include <ramie/data/operators/color.h>
#include <ramie/data/operators/color_jitter.h>
#include <ramie/data/operators/contrast.h>
#include <ramie/data/operators/crop.h>
#include <ramie/data/operators/image_dropout.h>
#include <ramie/data/operators/noise.h>
#include <ramie/data/operators/normalize.h>
#include <ramie/data/operators/one_hot.h>
#include <ramie/data/operators/patch_dropout.h>
#include <ramie/data/operators/resize.h>
#include <ramie/data/operators/rotation.h>

#include "data_module/records.h"
#include "support/ops.h"

namespace ramie::data {
namespace {

using oracle::Json;
using Numbers = std::vector<double>;

// ---- operators out of the options of a case --------------------------------------------------------------

template <class T>
void read(const Json& options, const char* name, T& value) {
  if (options.contains(name)) value = options[name].get<T>();
}
void read(const Json& options, const char* name, Interval& value) {
  if (options.contains(name)) value = {options[name][0], options[name][1]};
}
void read(const Json& options, const char* name, std::optional<double>& value) {
  if (options.contains(name)) value = options[name].get<double>();
}
void read(const Json& options, const char* name, Setting& value) {
  if (options.contains(name)) value = options[name].get<double>();
}
template <class Options>
Options base(const Json& options) {
  Options o;
  o.stochastic = false;
  if (!options.contains("clip_range")) return o;
  o.clip_range = {};
  if (!options["clip_range"].is_null()) read(options, "clip_range", o.clip_range.emplace());
  return o;
}
// In Datarax a range of one number is no range.
Interval point(const Json& options, const char* name, double otherwise) {
  const double x = options.value(name, otherwise);
  return {x, x};
}

OperatorPtr brightness(const Json& j) {
  auto o = base<BrightnessOptions>(j);
  read(j, "brightness_delta", o.brightness_delta);
  return std::make_shared<Brightness>(o);
}
OperatorPtr contrast(const Json& j) {
  auto o = base<ContrastOptions>(j);
  read(j, "contrast_factor", o.contrast_factor);
  return std::make_shared<Contrast>(o);
}
OperatorPtr noise(const Json& j) {
  auto o = base<NoiseOptions>(j);
  if (j.value("mode", "") == "salt_pepper") o.mode = NoiseMode::salt_pepper;
  read(j, "noise_std", o.noise_std), read(j, "noise_mean", o.noise_mean);
  read(j, "salt_prob", o.salt_prob), read(j, "pepper_prob", o.pepper_prob);
  read(j, "salt_value", o.salt_value), read(j, "pepper_value", o.pepper_value);
  return std::make_shared<Noise>(o);
}
OperatorPtr rotation(const Json& j) {
  auto o = base<RotationOptions>(j);
  read(j, "angle_range", o.angle_range), read(j, "fill_value", o.fill_value);
  return std::make_shared<Rotation>(o);
}
OperatorPtr image_dropout(const Json& j) {
  auto o = base<ImageDropoutOptions>(j);
  if (j.value("mode", "") == "channel") o.mode = DropoutMode::channel;
  read(j, "dropout_rate", o.dropout_rate);
  return std::make_shared<ImageDropout>(o);
}
OperatorPtr patch_dropout(const Json& j) {
  auto o = base<PatchDropoutOptions>(j);
  read(j, "num_patches", o.num_patches), read(j, "patch_size", o.patch_size);
  read(j, "drop_value", o.drop_value);
  return std::make_shared<PatchDropout>(o);
}
OperatorPtr affine(const Json& j) {
  auto o = base<AffineOptions>(j);
  o.degrees = point(j, "degrees", 0), o.scale = point(j, "scale", 1);
  o.shear = point(j, "shear", 0), o.shear_y = point(j, "shear_y", 0);
  read(j, "fill_value", o.fill_value);
  return std::make_shared<Affine>(o);
}
OperatorPtr resized(const Json& j) {
  const std::string method = j["method"];
  return std::make_shared<Resize>(ResizeOptions{.size = j["size"],
                                                .method = method == "nearest"  ? ramie::Resize::nearest
                                                          : method == "linear" ? ramie::Resize::linear
                                                                               : ramie::Resize::cubic});
}
OperatorPtr center_crop(const Json& j) {
  return std::make_shared<CenterCrop>(CenterCropOptions{.size = j["size"]});
}
OperatorPtr normalize(const Json& j) {
  return std::make_shared<Normalize>(NormalizeOptions{.mean = j["mean"], .std = j["std"]});
}
OperatorPtr classes(const Json& j) {
  return std::make_shared<OneHot>(
      OneHotOptions{.field_key = "image", .target_key = "", .num_classes = j["num_classes"]});
}

const std::map<std::string, OperatorPtr (*)(const Json&)> operators = {{"Brightness", brightness},
                                                                       {"Contrast", contrast},
                                                                       {"Noise", noise},
                                                                       {"Rotation", rotation},
                                                                       {"ImageDropout", image_dropout},
                                                                       {"PatchDropout", patch_dropout},
                                                                       {"Affine", affine},
                                                                       {"Resize", resized},
                                                                       {"CenterCrop", center_crop},
                                                                       {"Normalize", normalize},
                                                                       {"OneHot", classes}};
const std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)> adjustments = {
    {"adjust_brightness", detail::adjust_brightness},
    {"adjust_contrast", detail::adjust_contrast},
    {"adjust_saturation", detail::adjust_saturation},
    {"adjust_hue", detail::adjust_hue}};

std::pair<Shape, Numbers> shaped(const Json& array) {
  return {Shape(array.at("shape").get<std::vector<std::int64_t>>()), array.at("data").get<Numbers>()};
}

TEST(ImageOperators, DoWhatDataraxDoes) {
  const Json file = oracle::read("data_module/operators.json");
  std::set<std::string> seen;
  for (const Json& c : file.at("cases")) {
    const std::string op = c.at("op");
    seen.insert(op);
    SCOPED_TRACE(op + " " + c.at("options").dump());
    const auto [shape, in] = shaped(file.at("inputs").at(c.at("input").get<std::size_t>()));
    const Tensor x = from_vector(in, shape).astype(op == "OneHot" ? int32 : float32);
    Tensor y;
    if (adjustments.contains(op))
      y = detail::channels_last(adjustments.at(op)(
          detail::planes(x), full({2, 1, 1, 1}, c["options"]["amount"].get<double>(), float32)));
    else
      y = operators.at(op)(c.at("options"))->apply({{"image", x}}, {})["image"];
    EXPECT_EQ(y.dtype(), float32);
    const auto [expected, out] = shaped(c.at("output"));
    expect_near(y, out, expected, 2e-6);
  }
  EXPECT_EQ(seen.size(), operators.size() + adjustments.size());
}

// ---- the clipping that Datarax does, and how it is switched off ------------------------------------------

Tensor image_of(const Operator& op, const Tensor& x) {
  return op.apply({{"image", x}}, op.random() ? testing::keys(x.shape(0)) : Tensor())["image"];
}

TEST(ImageOperators, ClipByDefaultAndCanBeToldNotTo) {
  const Tensor x = full({2, 2, 2, 1}, -0.4, float32), y = full({2, 2, 2, 1}, 2.8, float32);
  const auto brightness = [](std::optional<Interval> clip) {
    return Brightness({.brightness_delta = 0.1, .clip_range = clip, .stochastic = false});
  };
  EXPECT_EQ(testing::values(image_of(brightness({{0, 1}}), x)), Numbers(8, 0));
  EXPECT_EQ(testing::values(image_of(Brightness(), y)), Numbers(8, 1));
  EXPECT_EQ(testing::values(image_of(Noise(), y)), Numbers(8, 1));
  expect_near(image_of(brightness({}), x), Numbers(8, -0.3), x.shape(), 1e-6);
  expect_near(image_of(brightness({}), y), Numbers(8, 2.9), x.shape(), 1e-6);
  EXPECT_GT(min(image_of(Noise({.clip_range = {}}), y)).item(), 2.3);
  EXPECT_LT(max(image_of(Noise({.clip_range = {}}), x)).item(), 0);
  expect_near(image_of(brightness({{-1, 2}}), y), Numbers(8, 2), x.shape(), 1e-6);
}

TEST(ImageOperators, ContrastKeepsGrayImagesGray) {
  const Tensor x = tensor({0.2, 0.4, 0.6, 0.8}, float32);
  const Contrast op({.contrast_factor = 0.5, .stochastic = false});
  expect_near(image_of(op, x.reshape({1, 2, 2})), {0.35, 0.45, 0.55, 0.65}, {1, 2, 2}, 1e-6);
  expect_near(image_of(op, x.reshape({1, 2, 2, 1})), {0.35, 0.45, 0.55, 0.65}, {1, 2, 2, 1}, 1e-6);
}

TEST(ImageOperators, NormalizeScalesBytes) {
  const Tensor bytes = tensor({0, 255, 51, 102}, uint8).reshape({2, 2, 1});
  const auto z = [](double v) { return (v - 0.1307) / 0.3081; };
  const Normalize op({.mean = {0.1307}, .std = {0.3081}});
  expect_near(image_of(op, bytes), {z(0), z(1), z(0.2), z(0.4)}, {2, 2, 1}, 3e-7);
  expect_near(image_of(op, bytes.astype(float32) / 255), {z(0), z(1), z(0.2), z(0.4)}, {2, 2, 1}, 3e-7);
  const Normalize rgb({.mean = {0, 0.5, 1}, .std = {1, 0.5, 0.25}});
  expect_near(image_of(rgb, tensor({255, 255, 51}, uint8).reshape({1, 1, 1, 3})), {1, 1, -3.2}, {1, 1, 1, 3},
              3e-7);
  EXPECT_EQ(image_of(op, zeros({1, 2, 2}, float16)).dtype(), float16);
}

// ---- random modes ----------------------------------------------------------------------------------------

struct Moments {
  double mean, std, low, high;
};
Moments moments(const Tensor& x) {
  const auto v = x.to_vector<double>();
  const auto n = static_cast<double>(v.size());
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / n;
  double square = 0;
  for (const double a : v) square += (a - mean) * (a - mean);
  const auto [low, high] = std::minmax_element(v.begin(), v.end());
  return {mean, std::sqrt(square / n), *low, *high};
}
Tensor grays(std::int64_t n, double value) { return full({n, 16, 16, 1}, value, float32); }

TEST(RandomModes, BrightnessDrawsOneNumberForEachImage) {
  const Tensor y = image_of(Brightness({.brightness_range = {-0.1, 0.3}}), grays(4000, 0.5)) - 0.5;
  EXPECT_EQ(max(max(y, {1, 2, 3}) - min(y, {1, 2, 3})).item(), 0);
  const Moments m = moments(y.index({range(), 0, 0, 0}));
  EXPECT_NEAR(m.mean, 0.1, 4 * 0.4 / std::sqrt(12 * 4000));
  EXPECT_NEAR(m.std, 0.4 / std::sqrt(12), 0.004);
  EXPECT_GE(m.low, -0.1 - 1e-7);
  EXPECT_LE(m.high, 0.3 + 1e-7);
  EXPECT_LT(m.low, -0.095);
  EXPECT_GT(m.high, 0.295);
}

TEST(RandomModes, ContrastDrawsOneFactorForEachImage) {
  const Tensor x = concatenate({grays(1000, 0.4), grays(1000, 0.6)}, 1);
  const Tensor f = (image_of(Contrast(), x) - 0.5) / (x - 0.5);
  EXPECT_LE(max(max(f, {1, 2, 3}) - min(f, {1, 2, 3})).item(), 1e-5);
  const Moments m = moments(f.index({range(), 0, 0, 0}));
  EXPECT_NEAR(m.mean, 1, 0.015);
  EXPECT_NEAR(m.std, 0.4 / std::sqrt(12), 0.008);
}

TEST(RandomModes, GaussianNoise) {
  const Tensor y = image_of(Noise({.noise_std = 0.1, .noise_mean = 0.25, .clip_range = {}}), grays(400, 0.5));
  const Moments m = moments(y - 0.75);
  EXPECT_NEAR(m.mean, 0, 4 * 0.1 / 320);
  EXPECT_NEAR(m.std, 0.1, 4 * 0.1 / 450);
  const Tensor a = y[0], b = y[1];
  EXPECT_LT(std::abs(mean((a - 0.75) * (b - 0.75)).item()), 4 * 0.01 / 16);  // other images, other noise
}

TEST(RandomModes, SaltAndPepper) {
  const Tensor x = grays(400, 0.5);
  const Noise op({.mode = NoiseMode::salt_pepper, .salt_prob = 0.05, .pepper_prob = 0.2});
  const Tensor y = image_of(op, x);
  EXPECT_NEAR(mean((y == 1).astype(float32)).item(), 0.05, 0.003);
  EXPECT_NEAR(mean((y == 0).astype(float32)).item(), 0.2, 0.006);
  EXPECT_NEAR(mean((y == 0.5).astype(float32)).item(), 0.75, 0.006);
}

// What is drawn for u = (i + 0.5) / n is what the sums of the probabilities say, but for some u at steps.
TEST(RandomModes, PoissonQuantiles) {
  const int n = 20000;
  const Tensor u = (arange(0, n, 1, float32) + 0.5) / n;
  for (const double lam : {0.0, 0.01, 0.7, 3.0, 9.9, 10.1, 25.0, 150.0}) {
    const auto k = detail::poisson_quantile(u, full({n}, lam, float32)).to_vector<double>();
    double p = std::exp(-lam), total = p, exact = 0;
    int wrong = 0;
    for (int i = 0; i < n; ++i) {
      while ((i + 0.5) / n >= total) p *= lam / ++exact, total += p;
      const double off = std::abs(k[static_cast<std::size_t>(i)] - exact);
      EXPECT_LE(off, 1) << lam << " at " << i;
      wrong += off > 0;
    }
    EXPECT_LE(wrong, lam < 10 ? 2 : n * 0.03 / lam) << lam;
  }
  const Tensor ends = tensor({0.0, 1 - 6e-8}, float32);
  const auto at = [&](double lam) { return detail::poisson_quantile(ends, full({2}, lam, float32)); };
  EXPECT_EQ(at(0).to_vector<int>(), (std::vector<int>{0, 0}));
  EXPECT_LE(max(at(9)).item(), 32);
  EXPECT_LE(max(at(1000)).item(), 1250);
}

TEST(RandomModes, PoissonNoise) {
  const auto of = [](double x, double lam_scale) {
    return moments(image_of(Noise({.mode = NoiseMode::poisson, .lam_scale = lam_scale, .clip_range = {}}),
                            grays(400, x)));
  };
  for (const double scale : {1.0, 20.0, 400.0}) {
    const Moments one = of(0.5, scale), bytes = of(128, scale);
    EXPECT_NEAR(one.mean, 0.5, 0.01);
    EXPECT_NEAR(one.std, std::sqrt(0.5 / scale), 0.01);
    EXPECT_NEAR(bytes.mean, 128, 255 * 0.01);
    EXPECT_NEAR(bytes.std, 255 * std::sqrt(128 / 255.0 / scale), 255 * 0.01);
  }
  EXPECT_EQ(of(-1, 1).high, 0);
}

TEST(RandomModes, ImageDropoutKeepsTheScale) {
  const Tensor x = full({400, 8, 8, 3}, 0.5, float32);
  const Tensor pixels = image_of(ImageDropout({.dropout_rate = 0.3}), x);
  EXPECT_NEAR(mean(pixels).item(), 0.35, 0.003);
  EXPECT_EQ(max(pixels).item(), 0.5);
  const Tensor channels = image_of(ImageDropout({.dropout_rate = 0.3, .mode = DropoutMode::channel}), x);
  EXPECT_EQ(max(max(channels, {1, 2}) - min(channels, {1, 2})).item(), 0);
  EXPECT_NEAR(mean(channels).item(), 0.35, 0.5 * 4 * std::sqrt(0.21 / 1200));
}

TEST(RandomModes, ColorJitterDrawsFactorsAndOrders) {
  const Tensor x = full({2000, 2, 2, 3}, 0.4, float32);
  const Tensor f = image_of(ColorJitter({.brightness = 0.5}), x).index({range(), 0, 0, 0}) / 0.4;
  const Moments m = moments(f);
  EXPECT_NEAR(m.mean, 1, 0.03);
  EXPECT_NEAR(m.std, 1 / std::sqrt(12), 0.01);
  EXPECT_GE(m.low, 0.5 - 1e-6);
  EXPECT_LE(m.high, 1.5 + 1e-6);
  // Of one white pixel among black: first bright, then flat, or the other way round.
  const Tensor spot = tensor({1, 0, 0, 0}, float32).reshape({1, 2, 2, 1});
  const Tensor spots = broadcast_to(spot, {500, 2, 2, 1});
  const auto dark = [&](bool random_order) {
    const ColorJitter op({.brightness = 1, .contrast = 1, .random_order = random_order});
    return image_of(op, spots);
  };
  const Tensor some = dark(true), fixed = dark(false);
  const double changed = mean(any(some != fixed, {1, 2, 3}).astype(float32)).item();
  EXPECT_NEAR(changed, 0.5, 0.45);
  EXPECT_GT(changed, 0.05);
}

}  // namespace
}  // namespace ramie::data
