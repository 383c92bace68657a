// The annotated MNIST example of the first Flax (2020), whose models are functions, in C++.
#include <cstdio>

#include "common/mnist.h"

namespace nn = ramie::nn;
namespace linen = nn::linen;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

// A model is a normal function, which defines learnable parameters in-line: each call of linen::conv or
// linen::dense defines a kernel and a bias.
Tensor cnn(linen::Scope& scope, Tensor x) {
  x = linen::conv(scope, x, {.features = 32, .kernel_size = {3, 3}});
  x = relu(x);
  x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
  x = linen::conv(scope, x, {.features = 64, .kernel_size = {3, 3}});
  x = relu(x);
  x = avg_pool(x, {.window = {2, 2}, .strides = {2, 2}});
  x = reshape(x, {x.shape(0), -1});
  x = linen::dense(scope, x, {.features = 256});
  x = relu(x);
  x = linen::dense(scope, x, {.features = 10});
  x = log_softmax(x);
  return x;
}
using CNN = linen::Model<cnn>;  // the function and its parameters
using Optimizer = optim::functional::Optimizer<CNN>;

// vmap allows us to define the loss as if it acted on a single sample.
const auto cross_entropy_loss =
    ramie::vmap([](const Tensor& logits, const Tensor& label) { return -take(logits, label); });

using Metrics = std::map<std::string, Tensor>;
Metrics compute_metrics(const Tensor& logits, const Tensor& labels) {
  Tensor loss = mean(cross_entropy_loss(logits, labels));
  Tensor accuracy = mean(argmax(logits, -1) == labels);
  return {{"loss", loss}, {"accuracy", accuracy}};
}

Optimizer train_step(const Optimizer& optimizer, const data::Batch& batch) {
  const auto loss_fn = [&](const CNN& model) {
    Tensor logits = model(batch["image"]);
    return mean(cross_entropy_loss(logits, batch["label"]));
  };
  CNN grad = ramie::grad(loss_fn)(optimizer.target);
  return optimizer.apply_gradient(grad);
}

// Making model predictions is as simple as calling model(input).
Metrics eval(const CNN& model, const data::Batch& eval_ds) {
  Tensor logits = model(eval_ds["image"] / 255);
  return compute_metrics(logits, eval_ds["label"]);
}

data::Batch cast(data::Batch x) {
  return {{"image", x["image"].astype(ramie::float32)}, {"label", x["label"].astype(ramie::int32)}};
}

// Metrics are only read where they are needed on the host, here.
void print_and_keep(const Metrics& metrics, std::int64_t epoch, example::History& history) {
  const double loss = metrics.at("loss").item(), accuracy = metrics.at("accuracy").item();
  std::printf("eval epoch: %d, loss: %.4f, accuracy: %.2f\n", int(epoch), loss, accuracy * 100);
  history["test_loss"].push_back(loss);
  history["test_accuracy"].push_back(accuracy);
}

void train(const example::Options& options) {
  // Load, convert dtypes, and shuffle MNIST.
  const auto mnist = example::load_mnist(options);
  const auto to_device = data::to(ramie::default_device());
  data::Pipeline train_ds = mnist.train.pipeline()
                                .map(cast)
                                .cache()
                                .shuffle(1000, static_cast<std::uint64_t>(options.seed))
                                .batch(options.batch_size)
                                .prefetch(1)
                                .map(to_device);
  const data::Batch test_ds = to_device(cast({{"image", mnist.test.images}, {"label", mnist.test.labels}}));

  // Create a new model, running all necessary initializers.
  auto [_, initial_params] = linen::init_by_shape(cnn, ramie::random::key(options.seed),
                                                  ramie::Layout(ramie::float32, {1, 28, 28, 1}));
  CNN model(initial_params);

  // Define an optimizer. At any particular step, optimizer.target contains the model.
  Optimizer optimizer(model, optim::momentum(options.learning_rate, 0.9));

  // What they launch is recorded, fused, and replayed by each later call.
  const auto jit_train_step = ramie::jit(train_step);
  const auto jit_eval = ramie::jit(eval);

  example::History history;
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    // Run an optimization step for each batch of training.
    const double start = example::seconds_now();
    for (data::Batch batch : train_ds) {
      batch["image"] = batch["image"] / 255;
      optimizer = jit_train_step(optimizer, batch);
    }
    history["seconds"].push_back(example::seconds_now() - start);

    // Once an epoch, evaluate on the test set.
    Metrics metrics = jit_eval(optimizer.target, test_ds);
    print_and_keep(metrics, epoch, history);
    example::check_loss(history["test_loss"].back(), epoch * train_ds.cardinality());
  }

  example::save_curves(history, options.picture("flax_linen_curves"));
  example::write_json(options, nn::parameter_count(model.params), history);
}

}  // namespace

int main(int argc, char** argv) {
  return example::run(
      argc, argv, "The first Flax's tutorial: a model that is a function learns MNIST.",
      {.batch_size = 128, .learning_rate = 0.1},
      [](CLI::App& app, example::Options& o) {
        app.add_option("--limit-train", o.limit_train, "train on the first N records only; 0: all")
            ->check(example::at_least(0));
      },
      train);
}
