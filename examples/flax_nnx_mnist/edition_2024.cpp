// The tutorial step by step. Its sections: load the data, define the network, run it, metrics and optimizer,
// the training step, train and evaluate, look at the results.
#include <cstdio>
#include <iostream>

#include "tutorial.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

// ---- The network: an NNX module is a plain struct of layers
// ------------------------------------------------
struct CNN : nn::Module<CNN> {
  nn::Conv conv1, conv2;
  nn::Linear linear1, linear2;

  explicit CNN(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        linear1(3136, 256, rngs),
        linear2(256, 10, rngs) {}

  Tensor operator()(Tensor x) const {
    x = avg_pool(relu(conv1(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = avg_pool(relu(conv2(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = reshape(x, {x.shape(0), -1});  // flatten
    x = relu(linear1(x));
    return linear2(x);
  }
  using fields = nn::Fields<&CNN::conv1, &CNN::conv2, &CNN::linear1, &CNN::linear2>;
};

// ---- The training step
// -------------------------------------------------------------------------------------
std::pair<Tensor, Tensor> loss_fn(const CNN& model, const data::Batch& batch) {
  Tensor logits = model(batch["image"]);
  Tensor loss = mean(softmax_cross_entropy_with_integer_labels(logits, batch["label"]));
  return {loss, logits};
}

Tensor train_step(CNN& model, optim::Optimizer& optimizer, const data::Batch& batch) {
  auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);
  optimizer.update(model, grads);
  return loss;
}

using Metrics = nn::MultiMetric<nn::metrics::Average, nn::metrics::Accuracy>;

void compute_metrics(const CNN& model, Metrics& metrics, const data::Batch& batch) {
  auto [loss, logits] = loss_fn(model, batch);
  metrics.update({.loss = loss, .logits = logits, .labels = batch["label"]});
}

Tensor pred_step(const CNN& model, const data::Batch& batch) { return argmax(model(batch["image"]), 1); }

}  // namespace

void train_2024_edition(const example::Options& options) {
  // ---- Load the MNIST dataset
  // ------------------------------------------------------------------------------
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto mnist = example::load_mnist(options);
  data::Pipeline train_ds = mnist.train.pipeline()
                                .repeat(options.epochs)
                                .shuffle(1024, seed)
                                .batch(options.batch_size, {.drop_remainder = true})
                                .map(example::normalized)
                                .prefetch(1)
                                .map(data::to(ramie::default_device()));
  data::Pipeline test_ds = mnist.test.pipeline()
                               .shuffle(1024, seed + 1)
                               .batch(options.batch_size, {.drop_remainder = true})
                               .map(example::normalized)
                               .prefetch(1)
                               .map(data::to(ramie::default_device()));

  // ---- Define and run the network
  // --------------------------------------------------------------------------
  nn::Rngs rngs(options.seed);
  CNN model(rngs);
  std::cout << "model = " << model;
  std::cout << "model.conv1.kernel.shape = " << str(model.conv1.kernel.shape()) << "\n";
  std::cout << model(ramie::ones({1, 28, 28, 1})) << "\n";

  // ---- Metrics and optimizer
  // -------------------------------------------------------------------------------
  Metrics metrics{std::pair{"loss", nn::metrics::Average()}, std::pair{"accuracy", nn::metrics::Accuracy()}};
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = options.learning_rate, .b1 = 0.9}));
  example::History metrics_history;

  // Recorded by their first call, replayed by all others.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_compute_metrics = nn::jit(compute_metrics);

  // ---- Train and evaluate
  // ----------------------------------------------------------------------------------
  const std::int64_t steps_per_epoch = train_ds.cardinality() / options.epochs;
  auto batches = train_ds.iterator();
  for (std::int64_t epoch = 1, step = 0; epoch <= options.epochs; ++epoch) {
    ramie::train::ProgressBar bar(static_cast<std::size_t>(steps_per_epoch),
                                  {.label = "epoch " + std::to_string(epoch),
                                   .leave = false,
                                   .enabled = options.progress ? std::nullopt : std::optional(false)});
    const double start = example::seconds_now();
    for (std::int64_t i = 1; i <= steps_per_epoch; ++i) {
      const data::Batch batch = *batches.next();
      const Tensor loss = jit_train_step(model, optimizer, batch);
      jit_compute_metrics(model, metrics,
                          batch);  // a second forward pass, after the update, as in the tutorial
      ++step;
      if (example::reports(i, steps_per_epoch)) example::report(bar, i, loss, step);
    }
    metrics_history["seconds"].push_back(example::seconds_now() - start);
    bar.finish();
    example::record(metrics_history, "train", metrics, epoch);

    for (const data::Batch& test_batch : test_ds) jit_compute_metrics(model, metrics, test_batch);
    example::record(metrics_history, "test", metrics, epoch);
  }

  // ---- Visualise the metrics, and predictions on the test set
  // ----------------------------------------------
  example::save_curves(metrics_history, options.out / "flax_nnx_mnist_curves.png");
  const data::Batch test_batch = *test_ds.iterator().next();
  example::save_predictions(test_batch["image"], pred_step(model, test_batch),
                            options.out / "flax_nnx_mnist_predictions.png");
  example::write_json(options, nn::parameter_count(model), metrics_history);
}
