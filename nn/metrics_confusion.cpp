#include <fmt/format.h>

#include <limits>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/statistics.h>
#include <ramie/nn/class_labels.h>
#include <ramie/nn/metrics.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace detail {

void check_predictions(const char* op, const MetricInputs& inputs, bool one_shape) {
  const Tensor &logits = inputs.logits, &labels = inputs.labels;
  if (!logits || !labels) fail(op, "update needs .logits and .labels.");
  if (!one_shape) return check_class_labels(op, "logits", logits, labels);
  if (logits.shape() != labels.shape())
    fail(op, fmt::format("with a threshold, logits {} and labels {} have one shape.", str(logits.layout()),
                         str(labels.layout())));
}

}  // namespace detail

namespace metrics {
namespace {

// Class numbers of predictions and of labels.
std::pair<Tensor, Tensor> classes_of(const MetricInputs& inputs, std::optional<double> threshold) {
  if (threshold) return {(inputs.logits >= *threshold).astype(int32), (inputs.labels > 0).astype(int32)};
  return {argmax(inputs.logits, -1), inputs.labels.astype(int32)};
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t classes, std::optional<double> t) : threshold(t) {
  if (classes < 1 || (t && classes != 2))
    fail("ConfusionMatrix",
         fmt::format("{} classes: there must be {}.", classes, t ? "two with a threshold" : "some"));
  matrix = zeros({classes, classes}, int32);
}
void ConfusionMatrix::update(const MetricInputs& inputs) {
  const std::int64_t n = matrix.shape(0);
  detail::check_predictions("ConfusionMatrix", inputs, threshold.has_value());
  if (!threshold && inputs.logits.shape(-1) != n)
    fail("ConfusionMatrix", fmt::format("logits {} do not have {} classes.", str(inputs.logits.layout()), n));
  if (inputs.mask && inputs.mask.shape() != inputs.labels.shape())
    fail("ConfusionMatrix", fmt::format("the mask {} needs the shape of the labels {}.",
                                        str(inputs.mask.layout()), str(inputs.labels.layout())));
  NoGrad guard;
  const auto [predicted, label] = classes_of(inputs, threshold);
  Tensor counts = logical_and(label >= 0, label < n);
  if (inputs.mask) counts = logical_and(counts, inputs.mask != 0);
  const Tensor cell = where(counts, label * n + predicted, n * n);  // beyond the last one: not counted
  matrix = matrix.value() + reshape(bincount(cell, n * n), {n, n});
}
void ConfusionMatrix::merge(const ConfusionMatrix& other) { matrix = matrix.value() + other.matrix.value(); }
void ConfusionMatrix::reset() { matrix = zeros_like(matrix.value()); }

namespace {

// Of a class: those right, those taken for it, those of it.
struct Counts {
  double right = 0, taken = 0, there = 0;
  void operator+=(const Counts& c) { right += c.right, taken += c.taken, there += c.there; }
};
std::vector<Counts> counts_of(const Tensor& matrix) {
  const auto cells = matrix.to_vector<double>();
  const auto n = static_cast<std::size_t>(matrix.shape(0));
  std::vector<Counts> all(n);
  for (std::size_t label = 0; label < n; ++label)
    for (std::size_t predicted = 0; predicted < n; ++predicted) {
      const double count = cells[label * n + predicted];
      all[label] += {label == predicted ? count : 0, 0, count};
      all[predicted] += {0, count, 0};
    }
  return all;
}

double share_of(Share share, const Counts& c) {
  const double of = share == Share::precision ? c.taken
                    : share == Share::recall  ? c.there
                                              : (c.taken + c.there) / 2;
  return of > 0 ? c.right / of : 0;
}
double macro(Share share, const std::vector<Counts>& classes) {
  double total = 0, n = 0;
  for (const Counts& c : classes)
    if (c.taken + c.there > 0) total += share_of(share, c), ++n;
  return total / n;
}

}  // namespace

template <Share share>
ClassShare<share>::ClassShare(const ClassOptions& options)
    : confusion(options.classes,
                options.averaging == Averaging::binary ? std::optional(options.threshold) : std::nullopt),
      averaging(options.averaging) {}

template <Share share>
double ClassShare<share>::compute() const {
  const std::vector<Counts> classes = counts_of(confusion.matrix);
  Counts all;
  for (const Counts& c : classes) all += c;
  if (all.there == 0) return std::numeric_limits<double>::quiet_NaN();
  if (averaging == Averaging::macro) return macro(share, classes);
  return share_of(share, averaging == Averaging::micro ? all : classes[1]);
}

template struct ClassShare<Share::precision>;
template struct ClassShare<Share::recall>;
template struct ClassShare<Share::f1>;

}  // namespace metrics
}  // namespace ramie::nn
