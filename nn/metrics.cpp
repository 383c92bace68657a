#include <ramie/nn/metrics.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/nn/class_labels.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace metrics {
namespace {

double ratio(const MetricState& total, const MetricState& count) {
  return total.value().item() / count.value().item();
}
void add_to(MetricState& total, const Tensor& more) { total = total.value() + more; }
// Assigns, so that copies of the metric, which share its state, are reset too.
void clear(MetricState& total) { total = zeros_like(total.value()); }

const Tensor& read(const char* op, const MetricInputs& inputs, Of of) {
  const Tensor& x = of == Of::loss ? inputs.loss : inputs.values;
  if (!x) fail(op, fmt::format("update needs .{}.", of == Of::loss ? "loss" : "values"));
  return x;
}

// Values with 0 where the mask is, and how many there are, like `count`.
struct Kept {
  Tensor values, count, mask;
};
Kept kept(const char* op, const Tensor& values, const Tensor& mask, const Tensor& count) {
  if (!mask) return {values, full_like(count, values.size()), {}};
  if (values.rank() > 0 && mask.shape() != values.shape())
    fail(op, fmt::format("the mask {} needs the shape of the values {}.", str(mask.layout()),
                         str(values.layout())));
  const Tensor there = mask != 0;
  return {where(there, values, 0), sum(there).astype(count.dtype()), there};
}

// Whether each example is right.
Tensor hits(const Tensor& logits, const Tensor& labels, std::int64_t k) {
  if (k == 1) return equal(argmax(logits, -1), labels);
  if (k > logits.shape(-1))
    fail("Accuracy", fmt::format("top_k is {}, but logits {} have {} classes.", k, str(logits.layout()),
                                 logits.shape(-1)));
  return any(equal(topk(logits, k).second, expand_dims(labels, -1)), {-1});
}

}  // namespace

Average::Average(Of o) : total(zeros({}, float32)), count(zeros({}, int32)), of(o) {}
void Average::update(const MetricInputs& inputs) { update(read("Average", inputs, of), inputs.mask); }
void Average::update(const Tensor& values, const Tensor& mask) {
  NoGrad guard;
  const Kept k = kept("Average", values, mask, count);
  add_to(total, sum(k.values).astype(float32));
  add_to(count, k.count);
}
double Average::compute() const { return ratio(total, count); }
void Average::merge(const Average& other) {
  add_to(total, other.total);
  add_to(count, other.count);
}
void Average::reset() {
  clear(total);
  clear(count);
}

Welford::Welford(Of o) : count(zeros({}, int32)), mean(zeros({}, float32)), m2(zeros({}, float32)), of(o) {}
void Welford::update(const MetricInputs& inputs) { update(read("Welford", inputs, of), inputs.mask); }
void Welford::update(const Tensor& values, const Tensor& mask) {
  NoGrad guard;
  const Kept k = kept("Welford", values.astype(float32), mask, count);
  const Tensor center = sum(k.values) / maximum(k.count, 1).astype(float32);
  const Tensor away = k.mask ? where(k.mask, k.values - center, 0) : k.values - center;
  add(k.count, center, sum(square(away)));
}
// Two groups' means and squares become those of both together: Chan et al. (1979).
void Welford::add(const Tensor& more, const Tensor& center, const Tensor& squares) {
  const Tensor all = count.value() + more, delta = center - mean;
  const Tensor share = more.astype(float32) / maximum(all, 1).astype(float32);
  m2 = m2.value() + squares + square(delta) * share * count.value().astype(float32);
  mean = mean.value() + delta * share;
  count = all;
}
Statistics Welford::compute() const {
  const double n = count.value().item(), deviation = std::sqrt(m2.value().item() / n);
  return {mean.value().item(), deviation / std::sqrt(n), deviation};
}
void Welford::merge(const Welford& other) { add(other.count, other.mean, other.m2); }
void Welford::reset() {
  clear(count);
  clear(mean);
  clear(m2);
}

Accuracy::Accuracy(const AccuracyOptions& options)
    : correct(zeros({}, int32)), count(zeros({}, int32)), top_k(options.top_k), threshold(options.threshold) {
  if (top_k < 1) fail("Accuracy", fmt::format("top_k is {}: it must be at least 1.", top_k));
}
void Accuracy::update(const MetricInputs& inputs) {
  detail::check_predictions("Accuracy", inputs, threshold.has_value());
  NoGrad guard;
  const Tensor right = threshold ? equal(inputs.logits >= *threshold, inputs.labels > 0)
                                 : hits(inputs.logits, inputs.labels, top_k);
  const Kept k = kept("Accuracy", right, inputs.mask, count);
  add_to(correct, sum(k.values).astype(int32));
  add_to(count, k.count);
}
double Accuracy::compute() const { return ratio(correct, count); }
void Accuracy::merge(const Accuracy& other) {
  add_to(correct, other.correct);
  add_to(count, other.count);
}
void Accuracy::reset() {
  clear(correct);
  clear(count);
}

}  // namespace metrics

namespace detail {

void append(Named& out, const std::string& name, double value) { out.emplace_back(name, value); }
void append(Named& out, const std::string& name, const metrics::Statistics& s) {
  out.emplace_back(name + ".mean", s.mean);
  out.emplace_back(name + ".standard_error_of_mean", s.standard_error_of_mean);
  out.emplace_back(name + ".standard_deviation", s.standard_deviation);
}
void append(Named&, const std::string&, const Tensor&) {}

}  // namespace detail
}  // namespace ramie::nn
