#include <ramie/optim/optimizers.h>

namespace ramie::optim {

namespace {

GradientTransformation descent(const LearningRate& rate) {
  return std::visit([](const auto& r) { return scale_by_learning_rate(r); }, rate);
}

}  // namespace

GradientTransformation sgd(const SgdOptions& o) {
  if (o.momentum == 0) return descent(o.learning_rate);
  return momentum(o.learning_rate, o.momentum, o.nesterov);
}
GradientTransformation momentum(const LearningRate& learning_rate, double momentum, bool nesterov) {
  return chain(trace(momentum, nesterov), descent(learning_rate));
}
GradientTransformation adam(const AdamOptions& o) {
  return chain(scale_by_adam({o.b1, o.b2, o.eps, o.eps_root}), descent(o.learning_rate));
}
GradientTransformation adamw(const AdamWOptions& o) {
  return chain(scale_by_adam({o.b1, o.b2, o.eps, o.eps_root}), add_decayed_weights(o.weight_decay),
               descent(o.learning_rate));
}

}  // namespace ramie::optim
