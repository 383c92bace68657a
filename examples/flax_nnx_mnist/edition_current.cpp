// Today's edition of the tutorial: batch normalisation and dropout, so the model has a view for training and
// one for evaluation, and the training metrics come from the training step itself.
#include <cstdio>
#include <iostream>

#include "tutorial.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

struct CNN : nn::Module<CNN> {
  nn::Conv conv1;
  nn::BatchNorm batch_norm1;
  nn::Dropout dropout1;
  nn::Conv conv2;
  nn::BatchNorm batch_norm2;
  nn::Linear linear1;
  nn::Dropout dropout2;
  nn::Linear linear2;

  explicit CNN(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        batch_norm1(32, rngs),
        dropout1(0.025),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        batch_norm2(64, rngs),
        linear1(3136, 256, rngs),
        dropout2(0.025),
        linear2(256, 10, rngs) {}

  Tensor operator()(Tensor x, nn::Rngs& rngs) {
    x = avg_pool(relu(batch_norm1(dropout1(conv1(x), rngs))), {.window = {2, 2}, .strides = {2, 2}});
    x = avg_pool(relu(batch_norm2(conv2(x))), {.window = {2, 2}, .strides = {2, 2}});
    x = reshape(x, {x.shape(0), -1});  // flatten
    x = relu(dropout2(linear1(x), rngs));
    return linear2(x);
  }
  using fields = nn::Fields<&CNN::conv1, &CNN::batch_norm1, &CNN::dropout1, &CNN::conv2, &CNN::batch_norm2,
                            &CNN::linear1, &CNN::dropout2, &CNN::linear2>;
};

std::pair<Tensor, Tensor> loss_fn(CNN& model, nn::Rngs& rngs, const data::Batch& batch) {
  Tensor logits = model(batch["image"], rngs);
  Tensor loss = mean(softmax_cross_entropy_with_integer_labels(logits, batch["label"]));
  return {loss, logits};
}

using Metrics = nn::MultiMetric<nn::metrics::Accuracy, nn::metrics::Average>;

Tensor train_step(CNN& model, optim::Optimizer& optimizer, Metrics& metrics, nn::Rngs& rngs,
                  const data::Batch& batch) {
  auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, rngs, batch);
  metrics.update({.loss = loss, .logits = logits, .labels = batch["label"]});
  optimizer.update(model, grads);
  return loss;
}

void eval_step(CNN& model, Metrics& metrics, nn::Rngs& rngs, const data::Batch& batch) {
  auto [loss, logits] = loss_fn(model, rngs, batch);
  metrics.update({.loss = loss, .logits = logits, .labels = batch["label"]});
}

}  // namespace

void train_current_edition(const example::Options& options) {
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
                               .batch(options.batch_size, {.drop_remainder = true})
                               .map(example::normalized)
                               .prefetch(1)
                               .map(data::to(ramie::default_device()));

  nn::Rngs init(options.seed), rngs(options.seed);  // one for the weights, one for the dropout masks
  CNN model(init);
  std::cout << "model = " << model;
  Metrics metrics{std::pair{"accuracy", nn::metrics::Accuracy()}, std::pair{"loss", nn::metrics::Average()}};
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = options.learning_rate, .b1 = 0.9}),
                             nn::is<nn::Param>);
  example::History metrics_history;

  // Two views of the same variables.
  CNN train_model = nn::train_view(model);
  CNN eval_model = nn::eval_view(model);

  // Recorded by their first call, replayed by all others.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_eval_step = nn::jit(eval_step);

  const std::int64_t steps_per_epoch = train_ds.cardinality() / options.epochs;
  auto batches = train_ds.iterator();
  for (std::int64_t epoch = 1, step = 0; epoch <= options.epochs; ++epoch) {
    auto bar = example::progress_bar(epoch, steps_per_epoch, options);
    const double start = example::seconds_now();
    for (std::int64_t i = 1; i <= steps_per_epoch; ++i) {
      const Tensor loss = jit_train_step(train_model, optimizer, metrics, rngs, *batches.next());
      ++step;
      if (example::reports(i, steps_per_epoch)) example::report(bar, i, loss, step);
    }
    metrics_history["seconds"].push_back(example::seconds_now() - start);
    bar.finish();
    example::record(metrics_history, "train", metrics, epoch);

    for (const data::Batch& test_batch : test_ds) jit_eval_step(eval_model, metrics, rngs, test_batch);
    example::record(metrics_history, "test", metrics, epoch);
  }

  example::save_curves(metrics_history, options.picture("flax_nnx_mnist_curves"));
  const data::Batch test_batch = *test_ds.iterator().next();
  const Tensor predicted = argmax(eval_model(test_batch["image"], rngs), 1);
  example::save(
      ramie::train::sample_grid(test_batch["image"], predicted,
                                {.rows = 5, .columns = 5, .width = 12, .height = 12, .prefix = "label="}),
      options.picture("flax_nnx_mnist_predictions"));
  example::write_json(options, nn::parameter_count(model), metrics_history);
}
