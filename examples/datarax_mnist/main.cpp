// The MNIST tutorial of Datarax, in C++: a pipeline from the images to a trained network. Its parts: data and
// configuration, loading and preprocessing, augmentation, the pipelines, the model, the training loop, the
// pictures.
//
//   datarax_mnist                         as the tutorial, with a new order and new noise in every epoch
//   datarax_mnist --replay --workers 0    as it works in effect: every epoch sees the same, made between
//   steps
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include <ramie/data/operators/brightness.h>
#include <ramie/data/operators/element.h>
#include <ramie/data/operators/noise.h>
#include <ramie/data/samplers.h>

#include "results.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

// ---- Part 1: configuration
struct Tutorial {
  example::Options options = {.epochs = 3, .batch_size = 128, .seed = 42, .learning_rate = 1e-3};
  std::int64_t train_samples = 10000, test_samples = 2000;  // a part, for a faster demonstration
  std::int64_t workers = 1;
  bool replay = false, clip = true;

  std::uint64_t seed() const { return static_cast<std::uint64_t>(options.seed); }
};

// ---- Part 2: preprocessing, written for one record and run on whole batches
data::Batch preprocess_mnist(const data::Batch& element) {
  Tensor image = element["image"].astype(ramie::float32) / 255;  // to [0, 1]
  if (image.rank() == 2) image = expand_dims(image, -1);         // the channel
  image = (image - example::mnist_mean) / example::mnist_std;
  const Tensor& label = element["label"];
  return {{"image", image}, {"label", label}, {"label_onehot", one_hot(label, 10)}};
}

data::ElementOperator preprocessor() {
  return data::ElementOperator(preprocess_mnist, {.name = "preprocess_mnist"});
}

// ---- Part 3: augmentation for training
// Both operators clip to [0, 1], as they do in the tutorial. Behind the normalisation that cuts off all that
// is darker than the mean, so that the network trains on other images than it is tested on; --no-clip does
// not.
std::optional<data::Interval> clip_range(const Tutorial& t) {
  return t.clip ? std::optional(data::Interval{0, 1}) : std::nullopt;
}

data::Brightness brightness_aug(const Tutorial& t) {
  return data::Brightness({.brightness_range = {-0.1, 0.1}, .clip_range = clip_range(t)});
}

data::Noise noise_aug(const Tutorial& t) {
  return data::Noise({.noise_std = 0.1, .clip_range = clip_range(t)});
}

// ---- Part 4: the pipelines
// Batches are made ahead of the training, by other threads, and go to its device.
data::Pipeline ahead(const data::Pipeline& pipeline, const Tutorial& t) {
  const auto device = ramie::default_device();
  const data::Pipeline made = t.workers > 0 ? pipeline.prefetch(4, t.workers) : pipeline;
  return made.map(data::to(device), "to " + str(device));
}

data::Pipeline create_train_pipeline(const data::SourcePtr& source, const Tutorial& t) {
  const data::Pipeline pipeline =
      data::from_source(source, t.options.batch_size,
                        {.sampler = data::shuffled(source->size(), t.seed()), .seed = t.seed()})
          .add(preprocessor())
          .add(brightness_aug(t))
          .add(noise_aug(t));
  return ahead(t.replay ? pipeline.epoch(0) : pipeline, t);
}

// Without augmentation.
data::Pipeline create_test_pipeline(const data::SourcePtr& source, const Tutorial& t) {
  return ahead(data::from_source(source, t.options.batch_size).add(preprocessor()), t);
}

// ---- Part 5: the model
struct MNISTClassifier : nn::Module<MNISTClassifier> {
  nn::Conv conv1, conv2;
  nn::Linear dense1, dense2;

  explicit MNISTClassifier(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        dense1(64 * 7 * 7, 128, rngs),
        dense2(128, 10, rngs) {}

  Tensor operator()(Tensor x) const {
    x = max_pool(relu(conv1(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = max_pool(relu(conv2(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = reshape(x, {x.shape(0), -1});
    x = relu(dense1(x));
    return dense2(x);
  }
  using fields = nn::Fields<&MNISTClassifier::conv1, &MNISTClassifier::conv2, &MNISTClassifier::dense1,
                            &MNISTClassifier::dense2>;
};

// ---- Part 6: the training loop
Tensor train_step(MNISTClassifier& model, optim::Optimizer& optimizer, const data::Batch& batch) {
  const auto loss_fn = [&](MNISTClassifier& m) {
    return mean(softmax_cross_entropy(m(batch["image"]), batch["label_onehot"]));
  };
  auto [loss, grads] = nn::value_and_grad(loss_fn)(model);
  optimizer.update(model, grads);
  return loss;
}

// How many are right.
Tensor eval_step(const MNISTClassifier& model, const data::Batch& batch) {
  return sum(argmax(model(batch["image"]), -1) == batch["label"]);
}

// One pass over the training images.
template <class Step>
example::Epoch train_epoch(const data::Pipeline& pipeline, const Step& step, std::int64_t number,
                           const Tutorial& t) {
  example::Epoch epoch;
  const double epoch_start = example::seconds_now();
  for (const data::Batch& batch : pipeline) {
    const double start = example::seconds_now();
    const double loss = step(batch).item();  // waits for the device
    const auto size = static_cast<double>(t.options.batch_size);
    epoch.throughputs.push_back(size / (example::seconds_now() - start));
    const auto i = static_cast<std::int64_t>(epoch.losses.size());
    epoch.losses.push_back(loss);
    example::check_loss(loss, (number - 1) * pipeline.cardinality() + i + 1);
    if (i % 20 == 0) std::printf("  Epoch %d, Batch %d: loss=%.4f\n", int(number), int(i), loss);
  }
  epoch.seconds = example::seconds_now() - epoch_start;
  return epoch;
}

example::Results train(MNISTClassifier& model, const data::Pipeline& train_pipeline,
                       const data::Pipeline& test_pipeline, const Tutorial& t) {
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = t.options.learning_rate}),
                             nn::is<nn::Param>);
  // Recorded by their first call, replayed by all others.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_eval_step = nn::jit(eval_step);

  std::printf("\nStarting training...\n%s\n", std::string(50, '=').c_str());
  example::Results results;
  for (std::int64_t number = 1; number <= t.options.epochs; ++number) {
    const auto step = [&](const data::Batch& batch) { return jit_train_step(model, optimizer, batch); };
    example::Epoch epoch = train_epoch(train_pipeline, step, number, t);

    double correct = 0, samples = 0;
    for (const data::Batch& batch : test_pipeline) {
      correct += jit_eval_step(model, batch).item();
      samples += static_cast<double>(batch["label"].shape(0));
    }
    epoch.accuracy = correct / samples;

    std::printf("Epoch %d/%d:\n", int(number), int(t.options.epochs));
    std::printf("  Train loss: %.4f\n", example::mean(epoch.losses));
    std::printf("  Test accuracy: %.2f%%\n", 100 * epoch.accuracy);
    std::printf("  Time: %.1fs\n\n", epoch.seconds);
    results.push_back(std::move(epoch));
  }
  std::printf("Training complete!\n");
  return results;
}

void tutorial(const Tutorial& t) {
  // ---- Parts 2 to 4
  const data::Mnist mnist({.data_dir = t.options.data_dir,
                           .drawn_train = t.train_samples,
                           .drawn_test = t.test_samples,
                           .seed = t.seed()});
  const auto train_source = mnist.source("train[:" + std::to_string(t.train_samples) + "]");
  const auto test_source = mnist.source("test[:" + std::to_string(t.test_samples) + "]");
  std::printf("Training samples: %d\n", int(train_source->size()));
  std::printf("Test samples: %d\n", int(test_source->size()));
  std::printf("Created MNIST preprocessor with one-hot encoding\n");
  std::printf("Created augmentation operators:\n  - Brightness: ±0.1\n  - Gaussian noise: std=0.1\n");
  const data::Pipeline train_pipeline = create_train_pipeline(train_source, t);
  const data::Pipeline test_pipeline = create_test_pipeline(test_source, t);
  std::printf("Pipelines created:\n");
  std::printf("  Train: Source -> Preprocess -> Brightness -> Noise\n");
  std::printf("  Test:  Source -> Preprocess\n");

  // ---- Part 5
  nn::Rngs rngs(t.options.seed);
  MNISTClassifier model(rngs);
  std::printf("Model output shape: %s\n", str(model(ramie::ones({1, 28, 28, 1})).shape()).c_str());
  std::printf("Model parameters: %d\n", int(nn::parameter_count(model)));

  // ---- Part 6
  const example::Results results = train(model, train_pipeline, test_pipeline, t);

  // ---- Part 7: the pictures
  const auto& out = t.options.out;
  const data::Batch sample_batch = *create_train_pipeline(train_source, t).iterator().next();
  example::save_sample_grid(sample_batch, out / "cv-mnist-sample-grid.png");
  example::save_training_loss(joined(results, &example::Epoch::losses), out / "cv-mnist-training-loss.png");
  example::save_throughput(joined(results, &example::Epoch::throughputs), out / "cv-mnist-throughput.png");
  example::save_pipeline(train_pipeline, out);

  // ---- Part 8, not in the tutorial: what the pipeline did, and who waited for whom
  std::cout << "\n" << train_pipeline.describe() << "\n" << train_pipeline.report();
  auto json = example::json_head(t.options, nn::parameter_count(model));
  json["data"] = train_source->describe();
  json["replay"] = t.replay;
  json["clip"] = t.clip;
  json["workers"] = t.workers;
  json["epochs"] = example::json(results);
  json["waiting"] = example::json(train_pipeline.report());
  example::write_json(t.options, json);
}

}  // namespace

int main(int argc, char** argv) {
  Tutorial t;
  return example::run(
      argc, argv, "The Datarax tutorial: from images through a pipeline to a trained network.", t.options,
      [&](CLI::App& app, example::Options&) {
        app.add_option("--train-samples", t.train_samples, "train on the first N images")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        app.add_option("--test-samples", t.test_samples, "test on the first N images")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        app.add_option("--workers", t.workers, "threads that make batches ahead; 0: made between the steps")
            ->check(CLI::Range(0, 1024))
            ->capture_default_str();
        app.add_flag("--replay", t.replay, "every epoch sees the same order and the same noise");
        app.add_flag("!--no-clip", t.clip, "augmented images are not clipped to [0, 1]");
      },
      [&](const example::Options& options) {
        t.options = options;
        tutorial(t);
      });
}
