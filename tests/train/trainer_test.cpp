#include <ramie/train/trainer.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include <ramie/train/callbacks.h>

#include "train/small_training.h"

namespace ramie {
namespace {

using namespace testing;
using train::Trainer;
using train::Training;

nn::State trained_by_hand(const data::Pipeline& batches, int epochs,
                          const optim::GradientTransformation& tx) {
  PlainNet model(nn::Rngs(0));
  optim::Optimizer optimizer(model, tx);
  for (int epoch = 0; epoch < epochs; ++epoch)
    for (const data::Batch& batch : batches) {
      auto [loss, grads] = nn::value_and_grad(
          [&](PlainNet& m) { return train::cross_entropy(m(batch["x"]), batch["y"]); })(model);
      optimizer.update(model, grads);
    }
  return nn::state(model);
}

TEST(Trainer, FitIsTheLoopThatOneWouldWrite) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 3}), options<PlainNet>());
  const train::History history = trainer.fit();
  EXPECT_EQ(history.epochs(), 3);
  EXPECT_EQ(trainer.step(), 3 * 7);
  expect_same_bits(nn::state(model),
                   trained_by_hand(training_points(), 3, optim::adam({.learning_rate = 1e-3})));
}

TEST(Trainer, JitAndOpByOpHaveTheSameBits) {
  SmallNet a(nn::Rngs(0)), b(nn::Rngs(0));
  Trainer(a, quiet({.epochs = 2}), options<SmallNet>()).fit();
  Trainer(b, quiet({.epochs = 2, .jit = false}), options<SmallNet>()).fit();
  expect_same_bits(nn::state(a), nn::state(b));
}

// 50 points in batches of 8: the last has 2.
TEST(Trainer, MetricsAreMeansOverExamples) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 1, .optimizer = optim::sgd({.learning_rate = 0.0})}),
                  options<PlainNet>(plain_points()));
  const train::History history = trainer.fit();
  const data::Batch all = points(50, 1), test = points(30, 2);
  EXPECT_NEAR(history["train_loss"][0], train::cross_entropy(model(all["x"]), all["y"]).item(), 1e-6);
  EXPECT_NEAR(history["train_accuracy"][0], train::accuracy(model(all["x"]), all["y"]).item(), 1e-6);
  EXPECT_NEAR(history["val_loss"][0], train::cross_entropy(model(test["x"]), test["y"]).item(), 1e-6);
  EXPECT_NEAR(trainer.evaluate(test_points()).at("accuracy"), history["val_accuracy"][0], 0);
  EXPECT_EQ(history.nested().val_metrics.at("loss"), history["val_loss"]);
}

TEST(Trainer, TrainsWithDropoutAndEvaluatesWithout) {
  SmallNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 2}), options<SmallNet>());
  trainer.fit();
  const nn::State before = nn::state(model);
  EXPECT_EQ(trainer.evaluate(test_points()), trainer.evaluate(test_points()));
  expect_same_bits(before, nn::state(model));
  SmallNet eval = nn::eval_view(model);
  const data::Batch test = points(30, 2);
  EXPECT_NEAR(trainer.evaluate(test_points()).at("loss"),
              train::cross_entropy(eval(test["x"]), test["y"]).item(), 1e-6);
  EXPECT_FALSE(all(equal(model.norm.mean.value(), zeros({8}))).item() != 0);
}

// 50 points in 7 batches of 8 or 2 give steps of 3, 3 and 1 batches: as batches of 24, 24 and 2 do.
TEST(Trainer, AccumulatedBatchesAreOneLargeOne) {
  PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
  const auto tx = optim::sgd({.learning_rate = 0.1, .momentum = 0.9});
  Trainer small(a, quiet({.epochs = 2, .optimizer = tx, .accumulate_grad_batches = 3}),
                options<PlainNet>(plain_points(50, 8)));
  Trainer large(b, quiet({.epochs = 2, .optimizer = tx}), options<PlainNet>(plain_points(50, 24)));
  small.fit(), large.fit();
  EXPECT_EQ(small.step(), 6);
  const nn::State x = nn::state(a), y = nn::state(b);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_LT(difference(x[i].second, y[i].second), 1e-6);
  EXPECT_NEAR(small.history()["train_loss"][1], large.history()["train_loss"][1], 1e-6);
}

TEST(Trainer, GradientsAreClippedBeforeTheStep) {
  PlainNet model(nn::Rngs(0));
  Trainer(model,
          quiet({.epochs = 2, .optimizer = optim::sgd({.learning_rate = 1.0}), .grad_clip_norm = 0.01}),
          options<PlainNet>())
      .fit();
  expect_same_bits(nn::state(model), trained_by_hand(training_points(), 2,
                                                     optim::chain(optim::clip_by_global_norm(0.01),
                                                                  optim::sgd({.learning_rate = 1.0}))));
}

TEST(Trainer, FrozenVariablesKeepTheirBits) {
  SmallNet model(nn::Rngs(0));
  const nn::State before = nn::state(model);
  Trainer(model,
          quiet({.epochs = 1, .trainable = nn::all_of({nn::is<nn::Param>, nn::path_contains("linear2")})}),
          options<SmallNet>())
      .fit();
  EXPECT_TRUE(all(equal(before.at("linear1.kernel"), model.linear1.kernel)).item() != 0);
  EXPECT_FALSE(all(equal(before.at("linear2.kernel"), model.linear2.kernel)).item() != 0);
}

TEST(Trainer, ValidatesEveryFewEpochsAndAfterTheLast) {
  PlainNet model(nn::Rngs(0));
  const train::History history =
      Trainer(model, quiet({.epochs = 5, .validate_every = 2}), options<PlainNet>()).fit();
  const std::vector<double>& loss = history["val_loss"];
  EXPECT_TRUE(std::isnan(loss[0]) && std::isnan(loss[2]));
  EXPECT_TRUE(std::isfinite(loss[1]) && std::isfinite(loss[3]) && std::isfinite(loss[4]));
}

TEST(Trainer, StepsPerEpochGoOnThroughThePipeline) {
  PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
  Trainer forever(a, quiet({.epochs = 3, .steps_per_epoch = 7}), options<PlainNet>(plain_points().repeat()));
  Trainer passes(b, quiet({.epochs = 7, .steps_per_epoch = 3}), options<PlainNet>(plain_points()));
  forever.fit(), passes.fit();
  EXPECT_EQ(forever.step(), 21);
  EXPECT_EQ(passes.step(), 21);
  const nn::State expected = trained_by_hand(plain_points(), 3, optim::adam({.learning_rate = 1e-3}));
  expect_same_bits(nn::state(a), expected);
  expect_same_bits(nn::state(b), expected);
}

TEST(Trainer, RatesFollowTheSchedulerByEpochs) {
  PlainNet model(nn::Rngs(0));
  const auto halves = [](const Tensor& epoch) { return exp2(-1.0 * epoch.astype(float64)); };
  const auto history = Trainer(model, quiet({.epochs = 3, .scheduler = halves}), options<PlainNet>()).fit();
  EXPECT_EQ(history["learning_rate"], (std::vector<double>{1, 0.5, 0.25}));
}

TEST(Trainer, ReportsTheRateOfASchedule) {
  PlainNet model(nn::Rngs(0));
  const auto rate = optim::linear_schedule(1, 0, 28);  // 7 steps in an epoch
  const auto history = Trainer(model, quiet({.epochs = 2, .optimizer = optim::adam({.learning_rate = rate})}),
                               options<PlainNet>())
                           .fit();
  EXPECT_NEAR(history["learning_rate"][0], 0.75, 1e-6);
  EXPECT_NEAR(history["learning_rate"][1], 0.5, 1e-6);
}

struct Regressor : nn::Module<Regressor> {
  nn::Linear linear;
  explicit Regressor(nn::Rngs rngs) : linear(4, 1, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear(x); }
  Tensor compute_loss(const Tensor& predictions, const Tensor& targets) const {
    return square(predictions - expand_dims(targets, -1));  // one number for each example
  }
  using fields = nn::Fields<&Regressor::linear>;
};

TEST(Trainer, TakesTheModelsOwnLoss) {
  Regressor model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 20, .optimizer = optim::adam({.learning_rate = 0.1})}),
                  {.train_dataloader = plain_points()});
  const train::History history = trainer.fit();
  EXPECT_LT(history["train_loss"].back(), 0.7 * history["train_loss"].front());
  EXPECT_FALSE(history.contains("val_loss"));
}

TEST(Trainer, TakesAForwardOfOnesOwn) {
  PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
  train::TrainerOptions<PlainNet> own{.train_dataloader = training_points()};
  own.custom_forward_fn = [](PlainNet& m, const data::Batch& batch) {
    Tensor logits = m(batch["x"]);
    return std::pair(train::cross_entropy(logits, batch["y"]), logits);
  };
  Trainer(a, quiet({.epochs = 1}), own).fit();
  Trainer(b, quiet({.epochs = 1}), options<PlainNet>()).fit();
  expect_same_bits(nn::state(a), nn::state(b));
}

TEST(Trainer, PredictsBatchesAndTensors) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model, quiet(), options<PlainNet>());
  const data::Batch test = points(30, 2);
  EXPECT_EQ(trainer.predict(test_points()).shape(), (Shape{30, 3}));
  EXPECT_LT(difference(trainer.predict(test_points()), model(test["x"])), 1e-6);
  EXPECT_LT(difference(trainer.predict(test["x"]), model(test["x"])), 1e-6);
}

// ---- What goes wrong

TEST(Trainer, ErrorsSayWhatIsMissing) {
  PlainNet model(nn::Rngs(0));
  const auto fitting = [&](train::TrainerOptions<PlainNet> o, train::TrainingConfig c = {}) {
    return error_of([&] { Trainer(model, quiet(std::move(c)), o).fit(); });
  };
  EXPECT_TRUE(
      contains(fitting({.train_dataloader = plain_points()}), "neither a loss_fn nor a compute_loss"));
  auto no_target = options<PlainNet>(data::Pipeline::from_tensor_slices({{"x", zeros({8, 4})}}).batch(4));
  EXPECT_TRUE(contains(fitting(no_target), "its second tensor is to be the target"));
  EXPECT_TRUE(
      contains(fitting(options<PlainNet>(plain_points().take(0))), "the training pipeline has no batches"));
  EXPECT_TRUE(contains(fitting(options<PlainNet>(), {.epochs = -1}), "epochs is -1: it must be at least 0"));
  EXPECT_TRUE(contains(fitting(options<PlainNet>(), {.grad_clip_norm = 0}), "grad_clip_norm is 0"));
  EXPECT_TRUE(
      contains(fitting(options<PlainNet>(), {.accumulate_grad_batches = 0}), "accumulate_grad_batches"));
  EXPECT_TRUE(contains(
      error_of([&] { Trainer(model, quiet(), options<PlainNet>()).evaluate(plain_points().take(0)); }),
      "there are no batches to evaluate"));
}

TEST(Trainer, ALossThatIsNotFiniteStopsItWithAdvice) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model,
                  quiet({.epochs = 5, .optimizer = optim::sgd({.learning_rate = 1e38}), .print_every = 1}),
                  options<PlainNet>());
  const std::string error = error_of([&] { trainer.fit(); });
  EXPECT_TRUE(contains(error, "the loss is "));
  EXPECT_TRUE(contains(error, "A lower learning rate (it is 1e+38)"));
  EXPECT_EQ(trainer.epoch(), 1);
}

TEST(Trainer, PipelinesThatNeverEndOrHaveNothingAreErrors) {
  PlainNet model(nn::Rngs(0));
  EXPECT_TRUE(contains(error_of([&] { Trainer(model, quiet(), options<PlainNet>(plain_points().repeat())); }),
                       "the training pipeline never ends: set steps_per_epoch"));
  auto o = options<PlainNet>();
  o.val_dataloader = test_points().repeat();
  EXPECT_TRUE(contains(error_of([&] { Trainer(model, quiet(), o); }), "the validation pipeline never ends"));
  o.val_dataloader = test_points().take(0);
  EXPECT_TRUE(
      contains(error_of([&] { Trainer(model, quiet(), o).fit(); }), "there are no batches to evaluate"));
}

TEST(Trainer, AMetricIsNotNamedLoss) {
  PlainNet model(nn::Rngs(0));
  auto o = options<PlainNet>();
  o.metric_fns = {{"loss", train::accuracy}};
  EXPECT_TRUE(contains(error_of([&] { Trainer(model, quiet(), o); }), "a metric may not be named 'loss'"));
}

// Breaks once, behind the fourth batch.
data::Pipeline breaking(const std::shared_ptr<int>& batches) {
  return plain_points().map(
      [batches](data::Batch batch) {
        if (++*batches == 5) fail("test", "the disk is gone");
        return batch;
      },
      "breaks");
}

TEST(Trainer, GoesOnWhereThePipelineHasFailed) {
  for (std::int64_t group : {1, 3}) {
    PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
    const train::TrainingConfig config = quiet({.epochs = 2, .accumulate_grad_batches = group});
    Trainer trainer(a, config, options<PlainNet>(breaking(std::make_shared<int>(0))));
    EXPECT_TRUE(contains(error_of([&] { trainer.fit(); }), "the disk is gone"));
    trainer.fit();
    Trainer(b, config, options<PlainNet>(plain_points())).fit();
    expect_same_bits(nn::state(a), nn::state(b));
  }
}

TEST(Trainer, WithoutJitAllRunsOpByOp) {
  PlainNet model(nn::Rngs(0));
  auto o = options<PlainNet>();
  o.metric_fns["read"] = [](const Tensor& p, const Tensor&) { return full({}, mean(p).item(), float32); };
  Trainer trainer(model, quiet({.epochs = 1, .jit = false}), o);
  const train::History history = trainer.fit();
  EXPECT_EQ(history["val_read"][0], trainer.evaluate(test_points()).at("read"));
}

TEST(Trainer, TheReportIsOfOneFit) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 1, .additional_epochs = 1}), options<PlainNet>());
  for (int i = 0; i < 3; ++i) {
    trainer.fit();
    const train::TrainingReport& report = trainer.report();
    EXPECT_NEAR(*report.examples_per_second * report.seconds, 50, 1e-6);
  }
}

// ---- Ctrl-C

TEST(Trainer, CtrlCEndsItCleanlyAndFitGoesOn) {
  for (std::int64_t at : {1, 6, 7, 8, 14}) {
    SmallNet a(nn::Rngs(0)), b(nn::Rngs(0));
    Trainer trainer(a, quiet({.epochs = 3}),
                    options<SmallNet>(training_points(), {std::make_shared<Stops>(at)}));
    trainer.fit();
    EXPECT_EQ(trainer.step(), at);
    trainer.fit();
    Trainer(b, quiet({.epochs = 3}), options<SmallNet>()).fit();
    expect_same_bits(nn::state(a), nn::state(b));
  }
}

// ---- What it prints

std::string printed_by(const std::function<void(std::FILE*)>& f) {
  std::FILE* file = std::tmpfile();
  f(file);
  std::string text(static_cast<std::size_t>(std::ftell(file)), ' ');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST(Trainer, PrintsTheModelATableForEachEpochAndAReport) {
  PlainNet model(nn::Rngs(0));
  train::TrainingConfig config = quiet({.epochs = 2, .early_stopping_patience = 3});
  const std::string text = printed_by([&](std::FILE* file) {
    config.output = file;
    Trainer(model, config, options<PlainNet>()).fit();
  });
  EXPECT_TRUE(contains(text, "PlainNet"));
  EXPECT_TRUE(contains(text, "67"));  // 4 x 8 + 8 + 8 x 3 + 3 parameters
  EXPECT_TRUE(contains(text, "Validation"));
  EXPECT_TRUE(contains(text, "accuracy"));
  EXPECT_TRUE(contains(text, "Epoch Time"));
  EXPECT_TRUE(contains(text, std::string(100, '=')));
}

}  // namespace
}  // namespace ramie
