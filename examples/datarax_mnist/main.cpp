// The MNIST tutorial of Datarax, in C++: a pipeline from the images to a trained network. Its parts: the
// configuration (settings.h), loading and preprocessing, augmentation, the pipelines, the model, the training
// loop, the pictures (pictures.cpp).
//
//   datarax_mnist              the tutorial, with a new order and new noise in every epoch
//   datarax_mnist --replay     as it works in effect: every epoch sees the same order and the same noise
#include <cstdio>
#include <iostream>

#include "results.h"
#include "settings.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

// ---- Part 2: loading and preprocessing
std::pair<data::SourcePtr, data::SourcePtr> load_mnist(const Settings& s) {
  const data::Mnist mnist({.data_dir = s.options.data_dir,
                           .drawn_train = s.train_samples,
                           .drawn_test = s.test_samples,
                           .seed = s.seed()});
  return {mnist.source("train[:" + std::to_string(s.train_samples) + "]"),
          mnist.source("test[:" + std::to_string(s.test_samples) + "]")};
}

// Written for one record, and run on whole batches.
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
std::optional<data::Interval> clip_range(const Settings& s) {
  return s.clip ? std::optional(data::Interval{0, 1}) : std::nullopt;
}

data::Brightness brightness_aug(const Settings& s) {
  return data::Brightness({.brightness_range = {-0.1, 0.1}, .clip_range = clip_range(s)});
}

data::Noise noise_aug(const Settings& s) {
  return data::Noise({.noise_std = 0.1, .clip_range = clip_range(s)});
}

// ---- Part 4: the pipelines
// Batches are made ahead of the training, by other threads, and go to its device.
data::Pipeline ahead(const data::Pipeline& pipeline, const Settings& s) {
  const auto device = ramie::default_device();
  const data::Pipeline made = s.workers > 0 ? pipeline.prefetch(4, s.workers) : pipeline;
  return made.map(data::to(device), "to " + str(device));
}

data::Pipeline create_train_pipeline(const data::SourcePtr& source, const Settings& s) {
  const data::Pipeline pipeline =
      data::from_source(source, s.options.batch_size,
                        {.sampler = data::shuffled(source->size(), s.seed()), .seed = s.seed()})
          .add(preprocessor())
          .add(brightness_aug(s))
          .add(noise_aug(s));
  return ahead(s.replay ? pipeline.epoch(0) : pipeline, s);
}

// Without augmentation.
data::Pipeline create_test_pipeline(const data::SourcePtr& source, const Settings& s) {
  return ahead(data::from_source(source, s.options.batch_size).add(preprocessor()), s);
}

constexpr const char* created = R"(Created MNIST preprocessor with one-hot encoding
Created augmentation operators:
  - Brightness: ±0.1
  - Gaussian noise: std=0.1
Pipelines created:
  Train: Source -> Preprocess -> Brightness -> Noise
  Test:  Source -> Preprocess
)";

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

// One pass over the training images, with the loss of every twentieth batch. Samples are counted as they are:
// the tutorial counts 128 for a last batch of 16, too, which would be a peak in its picture.
template <class Step>
example::Epoch train_epoch(const data::Pipeline& pipeline, const Step& step, std::int64_t number) {
  example::Epoch epoch;
  const double epoch_start = example::seconds_now();
  for (const data::Batch& batch : pipeline) {
    const double start = example::seconds_now();
    const double loss = step(batch).item();  // waits for the device
    const auto samples = static_cast<double>(batch["label"].shape(0));
    epoch.throughputs.push_back(samples / (example::seconds_now() - start));
    const auto i = static_cast<std::int64_t>(epoch.losses.size());
    if (i % 20 == 0) std::printf("  Epoch %d, Batch %d: loss=%.4f\n", int(number), int(i), loss);
    epoch.losses.push_back(loss);
    example::check_loss(loss, (number - 1) * pipeline.cardinality() + i + 1);
  }
  epoch.seconds = example::seconds_now() - epoch_start;
  return epoch;
}

template <class Step>
double evaluate(const data::Pipeline& pipeline, const Step& step) {
  double correct = 0, samples = 0;
  for (const data::Batch& batch : pipeline) {
    correct += step(batch).item();
    samples += static_cast<double>(batch["label"].shape(0));
  }
  return correct / samples;
}

example::Results train(MNISTClassifier& model, const data::Pipeline& train_pipeline,
                       const data::Pipeline& test_pipeline, const example::Options& o) {
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = o.learning_rate}), nn::is<nn::Param>);
  // Recorded by their first call, replayed by all others.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_eval_step = nn::jit(eval_step);
  const auto learn = [&](const data::Batch& batch) { return jit_train_step(model, optimizer, batch); };
  const auto test = [&](const data::Batch& batch) { return jit_eval_step(model, batch); };

  std::printf("\nStarting training...\n%s\n", std::string(50, '=').c_str());
  example::Results results;
  for (std::int64_t number = 1; number <= o.epochs; ++number) {
    results.push_back(train_epoch(train_pipeline, learn, number));
    example::Epoch& epoch = results.back();
    epoch.accuracy = evaluate(test_pipeline, test);
    std::printf("Epoch %d/%d:\n", int(number), int(o.epochs));
    std::printf("  Train loss: %.4f\n", example::mean(epoch.losses));
    std::printf("  Test accuracy: %.2f%%\n", 100 * epoch.accuracy);
    std::printf("  Time: %.1fs\n\n", epoch.seconds);
  }
  std::printf("Training complete!\n");
  return results;
}

// ---- Part 7: the pictures
void save_pictures(const example::Results& results, const data::Batch& sample_batch,
                   const example::Options& o) {
  // What the pipeline made of the images, its normalisation undone.
  example::save(ramie::train::sample_grid(sample_batch["image"], sample_batch["label"],
                                          {.title = "MNIST Training Samples (with augmentation)",
                                           .rows = 4,
                                           .columns = 4,
                                           .width = 8,
                                           .height = 8,
                                           .mean = {example::mnist_mean},
                                           .std = {example::mnist_std}}),
                o.picture("cv-mnist-sample-grid"));
  example::save(
      ramie::train::batch_curve(joined(results, &example::Epoch::losses), {.title = "MNIST Training Loss"}),
      o.picture("cv-mnist-training-loss"));
  example::save(ramie::train::throughput(joined(results, &example::Epoch::throughputs),
                                         {.title = "Pipeline Throughput During Training",
                                          .x_label = "Batch",
                                          .y_label = "Throughput (samples/second)",
                                          .unit = "samples/s",
                                          .first = 0}),
                o.picture("cv-mnist-throughput"));
}

void tutorial(const Settings& s) {
  const auto [train_source, test_source] = load_mnist(s);
  std::printf("Training samples: %d\n", int(train_source->size()));
  std::printf("Test samples: %d\n", int(test_source->size()));
  const data::Pipeline train_pipeline = create_train_pipeline(train_source, s);
  const data::Pipeline test_pipeline = create_test_pipeline(test_source, s);
  std::printf("%s", created);

  nn::Rngs rngs(s.options.seed);
  MNISTClassifier model(rngs);
  std::printf("Model output shape: %s\n", str(model(ramie::ones({1, 28, 28, 1})).shape()).c_str());
  std::printf("Model parameters: %d\n", int(nn::parameter_count(model)));

  const example::Results results = train(model, train_pipeline, test_pipeline, s.options);

  const data::Batch sample_batch = *create_train_pipeline(train_source, s).iterator().next();
  save_pictures(results, sample_batch, s.options);
  example::save_pipeline(train_pipeline, s.options.out);

  // Not in the tutorial: what the pipeline did, and who waited for whom.
  std::cout << "\n" << train_pipeline.describe() << "\n" << train_pipeline.report();
  write_json(s, nn::parameter_count(model), results, train_pipeline);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return example::run(
      argc, argv, "The Datarax tutorial: from images through a pipeline to a trained network.", s.options,
      [&](CLI::App& app, example::Options&) { add_flags(app, s); },
      [&](const example::Options& options) {
        s.options = options;
        tutorial(s);
      });
}
