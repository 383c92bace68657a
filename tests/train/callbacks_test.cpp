#include <ramie/train/callbacks.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "train/small_training.h"

namespace ramie {
namespace {

using namespace testing;
using train::Trainer;
using train::Training;

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

TEST(Callbacks, WrongSettingsAreErrors) {
  EXPECT_TRUE(contains(error_of([] { train::EarlyStopping({.patience = 0}); }), "patience is 0"));
  EXPECT_TRUE(contains(error_of([] { train::ReduceOnPlateau({.factor = 2}); }), "the factor is 2"));
}

}  // namespace
}  // namespace ramie
