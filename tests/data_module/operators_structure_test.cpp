#include <algorithm>
#include <cmath>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>
#include <ramie/data/operators.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

#include "data_module/datarax.h"
#include "data_module/records.h"

namespace ramie::data {
namespace {

using ramie::testing::error_of;
using ramie::testing::expect_batch;
using ramie::testing::expect_per_record;
using ramie::testing::images;
using ramie::testing::keys;
using ramie::testing::read_batch;
using ramie::testing::values;

TEST(ElementOperator, MergesAddsAndRemoves) {
  const ElementOperator op([](Batch record) -> Batch {
    return {{"image", record["image"].astype(float32) / 255}, {"label", {}}, {"sum", sum(record["image"])}};
  });
  EXPECT_EQ(str(op.apply(images(3), {})), "image float32[3,4,5,1], weight float32[3], sum int32[3]");
  expect_per_record(op);
}

TEST(ElementOperator, ReductionsInARecordHaveTheSameBits) {
  for (const Shape& axes : {Shape{}, Shape{0}, Shape{1}, Shape{2}, Shape{0, 1}, Shape{1, 2}, Shape{0, 2}}) {
    const ElementOperator op([axes](const Batch& record) -> Batch {
      const Tensor x = sin(record["image"].astype(float32)).reshape({5, 2, 2});
      return {{"mean", mean(x, axes)}, {"std", std(x, axes)}};
    });
    expect_per_record(op);
  }
}

TEST(ElementOperator, IsRandomIfItTakesAKey) {
  const ElementOperator noise(
      [](Batch record, const Tensor& key) {
        record["image"] = record["image"] + random::normal(key, record["image"].shape());
        return record;
      },
      {.name = "noise", .seed = 7});
  EXPECT_TRUE(noise.random());
  EXPECT_EQ(noise.seed(), 7u);
  EXPECT_EQ(noise.describe(), "ElementOperator(noise)");
  expect_per_record(noise);
  const Batch batch = images(4);
  const Tensor changed = noise.apply(batch, keys(4))["image"];
  EXPECT_EQ(values(changed[2]), values(batch["image"][2] + random::normal(keys(4)[2], {4, 5, 1})));
  EXPECT_FALSE(ElementOperator([](Batch record) { return record; }).random());
}

TEST(ElementOperator, ReadsValuesRecordByRecord) {
  const auto fn = [](Batch record) {
    record["label"] = tensor(record["label"].item<int>() + 100);
    return record;
  };
  const ElementOperator op(fn, {.vectorize = false});
  EXPECT_EQ(values(op.apply(images(3), {})["label"]), (std::vector<double>{100, 101, 102}));
  expect_per_record(op);
  EXPECT_NE(error_of([&] { ElementOperator(fn).apply(images(3), {}); }).find("item"), std::string::npos);
}

TEST(ElementOperator, OneByOneWithKeysIsTheSame) {
  const auto fn = [](Batch record, const Tensor& key) -> Batch {
    return {{"image", record["image"] + random::uniform(key, {1})}, {"weight", {}}};
  };
  const ElementOperator mapped(fn), looped(fn, {.vectorize = false});
  const Batch a = mapped.apply(images(5), keys(5)), b = looped.apply(images(5), keys(5));
  EXPECT_EQ(str(a), str(b));
  EXPECT_EQ(values(a["image"]), values(b["image"]));
  expect_per_record(looped);
}

TEST(ElementOperator, AChangedShapeNamesTheRecord) {
  const ElementOperator crop(
      [](const Batch& record) -> Batch {
        return {{"image", record["image"].slice(0, 0, record["label"].item<int>() < 2 ? 4 : 3)}};
      },
      {.name = "crop", .vectorize = false});
  EXPECT_EQ(error_of([&] { crop.apply(images(4), {}); }),
            "[ElementOperator(crop)] makes record 2 of the batch image uint8[3,5,1] but record 0 image "
            "uint8[4,5,1]: records of one batch must have the same fields, shapes and dtypes.");
  const ElementOperator drop(
      [](Batch record) {
        if (record["label"].item<int>() == 1) record["label"] = {};
        return record;
      },
      {.vectorize = false});
  EXPECT_NE(error_of([&] { drop.apply(images(4), {}); }).find("makes record 1"), std::string::npos);
}

TEST(ElementOperator, NeedsRows) {
  const ElementOperator op([](Batch record) { return record; });
  EXPECT_EQ(error_of([&] {
              op.apply({{"x", tensor(1)}}, {});
            }),
            "[ElementOperator] \"x\" is a scalar: it has no rows. Operators stand after batch.");
  EXPECT_EQ(error_of([&] {
              op.apply({{"x", tensor({1})}, {"y", tensor({1, 2})}}, {});
            }),
            "[ElementOperator] the fields must have equally many rows: x int32[1], y int32[2].");
}

TEST(ElementOperator, LetsGradientsThrough) {
  for (const bool vectorize : {true, false}) {
    const auto loss = [&](const Tensor& w, const Tensor& x) {
      const ElementOperator op(
          [w](const Batch& record) -> Batch {
            return {{"x", sum(w * record["x"] * record["x"])}};
          },
          {.vectorize = vectorize});
      return sum(op.apply({{"x", x}}, {})["x"]);
    };
    const auto [dw, dx] = grad(loss, argnums<0, 1>)(tensor(2.0), tensor({{1, 2}, {3, 4}}, float32));
    EXPECT_EQ(values(dw), (std::vector<double>{30}));
    EXPECT_EQ(values(dx), (std::vector<double>{4, 8, 12, 16}));
  }
}

TEST(MapOperator, MapsAllFieldsOrSome) {
  const auto twice = [](const Tensor& x) { return x * 2; };
  const Batch batch = images(3);
  const Batch all = MapOperator(twice).apply(batch, {});
  for (const char* name : {"image", "label", "weight"}) EXPECT_EQ(values(all[name]), values(batch[name] * 2));
  const MapOperator some(twice, {.subtree = {"label", "weight"}, .name = "twice"});
  EXPECT_EQ(some.describe(), "MapOperator(twice, label, weight)");
  EXPECT_EQ(values(some.apply(batch, {})["image"]), values(batch["image"]));
  expect_per_record(some);
  EXPECT_NE(error_of([&] {
              MapOperator(twice, {.subtree = {"mask"}}).apply(batch, {});
            }).find("there is no \"mask\": the batch holds image"),
            std::string::npos);
}

TEST(MapOperator, EachFieldHasItsOwnNumbers) {
  const MapOperator noise([](const Tensor& x, const Tensor& key) { return random::normal(key, x.shape()); },
                          {.seed = 3});
  EXPECT_TRUE(noise.random());
  expect_per_record(noise);
  const Batch drawn = noise.apply({{"a", zeros({2, 3})}, {"b", zeros({2, 3})}}, keys(2));
  EXPECT_NE(values(drawn["a"]), values(drawn["b"]));
  EXPECT_NE(values(drawn["a"][0]), values(drawn["a"][1]));
}

TEST(Probabilistic, ThrowsACoinForEachRecord) {
  const MapOperator add_one([](const Tensor& x) { return x + 1; }, {.subtree = {"weight"}});
  const Probabilistic op(add_one, 0.3);
  EXPECT_EQ(op.describe(), "Probabilistic(0.3, MapOperator(weight))");
  EXPECT_TRUE(op.random());
  expect_per_record(op);
  const Batch batch = {{"weight", zeros({20000})}};
  EXPECT_NEAR(mean(op.apply(batch, keys(20000))["weight"]).item(), 0.3, 0.015);
}

TEST(Probabilistic, NeverAndAlwaysThrowNone) {
  const MapOperator add_one([](const Tensor& x) { return x + 1; });
  const Batch batch = images(3);
  EXPECT_FALSE(Probabilistic(add_one, 0).random());
  EXPECT_FALSE(Probabilistic(add_one, 1).random());
  EXPECT_EQ(values(Probabilistic(add_one, 0).apply(batch, {})["label"]), values(batch["label"]));
  EXPECT_EQ(values(Probabilistic(add_one, 1).apply(batch, {})["label"]), values(batch["label"] + 1));
  const MapOperator noise(
      [](const Tensor& x, const Tensor& key) { return x + random::normal(key, x.shape()); });
  EXPECT_FALSE(Probabilistic(noise, 0).random());
  EXPECT_TRUE(Probabilistic(noise, 1).random());
}

TEST(Probabilistic, Errors) {
  const MapOperator floats([](const Tensor& x) { return x.astype(float32); }, {.subtree = {"image"}});
  for (const double p : {-0.1, 1.5, std::nan("")})
    EXPECT_NE(error_of([&] { Probabilistic(floats, p); }).find("it lies in 0..1."), std::string::npos);
  EXPECT_EQ(
      error_of([&] { Probabilistic(floats).apply(images(2), keys(2)); }),
      "[Probabilistic] MapOperator(image) gives image float32[2,4,5,1], label int32[2], weight float32[2] "
      "but the batch gives image uint8[2,4,5,1], label int32[2], weight float32[2]: records are chosen "
      "from both, so names, shapes and dtypes must agree.");
  EXPECT_EQ(error_of([] { AnyOperator{OperatorPtr()}; }), "[operator] a null pointer is no operator.");
}

AnyOperator constant(double value) {
  return MapOperator([value](const Tensor& x) { return x * 0 + value; }, {.subtree = {"weight"}});
}

TEST(Selector, TakesOneForEachRecordByWeight) {
  const Selector op({constant(1), constant(2), constant(3), constant(4)},
                    {.weights = {1, 0, 5, 4}, .seed = 1});
  EXPECT_TRUE(op.random());
  EXPECT_EQ(op.seed(), 1u);
  EXPECT_EQ(op.describe().substr(0, 33), "Selector(0.1 MapOperator(weight),");
  expect_per_record(op);
  const Tensor chosen = op.apply({{"weight", zeros({20000})}}, keys(20000))["weight"];
  const auto share = [&](double value) { return mean((chosen == value).astype(float32)).item(); };
  EXPECT_NEAR(share(1), 0.1, 0.01);
  EXPECT_EQ(share(2), 0);
  EXPECT_NEAR(share(3), 0.5, 0.02);
  EXPECT_NEAR(share(4), 0.4, 0.02);
}

TEST(Selector, Errors) {
  const auto weights = [](std::vector<double> w) {
    return error_of([&] { Selector({constant(1), constant(2)}, {.weights = w}); });
  };
  EXPECT_EQ(weights({1}), "[Selector] 1 weights for 2 operators: give one for each, or none.");
  EXPECT_EQ(weights({-1, 2}), "[Selector] the weights are -1, 2: they must be finite, >= 0 and not all 0.");
  for (const auto& w : {std::vector<double>{0, 0}, {1, std::nan("")}, {1, INFINITY}})
    EXPECT_NE(weights(w).find("not all 0"), std::string::npos);
  EXPECT_EQ(error_of([] { Selector({}); }), "[Selector] give at least one operator.");
}

TEST(RandomOperators, NeedAKeyForEachRecord) {
  const MapOperator noise(
      [](const Tensor& x, const Tensor& key) { return x + random::normal(key, x.shape()); });
  const ElementOperator same([](Batch record, const Tensor&) { return record; });
  for (const AnyOperator& op :
       std::vector<AnyOperator>{noise, same, Probabilistic(constant(1)), Selector({constant(1)}), BatchMix(),
                                Sequential({noise})}) {
    EXPECT_HAS(error_of([&] { op->apply(images(3), {}); }),
               "] a key for each record is needed, uint32[3,2] of record_keys, and keys is undefined.");
    EXPECT_HAS(error_of([&] { op->apply(images(3), keys(2)); }), "and keys is uint32[2,2].");
  }
}

TEST(CheckFinite, NamesFieldRecordAndPlace) {
  Batch batch = images(4);
  const CheckFinite check;
  EXPECT_EQ(str(check.apply(batch, {})), str(batch));
  expect_per_record(check);
  std::vector<float> x(24, 1);
  x[17] = NAN, x[20] = INFINITY;
  batch.set("depth", from_vector(x, {4, 2, 3}));
  EXPECT_EQ(error_of([&] { check.apply(batch, {}); }),
            "[CheckFinite] \"depth\" of record 2 of the batch is nan at [1, 2].");
  EXPECT_NO_THROW(CheckFinite({.fields = {"weight"}}).apply(batch, {}));
  const CheckFinite depth({.fields = {"depth"}});
  EXPECT_EQ(depth.describe(), "CheckFinite(depth)");
  EXPECT_EQ(error_of([&] { depth.element(row(batch, 3)); }),
            "[CheckFinite(depth)] \"depth\" of record 0 of the batch is inf at [0, 2].");
  EXPECT_NE(error_of([&] { CheckFinite({.fields = {"mask"}}).apply(batch, {}); }).find("no \"mask\""),
            std::string::npos);
}

// The largest distance between the distribution of `draws` and the function F.
double kolmogorov(std::vector<double> draws, double (*F)(double)) {
  std::sort(draws.begin(), draws.end());
  double worst = 0;
  const auto n = static_cast<double>(draws.size());
  for (std::size_t i = 0; i < draws.size(); ++i)
    worst = std::max(worst, std::abs(F(draws[i]) - (static_cast<double>(i) + 0.5) / n));
  return worst;
}

constexpr std::int64_t beta_draws = 8000;
std::vector<double> betas(double a, double b) {
  return values(vmap([=](const Tensor& key) { return beta(key, a, b); })(keys(beta_draws)));
}

TEST(Beta, HasItsDistribution) {
  const double limit = 1.95 / std::sqrt(beta_draws);  // which one seed in 1000 passes
  EXPECT_LT(kolmogorov(betas(1, 1), [](double x) { return x; }), limit);
  EXPECT_LT(kolmogorov(betas(2, 1), [](double x) { return x * x; }), limit);
  EXPECT_LT(kolmogorov(betas(1, 0.3), [](double x) { return 1 - std::pow(1 - x, 0.3); }), limit);
  EXPECT_LT(kolmogorov(betas(0.5, 0.5), [](double x) { return 2 / M_PI * std::asin(std::sqrt(x)); }), limit);
}

TEST(Beta, HasItsMoments) {
  for (const auto& [a, b] : {std::pair{0.2, 0.2}, {0.4, 3.0}, {1.0, 1.0}, {8.0, 2.5}, {300.0, 100.0}}) {
    const auto x = betas(a, b);
    double sum = 0, squares = 0;
    for (const double v : x) {
      ASSERT_TRUE(v >= 0 && v <= 1) << v;
      sum += v, squares += v * v;
    }
    const double n = beta_draws, m = a / (a + b), var = m * (1 - m) / (a + b + 1);
    EXPECT_NEAR(sum / n, m, 4 * std::sqrt(var / n));
    EXPECT_NEAR(squares / n - sum / n * (sum / n), var, 0.08 * var);
  }
  double logs = 0;  // the mean is -1/a where b is 1
  for (const double x : betas(0.3, 1)) logs += std::log(x) / beta_draws;
  EXPECT_NEAR(logs, -1 / 0.3, 0.08);
  EXPECT_EQ(values(beta(random::key(3), 0.4, 0.4)), values(beta(random::key(3), 0.4, 0.4)));
  EXPECT_EQ(error_of([] { beta(random::key(0), 0, 1); }),
            "[beta] a is 0 and b is 1: both must be positive numbers.");
}

TEST(BatchMix, GivesWhatDataraxGives) {
  const oracle::Json file = oracle::read("data_module/datarax_structure.json");
  const Batch batch = read_batch(file.at("images"));
  for (const oracle::Json& c : file.at("mixes")) {
    const Tensor lambda = full({}, c.at("lambda").get<double>(), float32);
    const Tensor permutation = from_vector(c.at("permutation").get<std::vector<std::int32_t>>());
    const auto centre = c.at("centre").get<std::vector<std::int32_t>>();
    SCOPED_TRACE(c.at("mode").get<std::string>() + " " + std::to_string(c.at("lambda").get<double>()));
    expect_batch(c.at("mode") == "mixup"
                     ? mixup(batch, lambda, permutation)
                     : cutmix(batch, lambda, permutation, tensor(centre[0]), tensor(centre[1])),
                 c.at("output"));
  }
}

TEST(BatchMix, DrawsOneRatioAndOnePermutationForABatch) {
  const BatchMix op({.alpha = 0.7, .seed = 2});
  EXPECT_TRUE(op.random());
  EXPECT_FALSE(op.per_record());
  EXPECT_EQ(op.seed(), 2u);
  EXPECT_EQ(op.describe(), "BatchMix(mixup, alpha 0.7)");
  const Batch batch = images(64), out = op.apply(batch, keys(64));
  EXPECT_EQ(str(out), "image float32[64,4,5,1], label float32[64], weight float32[64]");
  const auto drawn = random::split(keys(64)[0], 4);
  const Batch expected = mixup(batch, beta(drawn[0], 0.7, 0.7), random::permutation(drawn[1], 64));
  for (const auto& [name, x] : expected) EXPECT_EQ(values(out[name]), values(x));
  EXPECT_NE(values(out["label"]), values(op.apply(batch, keys(65).slice(0, 1, 65))["label"]));
}

TEST(BatchMix, CutsAndPastes) {
  const BatchMix op({.mode = MixMode::cutmix, .label_field = "weight"});
  EXPECT_EQ(op.describe(), "BatchMix(cutmix, alpha 1, image, weight)");
  const Batch batch = images(9), out = op.apply(batch, keys(9));
  EXPECT_EQ(str(out), str(batch));
  EXPECT_EQ(values(out["label"]), values(batch["label"]));
  EXPECT_NE(values(out["image"]), values(batch["image"]));
}

TEST(BatchMix, SmallBatchesKeepTheirValues) {
  for (const MixMode mode : {MixMode::mixup, MixMode::cutmix}) {
    const BatchMix op({.mode = mode});
    for (const std::int64_t n : {0, 1}) {
      const Batch out = op.apply(images(n), keys(n));
      EXPECT_EQ(out["label"].dtype(), float32);
      for (const auto& [name, x] : images(n)) EXPECT_EQ(values(out[name]), values(x));
    }
    EXPECT_EQ(op.element(row(images(1), 0), keys(1)[0])["label"].dtype(), float32);
  }
}

TEST(BatchMix, LetsGradientsThrough) {
  const Tensor permutation = tensor({1, 2, 0}), weights = tensor({1.0f, 10.0f, 100.0f});
  const auto loss = [&](const Tensor& x, const Tensor& lambda) {
    return sum(weights * mixup({{"x", x}}, lambda, permutation)["x"]);
  };
  const auto [dx, dl] = grad(loss, argnums<0, 1>)(tensor({1.0f, 2.0f, 4.0f}), tensor(0.25f));
  EXPECT_EQ(values(dx), (std::vector<double>{75.25, 3.25, 32.5}));
  EXPECT_EQ(values(dl), (std::vector<double>{-1 - 20 + 300}));
}

TEST(BatchMix, Errors) {
  for (const double alpha : {0.0, -1.0, std::nan("")})
    EXPECT_HAS(error_of([&] { BatchMix({.alpha = alpha}); }), "it must be a positive number.");
  const BatchMix cut({.mode = MixMode::cutmix, .data_field = "weight"});
  EXPECT_EQ(error_of([&] { cut.apply(images(2), keys(2)); }),
            "[BatchMix] cutmix needs images [n, h, w, channels], \"weight\" is float32[2].");
  EXPECT_HAS(error_of([] {
               BatchMix({.mode = MixMode::cutmix}).apply({{"x", ones({3})}}, keys(3));
             }),
             "there is no \"image\"");
}

}  // namespace
}  // namespace ramie::data
