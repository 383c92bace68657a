#include <ramie/train/callbacks.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "train/small_training.h"

namespace ramie {
namespace {

using namespace testing;
using train::Trainer;
using train::Training;

// ---- Events

struct Log : train::Callback {
  std::string events;
  void on_train_start(Training&) override { events += "{"; }
  void on_train_end(Training&) override { events += "}"; }
  void on_epoch_start(Training&) override { events += "["; }
  void on_epoch_end(Training&) override { events += "]"; }
  void on_batch_start(Training&) override { events += "b"; }
  void on_batch_end(Training&) override { events += "B"; }
  void on_validation_start(Training&) override { events += "v"; }
  void on_validation_end(Training&) override { events += "V"; }
};

TEST(Callbacks, AreCalledInTreadmillsOrder) {
  PlainNet model(nn::Rngs(0));
  const auto log = std::make_shared<Log>();
  Trainer(model, quiet({.epochs = 2}), options<PlainNet>(plain_points(24), {log})).fit();
  EXPECT_EQ(log->events, "{[bBbBbBvV][bBbBbBvV]}");
}

struct Throws : train::Callback {
  void on_batch_end(Training& training) override {
    if (training.step() == 2) fail("test", "on purpose");
  }
};

TEST(Callbacks, TheTrainingEndsAlsoAfterAnException) {
  PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
  const auto log = std::make_shared<Log>();
  Trainer trainer(a, quiet({.epochs = 2}),
                  options<PlainNet>(plain_points(24), {log, std::make_shared<Throws>()}));
  EXPECT_EQ(error_of([&] { trainer.fit(); }), "[test] on purpose");
  EXPECT_EQ(log->events, "{[bBbB}");
  trainer.fit();  // goes on
  Trainer(b, quiet({.epochs = 2}), options<PlainNet>(plain_points(24))).fit();
  expect_same_bits(nn::state(a), nn::state(b));
}

struct ThrowsIn : train::Callback {
  std::string event;
  explicit ThrowsIn(std::string name) : event(std::move(name)) {}
  void meet(const std::string& name) const {
    if (event == name) fail("test", event);
  }
  void on_train_start(Training&) override { meet("train start"); }
  void on_train_end(Training&) override { meet("train end"); }
  void on_epoch_start(Training&) override { meet("epoch start"); }
  void on_epoch_end(Training&) override { meet("epoch end"); }
  void on_batch_start(Training&) override { meet("batch start"); }
  void on_batch_end(Training&) override { meet("batch end"); }
  void on_validation_start(Training&) override { meet("validation start"); }
  void on_validation_end(Training&) override { meet("validation end"); }
};

TEST(Callbacks, AnExceptionInAnyEventEndsItAndLosesNothing) {
  for (const char* event : {"train start", "train end", "epoch start", "epoch end", "batch start",
                            "batch end", "validation start", "validation end"}) {
    PlainNet a(nn::Rngs(0)), b(nn::Rngs(0));
    const auto log = std::make_shared<Log>();
    const auto throws = std::make_shared<ThrowsIn>(event);
    Trainer trainer(a, quiet({.epochs = 2}), options<PlainNet>(plain_points(24), {throws, log}));
    EXPECT_EQ(error_of([&] { trainer.fit(); }), std::string("[test] ") + event);
    EXPECT_EQ(log->events.back(), '}') << event;
    throws->event = "";
    trainer.fit();
    Trainer(b, quiet({.epochs = 2}), options<PlainNet>(plain_points(24))).fit();
    expect_same_bits(nn::state(a), nn::state(b));
  }
}

TEST(Callbacks, TheFirstOfTwoExceptionsIsTold) {
  PlainNet model(nn::Rngs(0));
  Trainer trainer(model, quiet(),
                  options<PlainNet>(plain_points(24),
                                    {std::make_shared<Throws>(), std::make_shared<ThrowsIn>("train end")}));
  EXPECT_EQ(error_of([&] { trainer.fit(); }), "[test] on purpose");
  EXPECT_TRUE(contains(trainer.report().warnings.at(0), "train end"));
}

TEST(Callbacks, ThatAreNoneOrFitAgainAreErrors) {
  struct Nested : train::Callback {
    void on_epoch_start(Training& training) override { training.fit(); }
  };
  PlainNet model(nn::Rngs(0));
  EXPECT_TRUE(
      contains(error_of([&] { Trainer(model, quiet(), options<PlainNet>(plain_points(), {nullptr})); }),
               "a callback is a null pointer"));
  Trainer trainer(model, quiet(), options<PlainNet>(plain_points(), {std::make_shared<Nested>()}));
  EXPECT_TRUE(contains(error_of([&] { trainer.fit(); }), "fit() is running already"));
}

TEST(Callbacks, StopWithoutAReasonStops) {
  struct Stop : train::Callback {
    void on_epoch_end(Training& training) override { training.stop(""); }
  };
  PlainNet model(nn::Rngs(0));
  EXPECT_EQ(
      Trainer(model, quiet(), options<PlainNet>(plain_points(), {std::make_shared<Stop>()})).fit().epochs(),
      1);
}

// ---- The ready ones

// A training whose validation loss is what we say: the model is its loss.
struct Given : nn::Module<Given> {
  nn::Param w{zeros({1})};
  Tensor operator()(const Tensor& x) const { return x * 0 + w.value(); }
  using fields = nn::Fields<&Given::w>;
};

// Sets the weight, and so the losses, after each epoch's steps.
struct Sets : train::Callback {
  std::vector<double> values;
  explicit Sets(std::vector<double> v) : values(std::move(v)) {}
  void on_epoch_start(Training& training) override { training.set_weights({{"w", zeros({1})}}); }
  void on_validation_start(Training& training) override {
    const std::size_t i = std::min(values.size(), static_cast<std::size_t>(training.epoch())) - 1;
    training.set_weights({{"w", full({1}, values[i], float32)}});
  }
};

train::TrainerOptions<Given> given(const std::vector<double>& losses,
                                   const std::shared_ptr<train::Callback>& callback) {
  const data::Pipeline one =
      data::Pipeline::from_tensor_slices({{"x", zeros({4, 1})}, {"y", zeros({4, 1})}}).batch(4);
  return {.train_dataloader = one,
          .val_dataloader = one,
          .loss_fn = [](const Tensor& p, const Tensor&) { return p; },
          .callbacks = {std::make_shared<Sets>(losses), callback}};
}

train::TrainingConfig frozen_rate(std::int64_t epochs) {
  return quiet({.epochs = epochs, .optimizer = optim::sgd({.learning_rate = 1e-6})});
}

std::int64_t epochs_until_stopped(const std::vector<double>& losses, train::EarlyStoppingOptions options) {
  Given model;
  Trainer trainer(model, frozen_rate(20), given(losses, std::make_shared<train::EarlyStopping>(options)));
  return trainer.fit().epochs();
}

TEST(EarlyStopping, StopsAfterPatienceEpochsWithoutAStrictlyBetterValue) {
  EXPECT_EQ(epochs_until_stopped({3, 2, 2}, {.patience = 3}), 5);        // the third and on are not better
  EXPECT_EQ(epochs_until_stopped({3, 2, 2, 1, 1}, {.patience = 2}), 6);  // the fourth is
  EXPECT_EQ(epochs_until_stopped({3, 2.95, 2.9, 2.85}, {.patience = 2, .min_delta = 0.2}), 3);
  EXPECT_EQ(epochs_until_stopped({1, 2, 3, 3}, {.patience = 2, .mode = train::Mode::max}), 5);
  EXPECT_EQ(epochs_until_stopped({1, 1}, {.monitor = "val_accuracy", .patience = 1}), 20);  // there is none
}

TEST(EarlyStopping, NaNIsNotBetter) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(epochs_until_stopped({2, nan, nan}, {.patience = 2}), 3);
  EXPECT_EQ(epochs_until_stopped({nan, nan, nan}, {.patience = 2}), 2);
}

TEST(EarlyStopping, RestoresTheBestWeightsIfAsked) {
  for (bool restore : {false, true}) {
    Given model;
    const auto stopping = std::make_shared<train::EarlyStopping>(
        train::EarlyStoppingOptions{.patience = 2, .restore_best_weights = restore});
    Trainer(model, frozen_rate(9), given({3, 1, 5, 7}, stopping)).fit();
    EXPECT_EQ(model.w.value().item(), restore ? 1 : 7);
    EXPECT_EQ(stopping->best(), 1);
  }
}

TEST(EarlyStopping, IsSwitchedOnByTheConfiguration) {
  Given model;
  train::TrainingConfig config = frozen_rate(9);
  config.early_stopping_patience = 2;
  Trainer trainer(model, config, given({3, 3, 3}, std::make_shared<train::Callback>()));
  EXPECT_EQ(trainer.fit().epochs(), 3);
  EXPECT_EQ(trainer.fit().epochs(), 3);  // it stays stopped
}

std::vector<double> rates(const std::vector<double>& losses, train::ReduceOnPlateauOptions options,
                          std::int64_t epochs) {
  Given model;
  train::TrainingConfig config = frozen_rate(epochs);
  config.optimizer = optim::sgd({.learning_rate = 1.0});
  config.trainable = nn::is<nn::Param>;
  Trainer trainer(model, config, given(losses, std::make_shared<train::ReduceOnPlateau>(options)));
  return trainer.fit()["learning_rate"];  // of each epoch, before what its end changes
}

// torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.5, patience=1, threshold=0) steps the same.
TEST(ReduceOnPlateau, HalvesTheRateAsPyTorchDoes) {
  EXPECT_EQ(rates({5, 4, 4, 4, 4, 4, 4}, {.factor = 0.5, .patience = 1}, 7),
            (std::vector<double>{1, 1, 1, 1, 0.5, 0.5, 0.25}));
  EXPECT_EQ(rates({4, 4, 4, 4, 4, 4, 4}, {.factor = 0.5, .patience = 0, .cooldown = 2}, 7),
            (std::vector<double>{1, 1, 0.5, 0.5, 0.5, 0.25, 0.25}));
  EXPECT_EQ(rates({4}, {.factor = 0.1, .patience = 0, .min_rate = 0.05}, 4),
            (std::vector<double>{1, 1, 0.1, 0.05}));
}

class Files : public TrainingTest {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(Files, ModelCheckpointKeepsTheBest) {
  Given model;
  const auto best = std::make_shared<train::ModelCheckpoint>(train::ModelCheckpointOptions{
      .file = (folder / "best-{epoch_1based}-{val_loss:.1f}.safetensors").string()});
  Trainer(model, frozen_rate(4), given({3, 1, 2, 1}, best)).fit();
  EXPECT_EQ(names(), std::vector<std::string>{"best-2-1.0.safetensors"});
  EXPECT_EQ(best->newest(), folder / "best-2-1.0.safetensors");
  Given again;
  train::load_state(again, best->newest());
  EXPECT_EQ(again.w.value().item(), 1);
}

TEST_F(Files, ModelCheckpointKeepsAllIfAsked) {
  Given model;
  const auto each = std::make_shared<train::ModelCheckpoint>(train::ModelCheckpointOptions{
      .file = (folder / "{epoch}.safetensors").string(), .save_best_only = false, .keep_all = true});
  Trainer(model, frozen_rate(3), given({3, 1, 2}, each)).fit();
  EXPECT_EQ(names(), (std::vector<std::string>{"0.safetensors", "1.safetensors", "2.safetensors"}));
}

TEST_F(Files, AFileThatCannotBeWrittenIsAWarning) {
  Given model;
  const auto lost = std::make_shared<train::ModelCheckpoint>(
      train::ModelCheckpointOptions{.file = (folder / "none" / "{epoch}.safetensors").string()});
  Trainer trainer(model, frozen_rate(2), given({0, 0}, lost));
  EXPECT_EQ(trainer.fit().epochs(), 2);
  ASSERT_FALSE(trainer.report().warnings.empty());
  EXPECT_TRUE(contains(trainer.report().warnings[0], "cannot write"));
}

TEST_F(Files, CsvHasALineForEachEpoch) {
  Given model;
  Trainer trainer(model, frozen_rate(2),
                  given({3, 1}, train::make_callback<train::CsvLogger>(folder / "log.csv")));
  trainer.fit();
  EXPECT_EQ(text("log.csv"), trainer.history().csv());
  EXPECT_TRUE(text("log.csv").starts_with("epoch,learning_rate,seconds,train_loss,val_loss\n1,1e-06,"));
}

TEST_F(Files, TensorBoardGetsCurvesHistogramsAndWhatIsLogged) {
  Given model;
  int logged = 0;
  const auto board = std::make_shared<train::TensorBoardLogger>(
      folder, train::TensorBoardLoggerOptions{.loss_every = 1, .histograms = true},
      [&](train::TensorBoardWriter& writer, Training&) {
        writer.image("picture", zeros({4, 4}), ++logged);
      });
  Trainer(model, frozen_rate(2), given({3, 1}, board)).fit();
  const std::string events = text(names().at(0));
  for (const char* tag : {"loss/step", "loss/train", "loss/val", "learning_rate", "seconds", "w", "picture"})
    EXPECT_NE(events.find(tag), events.npos) << tag;
  EXPECT_EQ(logged, 2);
}

// What a checkpoint of somebody else's may say.
TEST(Callbacks, StatesThatCannotBeAreErrors) {
  const auto number = [](double x) { return full({}, x, float64); };
  for (double waited : {-1.0, 0.5, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    train::EarlyStopping stopping;
    EXPECT_TRUE(contains(error_of([&] {
                           stopping.load({{"best", number(1)}, {"waited", number(waited)}});
                         }),
                         "'waited'"));
  }
  train::EarlyStopping stopping;
  EXPECT_TRUE(contains(error_of([&] { stopping.load({{"best", number(1)}}); }), "'waited'"));
  EXPECT_TRUE(contains(error_of([&] {
                         stopping.load({{"best", zeros({2})}, {"waited", number(0)}});
                       }),
                       "'best'"));
  train::ModelCheckpoint best;
  EXPECT_TRUE(contains(error_of([&] {
                         best.load({{"best", number(1)}, {"newest", full({3}, 1e9, float32)}});
                       }),
                       "'newest'"));
}

TEST(Callbacks, BestWeightsOfAnotherModelAreAnErrorAtTheStart) {
  Given model;
  const auto stopping = std::make_shared<train::EarlyStopping>();
  const Tensor zero = zeros({}, float64);
  stopping->load({{"best", zero}, {"waited", zero}, {"weights.w", zeros({7})}});
  Trainer trainer(model, frozen_rate(9), given({3}, stopping));
  EXPECT_TRUE(contains(error_of([&] { trainer.fit(); }), "the best weights are of another model"));
  EXPECT_EQ(trainer.step(), 0);
}

TEST_F(Files, ModelCheckpointDeletesOnlyItsOwnFiles) {
  std::filesystem::create_directory(folder / "other");
  for (const char* name : {"other/a.safetensors", "notes.txt"}) {
    std::ofstream(folder / name) << "x";
    Given model;
    const auto best = std::make_shared<train::ModelCheckpoint>(
        train::ModelCheckpointOptions{.file = (folder / "{epoch}.safetensors").string()});
    const std::string path = (folder / name).string();
    best->load({{"best", full({}, 9, float64)},
                {"newest", from_vector(std::vector<std::uint8_t>(path.begin(), path.end()))}});
    Trainer(model, frozen_rate(1), given({1}, best)).fit();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
}

TEST(Callbacks, WrongSettingsAreErrors) {
  EXPECT_TRUE(contains(error_of([] { train::EarlyStopping({.patience = 0}); }), "patience is 0"));
  EXPECT_TRUE(contains(error_of([] { train::ReduceOnPlateau({.factor = 2}); }), "the factor is 2"));
}

}  // namespace
}  // namespace ramie
