// Streaming metrics. Totals are tensors in variables, so nothing waits for the device until compute(), and
// updates may run inside nn::jit.
//
//   nn::MultiMetric metrics{std::pair{"accuracy", nn::metrics::Accuracy()},
//                           std::pair{"loss", nn::metrics::Average()}};
//   metrics.update({.loss = loss, .logits = logits, .labels = batch.label});  // a misspelt name does not
//   compile for (auto& [name, value] : metrics.compute()) ... metrics.reset();
//
// A mask says which examples count; those of other workers are taken in by merge(). Before the first example
// a metric is NaN.
//
// Source: flax.nnx.metrics; sklearn.metrics for precision, recall, F1 and the confusion matrix.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ramie/nn/module.h>

namespace ramie::nn {

// Everything that a metric may read; what is not given is undefined. The mask, bool or numbers of 0 and 1,
// has the shape of the labels, or of the values; a loss without axes counts once for each example.
struct MetricInputs {
  Tensor loss = {}, logits = {}, labels = {}, values = {}, mask = {};
};

namespace metrics {

// What an Average and a Welford read.
enum class Of : std::uint8_t { loss, values };

// The mean of all elements of the loss (or of `values`) over all updates.
struct Average : Module<Average> {
  using Of = metrics::Of;
  MetricState total, count;  // float32, int32
  Of of;

  explicit Average(Of of = Of::loss);
  void update(const MetricInputs& inputs);
  void update(const Tensor& values, const Tensor& mask = {});
  double compute() const;
  void merge(const Average& other);
  void reset();
  using fields = Fields<&Average::total, &Average::count, &Average::of>;
};

struct Statistics {
  double mean, standard_error_of_mean, standard_deviation;  // biased: the squares are divided by the count
};
// The same with the spread around the mean, by Welford's algorithm. Before the first example the mean is 0,
// as Flax has it.
struct Welford : Module<Welford> {
  MetricState count, mean, m2;  // int32, float32, float32: the sum of squared distances from the mean
  Of of;

  explicit Welford(Of of = Of::loss);
  void update(const MetricInputs& inputs);
  void update(const Tensor& values, const Tensor& mask = {});
  Statistics compute() const;
  void merge(const Welford& other);
  void reset();
  using fields = Fields<&Welford::count, &Welford::mean, &Welford::m2, &Welford::of>;

 private:
  void add(const Tensor& count, const Tensor& mean, const Tensor& m2);
};

struct AccuracyOptions {
  std::int64_t top_k = 1;                // right where the label is among so many of the largest logits
  std::optional<double> threshold = {};  // two classes: logits and labels have one shape, and logits from
                                         // here on mean a label above 0
};
// The share of examples whose largest logit (the first, if tied) is at the label. logits [..., C], labels
// [...] integer.
struct Accuracy : Module<Accuracy> {
  MetricState correct, count;  // int32
  std::int64_t top_k;
  std::optional<double> threshold;

  explicit Accuracy(const AccuracyOptions& options = {});
  void update(const MetricInputs& inputs);
  double compute() const;
  void merge(const Accuracy& other);
  void reset();
  using fields = Fields<&Accuracy::correct, &Accuracy::count, &Accuracy::top_k, &Accuracy::threshold>;
};

// How many examples of each class (rows) were taken for each class (columns). Examples whose label is none of
// the classes are left out. With a threshold there are two classes, as in Accuracy.
struct ConfusionMatrix : Module<ConfusionMatrix> {
  MetricState matrix;  // int32[classes, classes]
  std::optional<double> threshold;

  explicit ConfusionMatrix(std::int64_t classes, std::optional<double> threshold = {});
  void update(const MetricInputs& inputs);
  Tensor compute() const { return matrix; }
  void merge(const ConfusionMatrix& other);
  void reset();
  using fields = Fields<&ConfusionMatrix::matrix, &ConfusionMatrix::threshold>;
};

// binary: of the examples above the threshold. macro: the mean over the classes that occur, as labels or
// predictions. micro: of all classes' counts together, which is the accuracy.
enum class Averaging : std::uint8_t { binary, macro, micro };
struct ClassOptions {
  Averaging averaging = Averaging::binary;
  std::int64_t classes = 2;
  double threshold = 0;  // binary: of logits, at which the probability is 1/2
};

enum class Share : std::uint8_t { precision, recall, f1 };
// Precision: of the examples taken for a class, the share that is of it. Recall: of those of a class, the
// share taken for it. F1: their harmonic mean. Where a class has none to take the share of, it is 0.
template <Share share>
struct ClassShare : Module<ClassShare<share>> {
  ConfusionMatrix confusion;
  Averaging averaging;

  explicit ClassShare(const ClassOptions& options = {});
  void update(const MetricInputs& inputs) { confusion.update(inputs); }
  double compute() const;
  void merge(const ClassShare& other) { confusion.merge(other.confusion); }
  void reset() { confusion.reset(); }
  using fields = Fields<&ClassShare::confusion, &ClassShare::averaging>;
};
extern template struct ClassShare<Share::precision>;
extern template struct ClassShare<Share::recall>;
extern template struct ClassShare<Share::f1>;
using Precision = ClassShare<Share::precision>;
using Recall = ClassShare<Share::recall>;
using F1 = ClassShare<Share::f1>;

}  // namespace metrics

namespace detail {

// Logits and labels must be there and fit: in one shape, or labels without the classes.
void check_predictions(const char* op, const MetricInputs& inputs, bool one_shape);

using Named = std::vector<std::pair<std::string, double>>;
void append(Named& out, const std::string& name, double value);
void append(Named& out, const std::string& name, const metrics::Statistics& s);  // three, "name.mean" first
void append(Named& out, const std::string& name, const Tensor& matrix);          // none

}  // namespace detail

// Several metrics by name. Each reads what it needs of the inputs. compute() has the numbers; a matrix is
// read from its own metric: std::get<1>(m.metrics).compute().
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
    detail::Named out;
    auto name = names.begin();
    std::apply([&](auto&... m) { (detail::append(out, *name++, m.compute()), ...); }, metrics);
    return out;
  }
  void merge(const MultiMetric& other) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      (std::get<i>(metrics).merge(std::get<i>(other.metrics)), ...);
    }
    (std::index_sequence_for<Ms...>());
  }
  void reset() {
    std::apply([](auto&... m) { (m.reset(), ...); }, metrics);
  }
  using fields = Fields<&MultiMetric::names, &MultiMetric::metrics>;
};

}  // namespace ramie::nn
