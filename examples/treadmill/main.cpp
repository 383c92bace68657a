// The MNIST tutorial of Treadmill, in C++: a Trainer runs the loop, tells what it does, stops early and keeps
// checkpoints.
//
//   treadmill                                     the simple network
//   treadmill --model batch_norm --patience 5     another one
//   treadmill --checkpoint-dir runs               Ctrl-C and again with --resume: the same bits as without
#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include "common/mnist.h"
#include "models.h"

#include <ramie/nn/size_text.h>

namespace nn = ramie::nn;
namespace data = ramie::data;
namespace train = ramie::train;
using ramie::Tensor;

namespace {

struct Settings {
  example::Options options{.batch_size = 64, .seed = 42, .learning_rate = 0.001};
  std::string model = "simple";
  std::int64_t patience = 3;
  std::filesystem::path checkpoint_dir, tensorboard;
  bool resume = false;

  std::vector<std::shared_ptr<train::Callback>> callbacks() const {
    if (tensorboard.empty()) return {};
    return {train::make_callback<train::TensorBoardLogger>(tensorboard / model)};
  }
};

// ---- Step 1: the data
constexpr float mnist_mean = 0.1307F, mnist_std = 0.3081F;

data::Batch normalized(data::Batch batch) {
  batch["image"] = (batch["image"].astype(ramie::float32) / 255 - mnist_mean) / mnist_std;
  return batch;
}

struct Loaders {
  data::Pipeline train, test;
};

Loaders load(const example::Options& options) {
  const auto mnist = example::load_mnist(options);
  std::printf("Training samples: %d\n", int(mnist.train.size()));
  std::printf("Test samples: %d\n", int(mnist.test.size()));
  const auto loader = [&](const data::Pipeline& records) {
    return records.batch(options.batch_size).map(normalized, "normalize").prefetch(2);
  };
  const data::Pipeline train = mnist.train.pipeline();  // in a new order in every epoch
  return {loader(train.shuffle(train.cardinality(), static_cast<std::uint64_t>(options.seed))),
          loader(mnist.test.pipeline())};
}

// ---- Step 3: a look at them
void show_samples(const data::Pipeline& loader, const example::Options& o) {
  const data::Batch batch = *loader.epoch(0).iterator().next();
  train::sample_grid(batch["image"], batch["label"],
                     {.title = "MNIST Sample Images", .mean = {mnist_mean}, .std = {mnist_std}})
      .save(o.picture("treadmill_samples"));
}

// ---- Step 4: a metric is a function of predictions and targets
Tensor accuracy(const Tensor& predictions, const Tensor& targets) {
  const Tensor pred_classes = argmax(predictions, 1);
  return mean((pred_classes == targets).astype(ramie::float32));
}

// ---- Step 5: training
train::TrainingConfig configuration(const Settings& s) {
  const example::Options& o = s.options;
  return {.epochs = o.epochs,
          .device = str(ramie::default_device()),
          .optimizer = ramie::optim::adam({.learning_rate = o.learning_rate}),
          .early_stopping_patience = s.patience,
          .checkpoint_dir = s.checkpoint_dir,
          .project_name = s.model,
          .resume_training = s.resume,
          .jit = o.jit,
          .progress_bar = o.progress};
}

// ---- Step 7: single predictions
void test_predictions(const train::Training& trainer, const data::Pipeline& loader,
                      const example::Options& o) {
  const data::Batch batch = *loader.epoch(0).iterator().next();
  train::prediction_grid(batch["image"], batch["label"], trainer.predict(batch["image"]),
                         {.title = "Model Predictions", .mean = {mnist_mean}, .std = {mnist_std}})
      .save(o.picture("treadmill_predictions"));
}

// Not in the tutorial: which digits are taken for which.
void save_confusion(const train::Training& trainer, const Loaders& loaders, const example::Options& o) {
  nn::metrics::ConfusionMatrix confusion(10);
  for (const data::Batch& batch : loaders.test)
    confusion.update({.logits = trainer.predict(batch["image"]).to(ramie::cpu()), .labels = batch["label"]});
  train::confusion_matrix(confusion.compute()).save(o.picture("treadmill_confusion"));
}

void write_results(const Settings& s, std::int64_t parameters, const train::History& history,
                   const train::MetricValues& test) {
  auto results = example::json_head(s.options, parameters);
  results["model"] = s.model;
  results["history"] = nlohmann::ordered_json::parse(history.json());
  results["test_loss"] = test.at("loss");
  results["test_accuracy"] = test.at("accuracy");
  results["best_val_accuracy"] = history.best("val_accuracy").value;
  example::write_json(s.options, results);
}

template <class CNN>
void tutorial(const Settings& s) {
  const Loaders loaders = load(s.options);

  // Step 2: the model
  nn::Rngs rngs(s.options.seed);
  CNN model(rngs);
  const std::int64_t parameters = nn::parameter_count(model);
  std::cout << "Model has " << nn::detail::grouped(parameters) << " parameters\n";
  show_samples(loaders.train, s.options);

  train::Trainer trainer(model, configuration(s),
                         {.train_dataloader = loaders.train,
                          .val_dataloader = loaders.test,
                          .loss_fn = train::cross_entropy,
                          .metric_fns = {{"accuracy", accuracy}},
                          .callbacks = s.callbacks()});
  std::printf("Training CNN on MNIST...\n");
  const train::History history = trainer.fit();
  if (history.epochs() == 0) return;  // Ctrl-C before the end of the first

  const train::MetricValues test_results = trainer.evaluate(loaders.test);
  std::printf("\nTest Results:\n");
  std::printf("  Test Loss: %.4f\n", test_results.at("loss"));
  std::printf("  Test Accuracy: %.4f\n", test_results.at("accuracy"));

  // Step 6: its progress
  train::training_curves(history, {.metrics = {"loss", "accuracy"}})
      .save(s.options.picture("treadmill_history"));
  test_predictions(trainer, loaders.test, s.options);
  save_confusion(trainer, loaders, s.options);

  std::cout << "\nCNN Layer Analysis:\n==================\n"
            << nn::summary(model, ramie::Shape{1, 28, 28, 1});
  write_results(s, parameters, history, test_results);
}

void add_flags(CLI::App& app, Settings& s, example::Options& o) {
  app.add_option("--model", s.model, "which network: simple, deeper or batch_norm")
      ->check(CLI::IsMember({"simple", "deeper", "batch_norm"}))
      ->capture_default_str();
  app.add_option("--patience", s.patience, "epochs without a better val_loss before it stops")
      ->check(example::at_least(1))
      ->capture_default_str();
  app.add_option("--checkpoint-dir", s.checkpoint_dir, "folder for checkpoints; none are written without it");
  app.add_flag("--resume", s.resume, "go on from the newest checkpoint");
  app.add_option("--tensorboard", s.tensorboard, "folder for TensorBoard's event files");
  app.add_option("--limit-train", o.limit_train, "train on the first N records only; 0: all")
      ->check(example::at_least(0));
  app.add_flag("!--no-progress", o.progress, "no progress bar");
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return example::run(
      argc, argv, "The Treadmill tutorial: a Trainer teaches convolutional networks MNIST.", s.options,
      [&](CLI::App& app, example::Options& options) { add_flags(app, s, options); },
      [&](const example::Options& options) {
        s.options = options;
        if (s.model == "simple") tutorial<example::SimpleCNN>(s);
        if (s.model == "deeper") tutorial<example::DeeperCNN>(s);
        if (s.model == "batch_norm") tutorial<example::BatchNormCNN>(s);
      });
}
