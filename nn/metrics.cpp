#include <ramie/nn/metrics.h>

#include <fmt/format.h>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn::metrics {
namespace {

double ratio(const MetricState& total, const MetricState& count) {
  return total.value().item() / count.value().item();
}
void add_to(MetricState& total, const Tensor& more) { total = total.value() + more; }

void check_shapes(const Tensor& logits, const Tensor& labels) {
  if (!logits || !labels) fail("Accuracy", "update needs .logits and .labels.");
  Shape expected = logits.shape();
  if (!expected.empty()) expected.erase(expected.rank() - 1);
  if (logits.rank() == 0 || labels.shape() != expected || is_floating(labels.dtype()))
    fail("Accuracy", fmt::format("logits {} need integer labels of shape {}, not {}.", str(logits.layout()),
                                 str(expected), str(labels.layout())));
}

}  // namespace

Average::Average(Of o) : total(zeros({}, float32)), count(zeros({}, int32)), of(o) {}
void Average::update(const MetricInputs& inputs) {
  const Tensor& x = of == Of::loss ? inputs.loss : inputs.values;
  if (!x) fail("Average", fmt::format("update needs .{}.", of == Of::loss ? "loss" : "values"));
  update(x);
}
void Average::update(const Tensor& values) {
  NoGrad guard;
  add_to(total, sum(values).astype(float32));
  add_to(count, full_like(count.value(), values.size()));
}
double Average::compute() const { return ratio(total, count); }
// Assigns, so that copies of the metric, which share its state, are reset too.
void Average::reset() {
  total = zeros_like(total.value());
  count = zeros_like(count.value());
}

Accuracy::Accuracy() : correct(zeros({}, int32)), count(zeros({}, int32)) {}
void Accuracy::update(const MetricInputs& inputs) {
  check_shapes(inputs.logits, inputs.labels);
  NoGrad guard;
  add_to(correct, sum(equal(argmax(inputs.logits, -1), inputs.labels)));
  add_to(count, full_like(count.value(), inputs.labels.size()));
}
double Accuracy::compute() const { return ratio(correct, count); }
void Accuracy::reset() {
  correct = zeros_like(correct.value());
  count = zeros_like(count.value());
}

}  // namespace ramie::nn::metrics
