// Streaming metrics. Totals are tensors in variables, so nothing waits for the device until compute().
//
//   nn::MultiMetric metrics{std::pair{"accuracy", nn::metrics::Accuracy()}, std::pair{"loss",
//   nn::metrics::Average()}}; metrics.update({.loss = loss, .logits = logits, .labels = batch.label});   // a
//   misspelt name does not compile for (auto& [name, value] : metrics.compute()) ... metrics.reset();
//
// Source: flax.nnx.metrics.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ramie/nn/module.h>

namespace ramie::nn {

// Everything that a metric may read; what is not given is undefined.
struct MetricInputs {
  Tensor loss = {}, logits = {}, labels = {}, values = {};
};

namespace metrics {

// The mean of all elements of the loss (or of `values`) over all updates. Before the first: NaN.
struct Average : Module<Average> {
  enum class Of : std::uint8_t { loss, values };
  MetricState total, count;  // float32, int32
  Of of;

  explicit Average(Of of = Of::loss);
  void update(const MetricInputs& inputs);
  void update(const Tensor& values);
  double compute() const;
  void reset();
  using fields = Fields<&Average::total, &Average::count, &Average::of>;
};

// The share of examples whose largest logit (the first, if tied) is at the label. logits [..., C], labels
// [...] integer.
struct Accuracy : Module<Accuracy> {
  MetricState correct, count;  // int32

  Accuracy();
  void update(const MetricInputs& inputs);
  double compute() const;
  void reset();
  using fields = Fields<&Accuracy::correct, &Accuracy::count>;
};

}  // namespace metrics

// Several metrics by name. Each reads what it needs of the inputs.
template <class... Ms>
struct MultiMetric : Module<MultiMetric<Ms...>> {
  std::vector<std::string> names;
  std::tuple<Ms...> metrics;

  explicit MultiMetric(std::pair<const char*, Ms>... named)
      : names{named.first...}, metrics(std::move(named.second)...) {}
  void update(const MetricInputs& inputs) {
    std::apply([&](auto&... m) { (m.update(inputs), ...); }, metrics);
  }
  std::vector<std::pair<std::string, double>> compute() const {
    std::vector<std::pair<std::string, double>> out;
    std::apply([&](auto&... m) { (out.emplace_back(names[out.size()], m.compute()), ...); }, metrics);
    return out;
  }
  void reset() {
    std::apply([](auto&... m) { (m.reset(), ...); }, metrics);
  }
  using fields = Fields<&MultiMetric::names, &MultiMetric::metrics>;
};

}  // namespace ramie::nn
