#include <ramie/nn/losses.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/nn/class_labels.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

void check_floating(const char* op, const char* what, const Tensor& x) {
  if (!is_floating(x.dtype()))
    fail(op, fmt::format("{} are floating numbers, not {}: use astype(float32).", what, str(x.layout())));
}
void check_same_shape(const char* op, const char* first, const Tensor& a, const char* second,
                      const Tensor& b) {
  if (a.shape() != b.shape())
    fail(op, fmt::format("{} {} and {} {} differ in shape: reshape one of them.", first, str(a.layout()),
                         second, str(b.layout())));
}
void check_positive(const char* op, const char* what, double x) {
  if (!(x > 0)) fail(op, fmt::format("{} is {}: it must be positive.", what, x));
}
void check_share(const char* op, const char* what, double x) {
  if (!(x >= 0 && x <= 1)) fail(op, fmt::format("{} is {}: it must be in [0, 1].", what, x));
}

Tensor difference(const char* op, const Tensor& predictions, const Tensor& targets) {
  check_same_shape(op, "predictions", predictions, "targets", targets);
  check_floating(op, "predictions", predictions);
  return predictions - targets;
}

// The losses of the labels with another class in the ignored ones' place, and with 0 there.
template <class Loss>
Tensor ignoring(std::optional<std::int64_t> index, const Tensor& labels, const Loss& losses) {
  if (!index) return losses(labels);
  const Tensor wide = labels.dtype() == int64 ? labels : labels.astype(int32);  // -1 among uint8
  const Tensor ignored = wide == Scalar(*index);
  return where(ignored, 0, losses(where(ignored, 0, wide)));
}

// log(1 - probability of the label), the log of (1 - label) p + label (1 - p), scaled by the larger part so
// that neither p nor 1 - p has to be computed.
Tensor log_of_the_rest(const Tensor& logits, const Tensor& labels) {
  const Tensor log_p = where(labels != 1, log_sigmoid(logits), -INFINITY),
               log_q = where(labels != 0, log_sigmoid(-logits), -INFINITY);
  const Tensor scale = stop_gradient(maximum(log_p, log_q));
  return scale + log((1 - labels) * exp(log_p - scale) + labels * exp(log_q - scale));
}

}  // namespace

Tensor softmax_cross_entropy_with_integer_labels(const Tensor& logits, const Tensor& labels,
                                                 const IntegerLabelOptions& options) {
  const double share = options.label_smoothing;
  check_floating("softmax_cross_entropy_with_integer_labels", "logits", logits);
  nn::detail::check_class_labels("softmax_cross_entropy_with_integer_labels", "logits", logits, labels);
  check_share("softmax_cross_entropy_with_integer_labels", "label_smoothing", share);
  return ignoring(options.ignore_index, labels, [&](const Tensor& kept) {
    const Tensor losses = softmax_cross_entropy_with_integer_labels(logits, kept);
    return share == 0 ? losses : (1 - share) * losses - share * mean(log_softmax(logits), {-1});
  });
}

Tensor smooth_labels(const Tensor& labels, double alpha) {
  check_floating("smooth_labels", "labels", labels);
  check_share("smooth_labels", "alpha", alpha);
  if (labels.rank() == 0) fail("smooth_labels", "labels have shape (..., classes), not ().");
  return (1 - alpha) * labels + alpha / static_cast<double>(labels.shape(-1));
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                std::optional<std::int64_t> ignore_index) {
  check_floating("nll_loss", "log-probabilities", log_probabilities);
  nn::detail::check_class_labels("nll_loss", "log-probabilities", log_probabilities, labels);
  return ignoring(ignore_index, labels,
                  [&](const Tensor& kept) { return -nn::detail::of_class(log_probabilities, kept); });
}

Tensor kl_divergence(const Tensor& log_predictions, const Tensor& targets) {
  check_same_shape("kl_divergence", "log-predictions", log_predictions, "targets", targets);
  const Tensor logs = log(where(targets == 0, 1, targets));  // whose gradient at 0 is not infinite
  return sum(targets * (logs - log_predictions), {-1});
}
Tensor kl_divergence_with_log_targets(const Tensor& log_predictions, const Tensor& log_targets) {
  check_same_shape("kl_divergence_with_log_targets", "log-predictions", log_predictions, "log-targets",
                   log_targets);
  return sum(exp(log_targets) * (log_targets - log_predictions), {-1});
}

Tensor hinge_loss(const Tensor& outputs, const Tensor& targets) {
  check_same_shape("hinge_loss", "outputs", outputs, "targets", targets);
  check_floating("hinge_loss", "outputs", outputs);
  return maximum(1 - outputs * targets, 0);
}
Tensor multiclass_hinge_loss(const Tensor& scores, const Tensor& labels) {
  check_floating("multiclass_hinge_loss", "scores", scores);
  nn::detail::check_class_labels("multiclass_hinge_loss", "scores", scores, labels);
  const Tensor others = not_equal(arange(scores.shape(-1)), expand_dims(labels, -1));
  return max(scores + others.astype(scores.dtype()), {-1}) - nn::detail::of_class(scores, labels);
}

Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& given, const FocalOptions& options) {
  check_floating("sigmoid_focal_loss", "logits", logits);
  const Tensor labels = given.astype(logits.dtype());
  Tensor losses =
      sigmoid_binary_cross_entropy(logits, labels) * exp(options.gamma * log_of_the_rest(logits, labels));
  if (!options.alpha) return losses;
  return (*options.alpha * labels + (1 - *options.alpha) * (1 - labels)) * losses;
}

Tensor absolute_error(const Tensor& predictions, const Tensor& targets) {
  return abs(difference("absolute_error", predictions, targets));
}
Tensor log_cosh(const Tensor& predictions, const Tensor& targets) {
  const Tensor errors = difference("log_cosh", predictions, targets);
  return logaddexp(errors, -errors) - std::log(2.0);
}
Tensor smooth_l1_loss(const Tensor& predictions, const Tensor& targets, double beta) {
  check_positive("smooth_l1_loss", "beta", beta);
  const Tensor errors = abs(difference("smooth_l1_loss", predictions, targets)), near = minimum(errors, beta);
  return square(near) * (0.5 / beta) + (errors - near);
}

Tensor cosine_similarity(const Tensor& predictions, const Tensor& targets, double epsilon) {
  check_floating("cosine_similarity", "predictions", predictions);
  check_floating("cosine_similarity", "targets", targets);
  const auto unit = [epsilon](const Tensor& x) {
    return x / sqrt(maximum(sum(square(x), {-1}, true), epsilon));
  };
  return sum(unit(predictions) * unit(targets), {-1});
}
Tensor cosine_distance(const Tensor& predictions, const Tensor& targets, double epsilon) {
  return 1 - cosine_similarity(predictions, targets, epsilon);
}

Tensor triplet_margin_loss(const Tensor& anchors, const Tensor& positives, const Tensor& negatives,
                           const TripletOptions& options) {
  const char* const op = "triplet_margin_loss";
  const double degree = options.norm_degree;
  check_positive(op, "norm_degree", degree);
  check_floating(op, "anchors", anchors);
  check_same_shape(op, "anchors", anchors, "positives", positives);
  check_same_shape(op, "anchors", anchors, "negatives", negatives);
  const auto distance = [&](const Tensor& other) {
    const Tensor d = anchors - other, powers = degree == 2 ? square(d) : power(abs(d), degree),
                 all = sum(powers, {-1}) + options.epsilon;
    return degree == 2 ? sqrt(all) : power(all, 1 / degree);
  };
  return maximum(distance(positives) - distance(negatives) + options.margin, 0);
}

}  // namespace ramie
