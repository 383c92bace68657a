// ctc_loss: the log-probability of all ways to write the labels into the frames, summed frame by frame.
#include <ramie/nn/losses.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/scan.h>
#include <ramie/nn/class_labels.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

void check_shape(const char* what, const Tensor& x, const Shape& expected) {
  if (x.shape() != expected)
    fail("ctc_loss", fmt::format("{} {} must have shape {}.", what, str(x.layout()), str(expected)));
}

void check(const Tensor& logits, const Tensor& logit_paddings, const Tensor& labels,
           const Tensor& label_paddings, std::int64_t blank) {
  if (logits.rank() != 3 || !is_floating(logits.dtype()))
    fail("ctc_loss", fmt::format("logits are floating numbers of shape (batch, frames, classes), not {}.",
                                 str(logits.layout())));
  if (labels.rank() != 2 || labels.shape(0) != logits.shape(0) || !is_integer(labels.dtype()))
    fail("ctc_loss", fmt::format("logits {} need integer labels of shape ({}, length), not {}.",
                                 str(logits.layout()), logits.shape(0), str(labels.layout())));
  check_shape("logit_paddings", logit_paddings, {logits.shape(0), logits.shape(1)});
  check_shape("label_paddings", label_paddings, labels.shape());
  if (blank < 0 || blank >= logits.shape(2))
    fail("ctc_loss", fmt::format("blank_id {} is not one of {} classes.", blank, logits.shape(2)));
}

// x [N, n] moved to the right by k places; the value comes in.
Tensor shifted(const Tensor& x, std::int64_t k, Scalar value) {
  const std::int64_t n = x.shape(1), moved = std::min(k, n);
  return pad(slice(x, 1, 0, n - moved), {{0, 0}, {moved, 0}}, value);
}

// The states of a labelling: blank, label, blank, label, ..., blank. [N, length] -> [N, 2 length + 1]
Tensor with_blanks(const Tensor& labels, std::int64_t blank) {
  const Tensor pairs = stack({full_like(labels, blank), labels}, 2);
  return pad(flatten(pairs, 1), {{0, 0}, {0, 1}}, blank);
}

// The log-probabilities of being in each state after the last frame, from those before the first.
Tensor run(const Tensor& before, const Tensor& emitted, const Tensor& paddings, const Tensor& may_skip,
           double log_zero) {
  const auto step = [&](const Tensor& states, const std::pair<Tensor, Tensor>& frame) {
    const auto& [log_probs, padding] = frame;
    const Tensor skipped = where(may_skip, shifted(states, 2, log_zero), log_zero);
    const Tensor next = logaddexp(logaddexp(states, shifted(states, 1, log_zero)), skipped) + log_probs;
    const Tensor kept = where(expand_dims(padding, -1), states, next);
    return std::pair(kept, std::tuple());
  };
  return scan(step, before, std::pair(swapaxes(emitted, 0, 1), transpose(paddings))).first;
}

}  // namespace

Tensor ctc_loss(const Tensor& logits, const Tensor& logit_paddings, const Tensor& labels,
                const Tensor& label_paddings, const CtcOptions& options) {
  check(logits, logit_paddings, labels, label_paddings, options.blank_id);
  const double log_zero = options.log_epsilon;
  const Tensor log_probs = log_softmax(logits.dtype() == float64 ? logits : logits.astype(float32));
  const Tensor padded = label_paddings != 0;
  const Tensor kept = where(padded, options.blank_id, nn::detail::class_indices(labels, logits.shape(2)));
  const Tensor states = with_blanks(kept, options.blank_id);
  // A label may follow the last one without a blank between them where the two differ.
  const Tensor may_skip =
      logical_and(states != options.blank_id, states != shifted(states, 2, options.blank_id));
  const Shape all = {logits.shape(0), logits.shape(1), states.shape(1)};
  const Tensor emitted = take_along_axis(log_probs, broadcast_to(expand_dims(states, 1), all), -1);
  const Tensor place = arange(states.shape(1));
  const Tensor before = broadcast_to((place != 0).astype(log_probs.dtype()) * log_zero, states.shape());
  const Tensor after = run(before, emitted, logit_paddings != 0, may_skip, log_zero);
  // The end is the last label or the blank behind it.
  const Tensor end = 2 * sum(logical_not(padded), {1}, true);
  const Tensor last = logical_or(place == end, place == end - 1);
  return -logsumexp(where(last, after, -INFINITY), {-1}).astype(logits.dtype());
}

}  // namespace ramie
