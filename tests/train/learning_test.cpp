// A whole training: drawn digits through a pipeline; a model with parameters, statistics and random streams;
// its views; a schedule; metrics.
#include <gtest/gtest.h>

#include <utility>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/drawn_digits.h>
#include <ramie/data/pipeline.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/metrics.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/optim/optimizer.h>

namespace ramie {
namespace {

struct MLP : nn::Module<MLP> {
  nn::Linear linear1;
  nn::BatchNorm norm;
  nn::Dropout dropout;
  nn::Linear linear2;
  explicit MLP(nn::Rngs& rngs)
      : linear1(784, 64, rngs), norm(64, rngs), dropout(0.1, rngs), linear2(64, 10, rngs) {}
  Tensor operator()(const Tensor& image) { return linear2(dropout(relu(norm(linear1(flatten(image, 1)))))); }
  using fields = nn::Fields<&MLP::linear1, &MLP::norm, &MLP::dropout, &MLP::linear2>;
};

data::Pipeline batches(const data::Split& split) {
  return data::Pipeline::from_tensor_slices({{"image", split.images}, {"label", split.labels}})
      .shuffle(1024)
      .batch(50)
      .map([](data::Batch batch) {
        batch["image"] = batch["image"].astype(float32) / 255;
        return batch;
      });
}

auto loss_fn(MLP& model, const data::Batch& batch) {
  Tensor logits = model(batch["image"]);
  return std::pair{mean(softmax_cross_entropy_with_integer_labels(logits, batch["label"])), logits};
}

double accuracy_of(const MLP& model, const data::Split& split) {
  MLP eval_model = nn::eval_view(model);
  nn::metrics::Accuracy accuracy;
  for (const data::Batch& batch : batches(split))
    accuracy.update({.logits = eval_model(batch["image"]), .labels = batch["label"]});
  return accuracy.compute();
}

TEST(Learning, AnMlpLearnsDrawnDigits) {
  const data::Split train = data::draw_digits(8000), test = data::draw_digits(1000, {.first = 8000});
  nn::Rngs rngs(0);
  MLP model(rngs);
  EXPECT_LT(accuracy_of(model, test), 0.4);  // guessing gives 0.1
  const auto rate = optim::cosine_decay_schedule(0.01, 480);
  optim::Optimizer optimizer(
      model, optim::chain(optim::clip_by_global_norm(1), optim::adamw({.learning_rate = rate})));
  nn::metrics::Average epoch_loss;
  double first_loss = 0;
  for (int epoch = 0; epoch < 3; ++epoch) {
    epoch_loss.reset();
    for (const data::Batch& batch : batches(train)) {
      auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);
      epoch_loss.update({.loss = loss});
      optimizer.update(model, grads);
    }
    if (epoch == 0) first_loss = epoch_loss.compute();
  }
  EXPECT_EQ(optimizer.step().item(), 480);
  EXPECT_LT(epoch_loss.compute(), first_loss / 3);
  EXPECT_GT(accuracy_of(model, test), 0.9);
}

}  // namespace
}  // namespace ramie
