// Losses with optax's names, beside those of autograd/ops/loss.h (softmax_cross_entropy and its integer
// labels, sigmoid_binary_cross_entropy, squared_error, l2_loss, huber_loss). Each gives one value per example
// or element, without overflow for large logits; the user takes the mean.
//
//   // labels of -1 are padding; PyTorch's ignore_index and label_smoothing
//   Tensor losses = softmax_cross_entropy_with_integer_labels(logits, labels, {.ignore_index = -1,
//                                                                              .label_smoothing = 0.1});
//   Tensor loss = average(losses, labels != -1);          // over the others
//
// Source: optax.losses; torch.nn.functional for nll_loss, smooth_l1_loss and absolute_error (l1_loss).
#pragma once

#include <optional>

#include <ramie/autograd/ops/loss.h>

namespace ramie {

struct IntegerLabelOptions {
  std::optional<std::int64_t> ignore_index = {};  // examples with this label lose 0 and have no gradient
  double label_smoothing = 0;                     // the share of the target that all classes divide
};
// logits [..., C], integer labels [...] -> [...]
Tensor softmax_cross_entropy_with_integer_labels(const Tensor& logits, const Tensor& labels,
                                                 const IntegerLabelOptions& options);
// Probabilities [..., C], one-hot ones for example, of which a share of alpha is spread over all classes.
Tensor smooth_labels(const Tensor& labels, double alpha);
// -log_probabilities[label]: [..., C], integer labels [...] -> [...]
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                std::optional<std::int64_t> ignore_index = {});

// How far the targets are from the predictions, both distributions over the last axis: [..., C] -> [...].
// Where a target is 0, so is its part.
Tensor kl_divergence(const Tensor& log_predictions, const Tensor& targets);
Tensor kl_divergence_with_log_targets(const Tensor& log_predictions, const Tensor& log_targets);

// Outputs of any sign, targets -1 or 1.
Tensor hinge_loss(const Tensor& outputs, const Tensor& targets);
// The margin by which the label's score beats all others, up to 1: scores [..., C], labels [...] -> [...]
Tensor multiclass_hinge_loss(const Tensor& scores, const Tensor& labels);

struct FocalOptions {
  double gamma = 2;                  // how much less the examples count that are easy; 0: the cross-entropy
  std::optional<double> alpha = {};  // the weight of label 1; that of label 0 is 1 - alpha
};
// sigmoid_binary_cross_entropy times (1 - probability of the label)^gamma: Lin et al. (2017).
Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& labels, const FocalOptions& options = {});

// Elementwise, of two tensors of one shape.
Tensor absolute_error(const Tensor& predictions, const Tensor& targets);
Tensor log_cosh(const Tensor& predictions, const Tensor& targets);
// Squared (over 2 beta) up to beta, the absolute error less beta / 2 beyond; huber_loss over delta.
Tensor smooth_l1_loss(const Tensor& predictions, const Tensor& targets, double beta = 1);

// Over the last axis, which goes; the others broadcast. Squared norms below epsilon count as epsilon; with
// epsilon 0 that of a zero vector is NaN.
Tensor cosine_similarity(const Tensor& predictions, const Tensor& targets, double epsilon = 0);
Tensor cosine_distance(const Tensor& predictions, const Tensor& targets, double epsilon = 0);  // 1 - it

struct TripletOptions {
  double margin = 1, norm_degree = 2, epsilon = 1e-6;
};
// Of [..., features]: max(0, |anchor - positive| - |anchor - negative| + margin), where |d| is
// (sum |d_i|^norm_degree + epsilon)^(1/norm_degree).
Tensor triplet_margin_loss(const Tensor& anchors, const Tensor& positives, const Tensor& negatives,
                           const TripletOptions& options = {});

struct CtcOptions {
  std::int64_t blank_id = 0;
  double log_epsilon =
      -1e5;  // stands for log(0), and is what a labelling loses that the frames are too few for
};
// Connectionist temporal classification (Graves et al., 2006): logits [N, frames, C], logit_paddings [N,
// frames], integer labels [N, length], label_paddings [N, length] -> [N]. Paddings are 1 or true behind the
// end of a sequence, else 0.
Tensor ctc_loss(const Tensor& logits, const Tensor& logit_paddings, const Tensor& labels,
                const Tensor& label_paddings, const CtcOptions& options = {});

}  // namespace ramie
