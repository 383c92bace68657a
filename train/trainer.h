// Trains a model: epochs, validation, metrics, early stopping, checkpoints, Ctrl-C, a table in the terminal.
//
//   train::Trainer trainer(model, {.epochs = 10, .early_stopping_patience = 3},
//                          {.train_dataloader = train, .val_dataloader = test,
//                           .loss_fn = train::cross_entropy, .metric_fns = {{"accuracy", train::accuracy}}});
//   train::History history = trainer.fit();
//   history["val_accuracy"].back();
//   trainer.evaluate(test).at("loss");
//
// The trainer works on the model it is given, not on a copy: afterwards the model is trained. The first
// tensor of a batch is the model's input, the second the target; `custom_forward_fn` says otherwise. Steps
// are jitted: functions of the loss and metrics give Tensors and read no values (autograd/jit.h).
//
// Metrics of an epoch are means over all its examples (Treadmill's: over its last 100 batches). Those of the
// training are of the model as it was at each step, with dropout. Several batches for one step
// (accumulate_grad_batches) have the gradient of one large batch, also the fewer ones at an epoch's end.
//
// Source: Treadmill's Trainer.
#pragma once

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/losses.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/train/saved_state.h>
#include <ramie/train/training.h>

namespace ramie::train {

// Of logits [..., C] and integer labels [...]: the mean (torch.nn.CrossEntropyLoss), and the share that is
// right.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels);
Tensor accuracy(const Tensor& logits, const Tensor& labels);

// (predictions, targets) -> one number, or one for each example, of which the mean is taken.
using MetricFunction = std::function<Tensor(const Tensor& predictions, const Tensor& targets)>;

template <class M>
struct TrainerOptions {
  data::Pipeline train_dataloader;
  std::optional<data::Pipeline> val_dataloader = {};
  MetricFunction loss_fn = {};  // none: model.compute_loss(predictions, targets)
  std::map<std::string, MetricFunction> metric_fns = {};
  // (loss, predictions) of a batch, in place of loss_fn(model(first), second).
  std::function<std::pair<Tensor, Tensor>(M& model, const data::Batch& batch)> custom_forward_fn = {};
  std::vector<std::shared_ptr<Callback>> callbacks = {};
};

namespace detail {

const Tensor& input_of(const data::Batch& batch);
const Tensor& target_of(const data::Batch& batch);  // an error if there is no second tensor
Tensor mean_of(const Tensor& values);
// sum += part * share
void accumulate(nn::State& sum, const nn::State& part, double share);
std::int64_t examples_of(const std::vector<data::Batch>& batches);
ModelInfo model_info(std::string_view name, const std::vector<nn::Found>& variables,
                     const nn::Filter& trainable, Device device);

template <class M>
struct Compute {
  std::function<std::pair<Tensor, Tensor>(M&, const data::Batch&)> forward;
  std::function<Tensor(M&, const data::Batch&)> predict;
  std::vector<MetricFunction> metrics;
  nn::Filter trainable;

  std::vector<Tensor> measures(const Tensor& loss, const Tensor& predictions,
                               const data::Batch& batch) const {
    std::vector<Tensor> out{loss};
    for (const auto& metric : metrics) out.push_back(mean_of(metric(predictions, target_of(batch))));
    return out;
  }
  Tensor step(M& model, optim::Optimizer& optimizer, Totals& totals,
              const std::vector<data::Batch>& batches) const {
    const auto all = static_cast<double>(examples_of(batches));
    nn::State gradients;
    std::vector<Tensor> loss;
    for (const auto& batch : batches) {
      auto [value, predictions, grads] = nn::value_and_grad(forward, trainable)(model, batch);
      const std::int64_t examples = examples_of(batch);
      totals.add(measures(value, predictions, batch), examples);
      accumulate(gradients, grads, static_cast<double>(examples) / all);
      loss.push_back(value * (static_cast<double>(examples) / all));
    }
    Tensor whole = loss[0];
    for (std::size_t i = 1; i < loss.size(); ++i) whole = whole + loss[i];
    optimizer.update(model, gradients, {.value = whole});
    return whole;
  }
  void evaluate(M& model, Totals& totals, const data::Batch& batch) const {
    const auto [loss, predictions] = forward(model, batch);
    totals.add(measures(loss, predictions, batch), examples_of(batch));
  }
};

[[noreturn]] void no_loss();
[[noreturn]] void no_forward();

template <class M>
std::function<Tensor(M&, const data::Batch&)> predict_of(const TrainerOptions<M>& o) {
  if (o.custom_forward_fn)
    return
        [forward = o.custom_forward_fn](M& model, const data::Batch& b) { return forward(model, b).second; };
  return [](M& model, const data::Batch& batch) -> Tensor {
    if constexpr (std::is_invocable_v<M&, const Tensor&>)
      return model(input_of(batch));
    else
      no_forward();
  };
}

template <class M>
std::function<std::pair<Tensor, Tensor>(M&, const data::Batch&)> forward_of(const TrainerOptions<M>& o) {
  if (o.custom_forward_fn) return o.custom_forward_fn;
  return [predict = predict_of(o), loss_fn = o.loss_fn](M& model, const data::Batch& batch) {
    Tensor predictions = predict(model, batch);
    if (loss_fn) return std::pair(mean_of(loss_fn(predictions, target_of(batch))), predictions);
    if constexpr (requires { model.compute_loss(predictions, predictions); })
      return std::pair(mean_of(model.compute_loss(predictions, target_of(batch))), predictions);
    else
      no_loss();
  };
}

// The model as it trains and as it is used, both with the variables of the user's.
template <class M>
struct Views {
  M train, eval;
};

template <class M>
TrainerModel trainer_model(M& model, const TrainingConfig& config, const TrainerOptions<M>& options) {
  check(config);
  const Device device = choose_device(config.device).device;
  nn::to(model, device);
  const auto views = std::make_shared<Views<M>>(Views<M>{nn::train_view(model), nn::eval_view(model)});
  auto compute = std::make_shared<Compute<M>>(
      Compute<M>{forward_of(options), predict_of(options), {}, config.trainable});
  TrainerModel out{
      .info = model_info(nn::detail::type_name<M>(), nn::variables(model), config.trainable, device),
      .device = device,
      .optimizer = optim::Optimizer(model, transformation(config), config.trainable)};
  for (const auto& [name, metric] : options.metric_fns) {
    out.metrics.push_back(name);
    compute->metrics.push_back(metric);
  }
  out.variables = [views] { return every_path(views->train); };
  const auto step = nn::jit([compute](auto&... a) { return compute->step(a...); });
  out.step = [views, step](auto& optimizer, auto& totals, auto& batches) {
    return step(views->train, optimizer, totals, batches);
  };
  const auto evaluate = nn::jit([compute](auto&... a) { compute->evaluate(a...); });
  out.evaluate = [views, evaluate](auto& totals, auto& batch) { evaluate(views->eval, totals, batch); };
  const auto predict = nn::jit([compute](M& m, const data::Batch& b) { return compute->predict(m, b); });
  out.predict = [views, predict](auto& batch) { return predict(views->eval, batch); };
  return out;
}

}  // namespace detail

template <class M>
class Trainer : public Training {
 public:
  // The model must outlive the trainer only where it is used itself.
  Trainer(M& model, const TrainingConfig& config, const TrainerOptions<M>& options)
      : Training(config, detail::trainer_model(model, config, options), options.train_dataloader,
                 options.val_dataloader, options.callbacks) {}
};

}  // namespace ramie::train
