// PyTorch's MNIST guide, in C++: the same network, the same training loop on a tape of gradients (zero_grad,
// backward, step), the same lines and pictures. Its steps:
//
//   1 choose a device          common/options.cpp
//   2 set hyperparameters      settings.h; "Further exploration" is flags there
//   3 load and transform       dataset.cpp, and loaders() below
//   4 the model
//   5 train, test
//   6 predictions, pictures
//
//   pytorch_guide                                                     the guide
//   pytorch_guide --optimizer sgd --learning-rate 0.1 --dropout 0.5   an experiment
//   pytorch_guide --save model.safetensors                            ... and to use it later:
//   pytorch_guide --load model.safetensors --predict digit.png
//   pytorch_guide --transfer model.safetensors --dataset fashion_mnist
#include <cmath>
#include <cstdio>
#include <iostream>

#include "common/mnist.h"
#include "common/torch_layers.h"
#include "dataset.h"
#include "results.h"

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

// ---- Step 3: data ---------------------------------------------------------------------------------------
struct Loaders {
  data::Pipeline train, test;
};

// transforms.ToTensor and transforms.Normalize: pixels of 0..255 become numbers around 0. Images stay height
// x width x channels (NHWC), where PyTorch has the channels first (NCHW).
data::Normalize transform(const Dataset& d) { return data::Normalize({.mean = d.mean, .std = d.std}); }

// DataLoader. The training images come in a new order in every epoch, the test images in theirs. Batches are
// made ahead, beside the training, and go to its device. The last one of an epoch is smaller: 60,000 images
// are 937 batches of 64 and one of 32.
Loaders loaders(const Images& images, const Dataset& d, const Settings& s) {
  const auto loader = [&](const data::SourcePtr& source, data::SamplerPtr order) {
    return data::from_source(source, s.options.batch_size, {.sampler = std::move(order)})
        .add(transform(d))
        .prefetch(2)
        .map(data::to(ramie::default_device()));
  };
  return {loader(images.train, data::shuffled(images.train->size(), s.seed())), loader(images.test, nullptr)};
}

// ---- Step 4: the model ----------------------------------------------------------------------------------
// Its layers begin with PyTorch's weights (common/torch_layers.h).
using example::torch_conv;
using example::torch_linear;

Tensor pool(const Tensor& x) { return max_pool(x, {.window = {2, 2}, .strides = {2, 2}}); }

struct CNN : nn::Module<CNN> {
  nn::Conv conv1, conv2;
  std::vector<nn::Conv> more_convs;  // --conv-layers
  nn::Linear fc1;
  nn::Dropout dropout;
  nn::Linear fc2;

  CNN(const Dataset& d, const Settings& s, nn::Rngs& rngs)
      : conv1(torch_conv(d.channels, 16, rngs)),
        conv2(torch_conv(16, 32, rngs)),
        fc1(torch_linear(d.height / 4 * (d.width / 4) * 32, 128, rngs)),
        dropout(s.dropout, rngs),
        fc2(torch_linear(128, static_cast<std::int64_t>(d.classes.size()), rngs)) {
    for (auto i = s.conv_layers; i > 2; --i) more_convs.push_back(torch_conv(32, 32, rngs));
  }

  Tensor operator()(Tensor x) {  // [N, 28, 28, 1]
    x = pool(relu(conv1(x)));    // [N, 14, 14, 16]
    x = pool(relu(conv2(x)));    // [N, 7, 7, 32]
    for (auto& conv : more_convs) x = relu(conv(x));
    x = reshape(x, {x.shape(0), -1});  // [N, 1568]
    x = dropout(relu(fc1(x)));         // [N, 128]
    return fc2(x);                     // [N, 10]: the logits of the classes
  }
  using fields = nn::Fields<&CNN::conv1, &CNN::conv2, &CNN::more_convs, &CNN::fc1, &CNN::dropout, &CNN::fc2>;
};

// Transfer learning keeps what the convolutions have learned, and trains the rest.
nn::Filter trained(const Settings& s) {
  return s.transfer.empty() ? nn::Filter(nn::is<nn::Param>)
                            : nn::all_of({nn::is<nn::Param>, nn::not_(nn::path_contains("conv"))});
}
void load_weights(CNN& model, const Settings& s) {
  if (!s.load.empty()) ramie::train::load_state(model, s.load);
  if (!s.transfer.empty())
    ramie::train::load_state(
        model, s.transfer,
        {.filter = nn::all_of({ramie::train::is_weight, nn::not_(nn::path_contains("fc2"))})});
}

// ---- Step 5: training -----------------------------------------------------------------------------------
// nn.CrossEntropyLoss: softmax and the logarithm are part of it, so the model gives plain logits.
Tensor criterion(const Tensor& output, const Tensor& target) {
  return mean(softmax_cross_entropy_with_integer_labels(output, target));
}

// With PyTorch's rules, which are not optax's everywhere: its RMSprop adds eps outside of the root, and its
// momentum comes before the learning rate.
optim::GradientTransformation make_optimizer(const Settings& s) {
  const double lr = s.options.learning_rate;
  if (s.optimizer == "sgd") return optim::sgd({.learning_rate = lr, .momentum = s.momentum});
  if (s.optimizer == "rmsprop") return optim::rmsprop_torch({.learning_rate = lr, .momentum = s.momentum});
  return optim::adam({.learning_rate = lr});
}

// One update. The tape writes down what the model computes; backward() goes through it from its end, and adds
// to the gradient of every parameter (model.conv1.kernel.grad(), ...). It adds, so that several losses may
// share a step: whoever wants one alone clears the gradients first.
Tensor train_step(CNN& model, optim::Optimizer& optimizer, const data::Batch& batch) {
  nn::zero_grad(model);
  const Tensor output = model(batch["image"]);
  Tensor loss = criterion(output, batch["label"]);
  backward(loss);
  optimizer.step(model);
  return loss;
}

void check(double loss, std::int64_t batch) {
  if (!std::isfinite(loss))
    ramie::fail("training", "the loss is " + std::to_string(loss) + " at batch " + std::to_string(batch) +
                                ": the learning rate is too high. Try --learning-rate 0.0001.");
}

// One epoch; gives the losses that it prints. `step` is train_step.
template <class Step>
std::vector<double> train(const data::Pipeline& loader, const Step& step) {
  std::vector<double> losses;
  std::int64_t batch_idx = 0;
  for (const data::Batch& batch : loader) {
    const Tensor loss = step(batch);
    if (batch_idx++ % 100 != 0) continue;
    losses.push_back(loss.item());  // reading a value waits for the device, so not in every step
    std::printf("Loss: %.6f\n", losses.back());
    check(losses.back(), batch_idx - 1);
  }
  return losses;
}

// The sum of the losses, and how many images are right.
std::pair<Tensor, Tensor> test_step(CNN& model, const data::Batch& batch) {
  const Tensor output = model(batch["image"]);
  const Tensor& target = batch["label"];
  const Tensor losses = softmax_cross_entropy_with_integer_labels(output, target);
  return {sum(losses), sum(argmax(output, 1) == target)};
}

// The guide adds up the means of batches and divides by the number of images, which makes its test loss 64
// times too small; it does not print it. Here each image counts once.
template <class Step>
Evaluation test(const data::Pipeline& loader, const Step& step) {
  const ramie::NoGrad no_grad;  // nothing is written down: faster, and less memory
  double loss = 0, correct = 0, images = 0;
  for (const data::Batch& batch : loader) {
    const auto [batch_loss, batch_correct] = step(batch);
    loss += batch_loss.item();
    correct += batch_correct.item();
    images += static_cast<double>(batch["label"].size());
  }
  std::printf("Accuracy: %.1f%%\n", 100 * correct / images);
  return {loss / images, correct / images};
}

std::vector<Epoch> run_epochs(CNN& model, const Loaders& loaders, const Settings& s) {
  CNN train_model = nn::train_view(model);  // model.train(): the same parameters, with dropout
  CNN eval_model = nn::eval_view(model);    // model.eval(): without
  nn::track(train_model, trained(s));       // from here on they have gradients
  optim::Optimizer optimizer(train_model, make_optimizer(s), trained(s));

  // Recorded by their first calls, replayed by all others (docs/jit.md); --no-jit runs them op by op.
  const auto jit_train_step = nn::jit(train_step);
  const auto jit_test_step = nn::jit(test_step);
  const auto learn = [&](const data::Batch& batch) { return jit_train_step(train_model, optimizer, batch); };
  const auto check_on = [&](const data::Batch& batch) { return jit_test_step(eval_model, batch); };

  std::vector<Epoch> epochs;
  const std::int64_t count = s.load.empty() ? s.options.epochs : 1;
  for (std::int64_t epoch = 1; epoch <= count; ++epoch) {
    Epoch done;
    const double start = example::seconds_now();
    if (s.load.empty()) done.losses = train(loaders.train, learn);
    done.seconds = example::seconds_now() - start;
    done.test = test(loaders.test, check_on);
    check(done.test.loss, loaders.train.cardinality());
    epochs.push_back(done);
  }
  return epochs;
}

// ---- Step 6: what the model says ------------------------------------------------------------------------
Tensor logits(CNN& model, const Dataset& d, const Tensor& images) {
  CNN eval_model = nn::eval_view(model);
  const data::Batch batch = transform(d).apply({{"image", images}}, {});
  return ramie::no_grad([&] { return eval_model(batch["image"].to(ramie::default_device())); });
}

// Deployment: a picture goes in, a word comes out. MNIST's digits are white on black.
void predict(CNN& model, const Dataset& d, const std::filesystem::path& file) {
  const Tensor image =
      data::read_image(file, {.channels = static_cast<int>(d.channels), .size = {{d.height, d.width}}});
  const Tensor p = softmax(logits(model, d, expand_dims(image, 0)), 1)[0];
  const auto best = argmax(p, 0).item<std::int64_t>();
  std::printf("%s: %s (%.1f%%)\n", file.c_str(), d.classes[static_cast<std::size_t>(best)].c_str(),
              100 * p[best].item());
}

void save(const ramie::train::Figure& figure, const std::filesystem::path& path) {
  figure.save(path);
  std::printf("Saved: %s\n", path.c_str());
}
// Ten training images, drawn by lot.
void show_samples(const Images& images, const Dataset& d, const Settings& s) {
  const auto order = data::shuffled(images.train->size(), s.seed() + 1);
  const data::Batch batch = *data::from_source(images.train, 10, {.sampler = order}).iterator().next();
  save(ramie::train::sample_grid(batch["image"], batch["label"], {.columns = 5, .class_names = d.classes}),
       s.options.picture("pytorch_guide_samples"));
}
// The first ten test images: green where the model is right, red where it is not.
void show_predictions(CNN& model, const Images& images, const Dataset& d, const Settings& s) {
  const data::Batch batch = *data::from_source(images.test, 10).iterator().next();
  save(ramie::train::prediction_grid(batch["image"], batch["label"], logits(model, d, batch["image"]),
                                     {.columns = 5, .class_names = d.classes}),
       s.options.picture("pytorch_guide_predictions"));
}

// Who guesses is right once in ten times.
void advise(const Evaluation& last, const Dataset& d) {
  if (last.accuracy < 1.5 / static_cast<double>(d.classes.size()))
    std::fprintf(stderr, "The loss stays high: try --learning-rate 0.01, or more epochs.\n");
}

// ---- The guide ------------------------------------------------------------------------------------------
void guide(const Settings& s) {
  std::printf("Using device: %s\n", str(ramie::default_device()).c_str());
  if (!s.save.empty()) example::check_writable(s.save);  // before the training, not after it
  const Dataset dataset = describe(s);
  nn::Rngs rngs(s.options.seed);
  CNN model(dataset, s, rngs);
  load_weights(model, s);
  if (!s.predict.empty()) {
    for (auto& file : s.predict) predict(model, dataset, file);
    return;
  }
  const Images images = load(s, dataset);
  std::printf("Training samples: %d\n", int(images.train->size()));
  std::printf("Test samples: %d\n", int(images.test->size()));
  show_samples(images, dataset, s);

  std::cout << nn::summary(model, {s.options.batch_size, dataset.height, dataset.width, dataset.channels})
            << "Total parameters: " << nn::parameter_count(model) << std::endl;
  const Loaders batches = loaders(images, dataset, s);
  const std::vector<Epoch> epochs = run_epochs(model, batches, s);
  advise(epochs.back().test, dataset);
  show_predictions(model, images, dataset, s);
  if (!s.save.empty()) {
    ramie::train::save_state(model, s.save);
    std::printf("Saved: %s\n", s.save.c_str());
  }
  write_json(s, nn::parameter_count(model), batches.train.cardinality(), epochs);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return example::run(
      argc, argv, "The PyTorch guide: a convolutional network learns MNIST.", s.options,
      [&](CLI::App& app, example::Options&) { add_flags(app, s); },
      [&](const example::Options& options) {
        s.options = options;
        guide(s);
      });
}
