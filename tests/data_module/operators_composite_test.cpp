#include <limits>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/data/operators.h>
#include <ramie/data/pipeline.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

#include "data_module/datarax.h"
#include "data_module/records.h"

namespace ramie::data {
namespace {

using ramie::oracle::Json;
using ramie::testing::error_of;
using ramie::testing::expect_batch;
using ramie::testing::expect_per_record;
using ramie::testing::images;
using ramie::testing::keys;
using ramie::testing::read_batch;
using ramie::testing::values;
using Strategy = CompositionStrategy;

// The children, conditions and router of tests/oracles/datarax_structure.py.
std::vector<AnyOperator> children() {
  return {MapOperator([](const Tensor& x) { return 2 * x + 0.5; }),
          MapOperator([](const Tensor& x) { return mean(x) + 1.5 * (x - mean(x)); }),
          MapOperator([](const Tensor& x) { return -x; })};
}
std::vector<Condition> conditions() {
  return {[](const Batch& r) { return sum(r["x"]) > 0; }, [](const Batch& r) { return r["y"][0] < 0; },
          [](const Batch& r) { return r["x"][0] > 1; }};
}
Tensor router(const Batch& r) { return floor(r["y"][1]).astype(int32); }

template <class E>
E named(const std::string& name, E last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (name == str(static_cast<E>(i))) return static_cast<E>(i);
  throw std::runtime_error("no such name: " + name);
}

CompositeOptions options_of(const Json& c) {
  CompositeOptions o{.strategy = named(c.at("strategy"), Strategy::branching), .operators = children()};
  o.merge = {named(c.value("merge_strategy", "concat"), MergeStrategy::min), c.value("merge_axis", 0), {}};
  if (o.strategy == Strategy::conditional_sequential || o.strategy == Strategy::conditional_parallel)
    o.conditions = conditions();
  if (o.strategy == Strategy::branching) o.router = router;
  o.weight_key = c.value("weight_key", "");
  const auto weights = c.value("weights", std::vector<double>{});
  if (c.value("learnable_weights", false))
    o.learnable_weights = from_vector(weights).astype(float32);
  else
    o.weights = weights;
  return o;
}

TEST(Composite, GivesWhatDataraxGives) {
  const Json file = oracle::read("data_module/datarax_structure.json");
  const Batch plain = read_batch(file.at("data"));
  for (const Json& c : file.at("composites")) {
    SCOPED_TRACE(c.at("strategy").get<std::string>() + " " + c.value("merge_strategy", ""));
    const CompositeOptions options = options_of(c);
    Batch batch = plain;
    if (!options.weight_key.empty()) batch.set("w", read_batch({{"w", file.at("weights")}})["w"]);
    const Composite op(options);
    expect_batch(op.apply(batch, {}), c.at("output"));
    const Batch third = op.element(row(batch, 3)), whole = op.apply(batch, {});
    for (const auto& [name, x] : third) EXPECT_EQ(values(x), values(whole[name][3])) << name;
  }
}

AnyOperator noise() {
  return MapOperator([](const Tensor& x, const Tensor& key) { return x + random::normal(key, x.shape()); },
                     {.subtree = {"weight"}});
}
AnyOperator plus(double n) {
  return MapOperator([n](const Tensor& x) { return x + n; }, {.subtree = {"weight"}});
}
Tensor even(const Batch& record) { return remainder(record["label"], 2) == 0; }

TEST(Composite, EveryStrategyTreatsRecordsAlone) {
  const MergeOptions of_weight = {.strategy = MergeStrategy::stack, .fields = {"weight"}};
  for (int i = 0; i <= static_cast<int>(Strategy::branching); ++i) {
    const auto s = static_cast<Strategy>(i);
    CompositeOptions o{.strategy = s, .operators = {noise(), plus(1), noise()}, .merge = of_weight};
    if (s == Strategy::conditional_sequential || s == Strategy::conditional_parallel)
      o.conditions = {even, even, even};
    if (s == Strategy::branching) o.router = [](const Batch& r) { return remainder(r["label"], 3); };
    const Composite op(o);
    EXPECT_TRUE(op.random());
    expect_per_record(op);
  }
}

TEST(Composite, OperatorsHaveNumbersOfTheirOwn) {
  const Batch batch = {{"weight", zeros({3})}};
  const auto drawn = [&](const Composite& op) { return op.apply(batch, keys(3)); };
  const Batch all = drawn(Parallel({noise(), noise()}, {.merge = {.strategy = MergeStrategy::dict}}));
  EXPECT_NE(values(all["weight.operator_0"]), values(all["weight.operator_1"]));
  const auto seeded = [](std::uint64_t seed) {
    return MapOperator([](const Tensor& x, const Tensor& key) { return x + random::normal(key, x.shape()); },
                       {.seed = seed});
  };
  const auto first = values(drawn(Sequential({seeded(1)}))["weight"]);
  EXPECT_EQ(values(drawn(Sequential({seeded(1)}))["weight"]), first);
  EXPECT_NE(values(drawn(Sequential({seeded(2)}))["weight"]), first);
  EXPECT_EQ(Sequential({seeded(2), Noise({.seed = 3})}).describe(),
            "Composite(sequential, MapOperator, seed 2, Noise(image, gaussian, mean 0, std 0.05, clip 0..1, "
            "seed 3))");
  EXPECT_FALSE(Sequential({plus(1)}).random());
  EXPECT_EQ(Sequential({plus(1)}, 4).seed(), 4u);
}

TEST(Composite, ADynamicListChangesInPlace) {
  Composite op({.strategy = Strategy::dynamic_sequential});
  const Composite copy = op;  // of the handle
  const auto result = [&] { return values(copy.apply({{"weight", tensor({1.0f})}}, keys(1))["weight"])[0]; };
  const MapOperator twice([](const Tensor& x) { return x * 2; });
  EXPECT_EQ(result(), 1);
  op.add_operator(plus(3));
  op.add_operator(twice);
  EXPECT_EQ(result(), 8);
  op.add_operator(plus(10), 0);
  EXPECT_EQ(result(), 28);
  op.reorder_operators({2, 0, 1});
  EXPECT_EQ(result(), 15);
  EXPECT_EQ(op.remove_operator(0)->describe(), "MapOperator");
  EXPECT_EQ(result(), 14);
  op.clear_operators();
  EXPECT_EQ(result(), 1);
  EXPECT_EQ(copy.describe(), "Composite(dynamic_sequential)");
  op.add_operator(twice);
  EXPECT_EQ(error_of([&] { op.add_operator(twice, 2); }),
            "[Composite] add_operator at 2: there are 1 operators.");
  EXPECT_EQ(error_of([&] { op.remove_operator(1); }),
            "[Composite] remove_operator 1: there are 1 operators.");
  EXPECT_EQ(error_of([&] { op.reorder_operators({1}); }),
            "[Composite] reorder_operators takes each place of 1 operators once.");
  EXPECT_EQ(error_of([&] { Sequential({twice}).clear_operators(); }),
            "[Composite] clear_operators is for dynamic_sequential, not for sequential.");
}

TEST(Composite, FieldsThatAreNotMergedStay) {
  const Composite op =
      Parallel({plus(0), plus(10)}, {.merge = {.strategy = MergeStrategy::mean, .fields = {"weight"}}});
  const Batch batch = images(3), out = op.apply(batch, {});
  EXPECT_EQ(str(out), str(batch));
  EXPECT_EQ(values(out["weight"]), values(batch["weight"] + 5));
  EXPECT_EQ(values(out["label"]), values(batch["label"]));
  EXPECT_EQ(op.describe(), "Composite(parallel, MapOperator(weight), MapOperator(weight), mean 0 weight)");
}

TEST(Composite, MergesByAFunction) {
  const auto difference = [](const std::vector<Batch>& r) {
    Batch out = r[0];
    out["weight"] = r[1]["weight"] - r[0]["weight"];
    return out;
  };
  const Composite op = Parallel({plus(1), plus(5)}, {.merge_fn = difference});
  EXPECT_EQ(values(op.apply(images(2), {})["weight"]), (std::vector<double>{4, 4}));
}

TEST(Composite, IntegersKeepTheirMeaning) {
  const auto label = [](Strategy s) {
    return Composite({.strategy = s, .operators = {plus(1), plus(2)}}).apply(images(3), {})["label"];
  };
  EXPECT_EQ(str(label(Strategy::ensemble_max)), str(images(3)["label"]));
  EXPECT_EQ(label(Strategy::ensemble_mean).dtype(), float32);
  EXPECT_EQ(values(label(Strategy::ensemble_sum)), (std::vector<double>{0, 2, 4}));
}

TEST(Composite, BranchesAndTheirDefault) {
  const Composite op = Branch(even, plus(1), plus(2));
  const Batch batch = {{"label", tensor({4, 5})}, {"weight", zeros({2})}};
  EXPECT_EQ(values(op.apply(batch, {})["weight"]), (std::vector<double>{1, 2}));
  const auto routed = [&](std::optional<std::int64_t> other) {
    const Composite route({.strategy = Strategy::branching,
                           .operators = {plus(1), plus(2), plus(3)},
                           .router = [](const Batch& r) { return r["label"]; },
                           .default_branch = other});
    return values(route.apply({{"label", tensor({-1, 0, 1, 2, 7})}, {"weight", zeros({5})}}, {})["weight"]);
  };
  EXPECT_EQ(routed({}), (std::vector<double>{1, 1, 2, 3, 3}));
  EXPECT_EQ(routed(1), (std::vector<double>{2, 1, 2, 3, 2}));
}

TEST(Composite, LetsGradientsThrough) {
  const auto loss = [](const Tensor& w, const Tensor& x) {
    return sum(Parallel({plus(1), plus(2)}, {.learnable_weights = w}).apply({{"weight", x}}, {})["weight"]);
  };
  const auto [dw, dx] = grad(loss, argnums<0, 1>)(tensor({0.5f, 3.0f}), tensor({10.0f, 20.0f}));
  EXPECT_EQ(values(dw), (std::vector<double>{32, 34}));
  EXPECT_EQ(values(dx), (std::vector<double>{3.5, 3.5}));
}

TEST(Composite, ChecksItsOptions) {
  const auto error = [](CompositeOptions o) { return error_of([&] { Composite{o}; }); };
  const std::vector<AnyOperator> two = {plus(1), plus(2)};
  EXPECT_EQ(error({}), "[Composite] give at least one operator.");
  EXPECT_EQ(error({.strategy = Strategy::conditional_parallel, .operators = two, .conditions = {even}}),
            "[Composite] 1 conditions for 2 operators: conditional_parallel takes one for each.");
  EXPECT_EQ(error({.operators = two, .conditions = {even, even}}),
            "[Composite] 2 conditions for 2 operators: sequential takes none.");
  EXPECT_EQ(error({.strategy = Strategy::branching, .operators = two}),
            "[Composite] branching needs a router.");
  EXPECT_EQ(error({.operators = two, .router = even}), "[Composite] sequential has no use for a router.");
  EXPECT_EQ(error({.strategy = Strategy::branching, .operators = two, .router = even, .default_branch = 2}),
            "[Composite] default_branch is 2: there are 2 operators.");
  EXPECT_EQ(error({.strategy = Strategy::weighted_parallel, .operators = two, .weights = {1}}),
            "[Composite] 1 weights for 2 operators.");
  EXPECT_EQ(error({.operators = two, .weights = {1, 2}}),
            "[Composite] weights are for weighted_parallel, not for sequential.");
  EXPECT_EQ(
      error(
          {.strategy = Strategy::weighted_parallel, .operators = two, .weights = {1, 2}, .weight_key = "w"}),
      "[Composite] weights, learnable_weights and weight_key exclude one another: give one of them.");
}

TEST(Composite, ChecksWhatItMeets) {
  const auto error = [](const Composite& op) { return error_of([&] { op.apply(images(2), {}); }); };
  const MapOperator floats([](const Tensor& x) { return x.astype(float32); }, {.subtree = {"label"}});
  const ElementOperator more([](const Batch&) -> Batch { return {{"more", tensor(1)}}; });
  EXPECT_HAS(error(Branch(even, floats, plus(1))),
             "[Composite] MapOperator(weight) gives image uint8[2,4,5,1],"
             " label int32[2], weight float32[2] but MapOperator(label)"
             " gives image uint8[2,4,5,1], label float32[2]");
  EXPECT_HAS(error(Branch([](const Batch& r) { return r["image"] > 3; }, plus(1), plus(2))),
             "[Composite] a router gives int32[2,4,5,1] for 2 records: one integer for each is needed.");
  EXPECT_HAS(error(Composite({.strategy = Strategy::conditional_sequential,
                              .operators = {plus(1)},
                              .conditions = {[](const Batch& r) { return r["label"]; }}})),
             "[Composite] a condition gives int32[2] for 2 records: one bool for each is needed.");
  EXPECT_HAS(error(Parallel({plus(1), plus(2)})),
             "[merge] \"label\" is int32[2] and int32[2]: its records have no axis 0 to concat along; choose "
             "another axis, or list the other fields in .fields.");
  EXPECT_HAS(error(Parallel({plus(1), more})), "they must have the same fields.");
  EXPECT_HAS(error(Parallel({plus(1), plus(2)}, {.merge = {.fields = {"mask"}}})), "there is no \"mask\"");
  EXPECT_HAS(error(Parallel({plus(1), plus(2)}, {.weight_key = "weight"})),
             "[Composite] the weights are float32[2]: 2 operators need float32[rows,2].");
  EXPECT_HAS(error(Parallel({plus(1), plus(2)}, {.learnable_weights = ones({3})})),
             "[Composite] the weights are float32[3]: 2 operators need float32[2].");
  const MapOperator crop([](const Tensor& x) { return x.slice(1, 0, 2); }, {.subtree = {"image"}});
  EXPECT_HAS(error(Parallel({crop, plus(1)}, {.merge = {.strategy = MergeStrategy::sum}})),
             "[merge] \"image\" is uint8[2,4,2,1] and uint8[2,4,5,1]: the shapes must agree.");
  EXPECT_HAS(error(Parallel({crop, plus(1)}, {.merge = {.fields = {"image"}}})),
             "[merge] \"image\" is uint8[2,4,2,1] and uint8[2,4,5,1]: for concat, all axes but one");
  EXPECT_EQ(Parallel({crop, plus(1)}, {.merge = {.axis = 1, .fields = {"image"}}})
                .apply(images(2), {})["image"]
                .shape(),
            (Shape{2, 4, 7, 1}));
}

std::vector<AnyOperator> for_pipelines() {
  const Noise noise({.clip_range = {}});
  const Brightness shift;
  const ElementOperator negate([](const Batch& r, const Tensor& key) -> Batch {
    return {{"image", where(random::bernoulli(key, 0.5, {}), -r["image"], r["image"])}};
  });
  const MergeOptions of_images = {.strategy = MergeStrategy::sum, .fields = {"image"}};
  return {Probabilistic(noise, 0.4),          Selector({noise, shift}),
          Sequential({noise, shift, negate}), Parallel({noise, shift}, {.merge = of_images}),
          Branch(even, noise, shift),         negate};
}

std::vector<double> all_of(const Pipeline& pipeline, const char* field) {
  std::vector<double> all;
  for (const Batch& batch : pipeline)
    for (const double x : values(batch[field])) all.push_back(x);
  return all;
}

// Some of them run as one recorded program there.
TEST(StructuralOperators, GiveTheSameBitsInAnyPipeline) {
  const auto source = std::make_shared<TensorSource>(images(130));
  const MapOperator scale([](const Tensor& x) { return x.astype(float32) / 255; }, {.subtree = {"image"}});
  for (const AnyOperator& op : for_pipelines()) {
    const auto run = [&](std::int64_t size, std::int64_t workers) {
      const Pipeline p = from_source(source, size, {.seed = 9}).add(scale).add(op.ptr()).add(Noise());
      return all_of(workers ? p.prefetch(4, workers) : p, "image");
    };
    const auto expected = run(128, 0);
    EXPECT_EQ(expected.size(), 2600u);
    for (const std::int64_t size : {1, 7, 130})
      for (const std::int64_t workers : {0, 2, 8})
        EXPECT_EQ(run(size, workers), expected) << op->describe() << size << " " << workers;
  }
}

TEST(StructuralOperators, MixesAreTheSameForAnyWorkers) {
  const auto source = std::make_shared<TensorSource>(images(130));
  EXPECT_TRUE(BatchMix().capturable());
  for (const MixMode mode : {MixMode::mixup, MixMode::cutmix}) {
    const Pipeline p =
        from_source(source, 32).epoch(0).add(BatchMix({.mode = mode, .label_field = "weight"}));
    const auto expected = all_of(p, "weight");
    EXPECT_NE(expected, values(images(130)["weight"]));
    EXPECT_EQ(all_of(p.prefetch(4, 2), "weight"), expected);
  }
}

TEST(StructuralOperators, PipelinesNameTheRecord) {
  Batch batch = images(20);
  std::vector<float> x(20, 1);
  x[13] = std::numeric_limits<float>::quiet_NaN();
  batch.set("depth", from_vector(x));
  const auto source = std::make_shared<TensorSource>(batch);
  const auto error = error_of([&] {
    for ([[maybe_unused]] const Batch& b : from_source(source, 8).add(CheckFinite()).prefetch(2, 2)) {
    }
  });
  EXPECT_HAS(error, "CheckFinite failed at record 13 (epoch 0)");
  EXPECT_HAS(error, "\"depth\" of record 0 of the batch is nan");
}

}  // namespace
}  // namespace ramie::data
