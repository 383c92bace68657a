#include <ramie/autograd/ops/loss.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/cross_entropy.h>

namespace ramie {
namespace {

constexpr const char* integer_labels = kernels::CrossEntropy::name;

void check_logits(const char* op, const Tensor& logits) {
  if (logits.rank() > 0 && is_floating(logits.dtype())) return;
  fail(op, fmt::format("logits are floating numbers of shape (..., classes), not {}.", str(logits.layout())));
}

void check_integer_labels(const Tensor& logits, const Tensor& labels) {
  Shape expected = logits.shape();
  expected.erase(expected.rank() - 1);
  if (labels.shape() != expected) {
    fail(integer_labels,
         fmt::format("logits {} need labels of shape {}, not {}: one class number for each row. Reshape the "
                     "labels; if they are probabilities, use softmax_cross_entropy.",
                     str(logits.layout()), str(expected), str(labels.shape())));
  }
  if (!is_integer(labels.dtype())) {
    fail(integer_labels,
         fmt::format("labels are integers, not {}: use labels.astype(int32).", str(labels.layout())));
  }
}

void check_same_shape(const char* op, const Tensor& predictions, const Tensor& targets) {
  if (predictions.shape() == targets.shape()) return;
  fail(op, fmt::format("predictions {} and targets {} differ in shape: reshape one of them.",
                       str(predictions.layout()), str(targets.layout())));
}

// Rows of float32 or float64, and labels without gaps.
Tensor cross_entropy_rows(const Tensor& logits, const Tensor& labels) {
  return apply(
      integer_labels, {logits, labels},
      Forward{[](auto& logits, auto& labels) { return launch(kernels::CrossEntropy{}, logits, labels); }},
      Saved{[](auto&, auto& logits, auto& labels) { return save(logits, labels); }},
      Vjp{[](auto& dy, auto& logits, auto& labels) {
        return Grads{detail::softmax_cross_entropy_backward(dy, logits, labels), Tensor()};
      }},
      Vmap{[](Batch b, const Tensor& logits, const Tensor& labels) {
        const auto rows = [b](const Tensor& x, int i) { return contiguous(detail::with_batch(x, b, i)); };
        return cross_entropy_rows(rows(logits, 0), rows(labels, 1));
      }});
}

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  check_logits("softmax_cross_entropy", logits);
  return -sum(labels * log_softmax(logits), {-1});
}

Tensor softmax_cross_entropy_with_integer_labels(const Tensor& logits, const Tensor& labels) {
  check_logits(integer_labels, logits);
  check_integer_labels(logits, labels);
  const Tensor wide = contiguous(astype(logits, logits.dtype() == float64 ? float64 : float32));
  return astype(cross_entropy_rows(wide, contiguous(labels)), logits.dtype());
}

Tensor sigmoid_binary_cross_entropy(const Tensor& logits, const Tensor& labels) {
  return labels * softplus(-logits) + (1 - labels) * softplus(logits);
}

Tensor squared_error(const Tensor& predictions, const Tensor& targets) {
  check_same_shape("squared_error", predictions, targets);
  return square(predictions - targets);
}

Tensor l2_loss(const Tensor& predictions, const Tensor& targets) {
  check_same_shape("l2_loss", predictions, targets);
  return 0.5 * square(predictions - targets);
}

Tensor huber_loss(const Tensor& predictions, const Tensor& targets, double delta) {
  check_same_shape("huber_loss", predictions, targets);
  const Tensor error = abs(predictions - targets), near = minimum(error, delta);
  return 0.5 * square(near) + delta * (error - near);
}

namespace detail {

Tensor softmax_cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Tensor& labels) {
  return apply("softmax_cross_entropy_backward", {contiguous(dy), logits, labels},
               Forward{[](auto& dy, auto& logits, auto& labels) {
                 return launch(kernels::CrossEntropyBackward{}, dy, logits, labels);
               }},
               Saved{[](auto&, auto& dy, auto& logits, auto& labels) { return save(dy, logits, labels); }},
               Vjp{[](auto& g, Needs needs, auto& dy, auto& logits, auto& labels) {
                 const Tensor p = softmax(logits);
                 const Tensor labelled = one_hot(labels, logits.shape(-1), logits.dtype());
                 return Grads{needs[0] ? sum(g * (p - labelled), {-1}) : Tensor(),
                              needs[1] ? softmax_backward(g * expand_dims(dy, -1), p) : Tensor(), Tensor()};
               }},
               Vmap{[](Batch b, const Tensor& dy, const Tensor& logits, const Tensor& labels) {
                 const auto rows = [b](const Tensor& x, int i) { return contiguous(with_batch(x, b, i)); };
                 return softmax_cross_entropy_backward(rows(dy, 0), rows(logits, 1), rows(labels, 2));
               }});
}

}  // namespace detail
}  // namespace ramie
