// The tutorial step by step, with its own headings: https://github.com/google/flax, docs/mnist_tutorial, of
// February 2024. Where C++ or today's Flax does it otherwise, a comment says how.
#include <iostream>
#include <sstream>

#include "published.h"
#include "tutorial.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
namespace train = ramie::train;
using ramie::Tensor;

namespace {

// ---- 3. Define the network with NNX
// A module is a plain struct of layers; `fields` lists them, so that everything that walks a model (the
// optimizer, print, save) finds its parameters. Images are [N, H, W, C] and kernels [H, W, in, out], as in
// Flax; padding is SAME unless asked otherwise, so pooling alone makes the images smaller: 28, 14, 7.
struct CNN : nn::Module<CNN> {
  nn::Conv conv1, conv2;
  nn::Linear linear1, linear2;

  explicit CNN(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        linear1(3136, 256, rngs),  // 7 x 7 x 64
        linear2(256, 10, rngs) {}

  Tensor operator()(Tensor x) const {
    x = conv1(x);
    x = relu(x);
    x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
    x = conv2(x);
    x = relu(x);
    x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
    x = reshape(x, {x.shape(0), -1});  // flatten
    x = linear1(x);
    x = relu(x);
    return linear2(x);
  }
  using fields = nn::Fields<&CNN::conv1, &CNN::conv2, &CNN::linear1, &CNN::linear2>;
};

// ---- 4. Define metrics
// A compound of both, which adds up over batches until it is reset. It keeps its totals on the device:
// nothing waits for them before compute().
using Metrics = nn::MultiMetric<nn::metrics::Average, nn::metrics::Accuracy>;

// ---- 6. Training step
// Integer labels need no one-hot encoding. The logits come along as what JAX calls aux.
std::pair<Tensor, Tensor> loss_fn(const CNN& model, const data::Batch& batch) {
  Tensor logits = model(batch["image"]);
  Tensor loss = mean(softmax_cross_entropy_with_integer_labels(logits, batch["label"]));
  return {loss, logits};
}

// The tutorial splits the model into parameters and structure and merges them again inside the loss, since
// JAX differentiates functions of arrays. Here value_and_grad takes the model itself: it runs loss_fn on a
// copy whose parameters it follows, and `grads` has the same paths as they.
Tensor train_step(CNN& model, optim::Optimizer& optimizer, const data::Batch& batch) {
  auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);
  optimizer.update(model, grads);
  return loss;
}

// ---- 7. Metric computation
// A second forward pass, after the update: the training metrics are those of the new parameters.
void compute_metrics(const CNN& model, Metrics& metrics, const data::Batch& batch) {
  auto [loss, logits] = loss_fn(model, batch);
  metrics.update({.loss = loss, .logits = logits, .labels = batch["label"]});
}

// ---- 12. Perform inference on the test set
Tensor pred_step(const CNN& model, const data::Batch& batch) { return argmax(model(batch["image"]), 1); }

// The first 500 characters, as much as the tutorial prints of its model.
std::string beginning(const CNN& model) {
  std::ostringstream text;
  text << "model = " << model;
  return text.str().substr(0, 500) + "\n...\n\n";
}

// Only then are its numbers comparable with the published ones.
bool is_the_tutorials(const example::Options& o, const example::MnistData& mnist) {
  return mnist.train.description == "MNIST" && mnist.train.size() == 60000 && o.batch_size == 32 &&
         o.learning_rate == 0.005 && o.epochs <= 10;
}

}  // namespace

void train_2024_edition(const example::Options& options) {
  // ---- 2. Load the MNIST dataset
  // The order of the words matters. The data set is repeated before it is shuffled, so the buffer mixes the
  // end of one pass with the start of the next, and an epoch is a number of steps, not an exact pass. The
  // pipeline works ahead in a thread of its own (prefetch) and moves each batch to the device.
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto mnist = example::load_mnist(options);
  data::Pipeline train_ds = mnist.train.pipeline()
                                .repeat(options.epochs)
                                .shuffle(1024, seed)
                                .batch(options.batch_size, {.drop_remainder = true})
                                .map(example::normalized)  // to floats in [0, 1], a batch at a time
                                .prefetch(1)
                                .map(data::to(ramie::default_device()));
  // 312 batches of 32: 16 of the 10,000 images are left out, other ones each time.
  data::Pipeline test_ds = mnist.test.pipeline()
                               .shuffle(1024, seed + 1)
                               .batch(options.batch_size, {.drop_remainder = true})
                               .map(example::normalized)
                               .prefetch(1)
                               .map(data::to(ramie::default_device()));

  // The same random numbers as JAX: seed 0 gives the weights that today's Flax starts from, to the bit.
  nn::Rngs rngs(options.seed);
  CNN model(rngs);
  std::cout << beginning(model);  // print a part of the model
  std::cout << "model.conv1.kernel.shape = " << str(model.conv1.kernel.shape()) << "\n";

  // ---- Run model
  std::cout << model(ramie::ones({1, 28, 28, 1})) << "\n";

  // ---- 5. Create the train state: the model, the optimizer and the metrics, each by its name
  // (The tutorial calls the second argument of adamw "momentum". It is b1, the decay of the first moment.)
  Metrics metrics{std::pair{"loss", nn::metrics::Average()}, std::pair{"accuracy", nn::metrics::Accuracy()}};
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = options.learning_rate, .b1 = 0.9}));

  // As jax.jit: recorded by their first call, planned and fused, and replayed by all others.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_compute_metrics = nn::jit(compute_metrics);
  const auto jit_pred_step = nn::jit(pred_step);

  // ---- 10. Train and evaluate
  const std::int64_t num_steps_per_epoch = train_ds.cardinality() / options.epochs;
  example::History metrics_history;
  auto batches = train_ds.iterator();
  for (std::int64_t epoch = 1, step = 0; epoch <= options.epochs; ++epoch) {
    auto bar = example::progress_bar(epoch, num_steps_per_epoch, options);
    const double start = example::seconds_now();
    for (std::int64_t i = 1; i <= num_steps_per_epoch; ++i) {
      const data::Batch batch = *batches.next();
      const Tensor loss = jit_train_step(model, optimizer, batch);  // run an optimization step
      jit_compute_metrics(model, metrics, batch);                   // aggregate batch metrics
      ++step;
      if (example::reports(i, num_steps_per_epoch)) example::report(bar, i, loss, step);
    }
    metrics_history["seconds"].push_back(example::seconds_now() - start);
    bar.finish();
    example::record(metrics_history, "train", metrics, epoch);  // prints, and resets for the next epoch

    // Compute metrics on the test set after each training epoch.
    for (const data::Batch& test_batch : test_ds) jit_compute_metrics(model, metrics, test_batch);
    example::record(metrics_history, "test", metrics, epoch);
  }
  if (is_the_tutorials(options, mnist)) compare_with_published(metrics_history);

  // ---- 11. Visualize metrics
  example::save(train::training_curves(metrics_history, {.width = 15, .height = 5, .plain = true}),
                options.picture("flax_nnx_mnist_curves"));

  // ---- 12. Perform inference on the test set: what the model takes each image for
  const data::Batch test_batch = *test_ds.iterator().next();
  const Tensor pred = jit_pred_step(model, test_batch);
  example::save(train::sample_grid(test_batch["image"], pred,
                                   {.rows = 5, .columns = 5, .width = 12, .height = 12, .prefix = "label="}),
                options.picture("flax_nnx_mnist_predictions"));

  example::write_json(options, nn::parameter_count(model), metrics_history);
}
