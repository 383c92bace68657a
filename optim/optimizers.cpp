#include <ramie/optim/optimizers.h>

#include <algorithm>
#include <cmath>

#include <ramie/optim/detail/blocks.h>
#include <ramie/tensor/random.h>

namespace ramie::optim {

namespace {

GradientTransformation descent(const LearningRate& rate) {
  return std::visit([](const auto& r) { return scale_by_learning_rate(r); }, rate);
}
GradientTransformation decay(double weight_decay, Mask mask = {}) {
  return weight_decay == 0 ? identity() : add_decayed_weights(weight_decay, std::move(mask));
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
GradientTransformation nadam(const AdamOptions& o) {
  return chain(scale_by_nadam({o.b1, o.b2, o.eps, o.eps_root}), descent(o.learning_rate));
}
GradientTransformation amsgrad(const AdamOptions& o) {
  return chain(scale_by_amsgrad({o.b1, o.b2, o.eps, o.eps_root}), descent(o.learning_rate));
}
GradientTransformation adamax(const AdamOptions& o) {
  return chain(scale_by_adamax(o.b1, o.b2, o.eps), descent(o.learning_rate));
}
GradientTransformation radam(const RadamOptions& o) {
  return chain(scale_by_radam({o.b1, o.b2, o.eps, o.eps_root, o.threshold, o.nesterov}),
               descent(o.learning_rate));
}

GradientTransformation adamw(const AdamWOptions& o) {
  return chain(scale_by_adam({o.b1, o.b2, o.eps, o.eps_root}), add_decayed_weights(o.weight_decay, o.mask),
               descent(o.learning_rate));
}
GradientTransformation nadamw(const AdamWOptions& o) {
  return chain(scale_by_nadam({o.b1, o.b2, o.eps, o.eps_root}), add_decayed_weights(o.weight_decay, o.mask),
               descent(o.learning_rate));
}

GradientTransformation adamaxw(const AdamaxWOptions& o) {
  return chain(scale_by_adamax(o.b1, o.b2, o.eps), add_decayed_weights(o.weight_decay, o.mask),
               descent(o.learning_rate));
}
GradientTransformation adabelief(const AdaBeliefOptions& o) {
  return chain(scale_by_belief({o.b1, o.b2, o.eps, o.eps_root, o.nesterov}), descent(o.learning_rate));
}
GradientTransformation adan(const AdanOptions& o) {
  return chain(scale_by_adan({o.b1, o.b2, o.b3, o.eps, o.eps_root}), decay(o.weight_decay, o.mask),
               descent(o.learning_rate));
}
GradientTransformation yogi(const YogiOptions& o) {
  return chain(scale_by_yogi({.b1 = o.b1, .b2 = o.b2, .eps = o.eps}), descent(o.learning_rate));
}

GradientTransformation sign_sgd(const LearningRate& learning_rate) {
  return chain(scale_by_sign(), descent(learning_rate));
}
GradientTransformation signum(const LearningRate& learning_rate, double beta) {
  return chain(ema(beta, false), scale_by_sign(), descent(learning_rate));
}
GradientTransformation noisy_sgd(const LearningRate& learning_rate, double eta, double gamma,
                                 std::int64_t seed) {
  return chain(add_noise(eta, gamma, random::key(seed)), descent(learning_rate));
}
GradientTransformation polyak_sgd(const PolyakSgdOptions& o) {
  return chain(descent(o.scaling), scale_by_polyak({o.f_min, o.max_learning_rate, o.eps, o.only_descend}));
}
GradientTransformation optimistic_gradient_descent(const LearningRate& learning_rate, double alpha,
                                                   double beta) {
  return chain(scale_by_optimistic_gradient(alpha, beta), descent(learning_rate));
}
GradientTransformation optimistic_adam(const OptimisticAdamOptions& o) {
  const AdamScaling s{o.b1, o.b2, o.eps, o.eps_root};
  return chain(o.nesterov ? scale_by_nadam(s) : scale_by_adam(s),
               scale_by_optimistic_gradient(o.alpha, o.beta), descent(o.learning_rate));
}
GradientTransformation rprop(double learning_rate, const RpropScaling& options) {
  return chain(scale_by_rprop(learning_rate, options), scale(-1));
}

GradientTransformation adagrad(const AdagradOptions& o) {
  return chain(scale_by_rss(o.initial_accumulator_value, o.eps), descent(o.learning_rate));
}
GradientTransformation adadelta(const AdadeltaOptions& o) {
  return chain(decay(o.weight_decay), scale_by_adadelta(o.rho, o.eps), descent(o.learning_rate));
}
GradientTransformation rmsprop(const RmsPropOptions& o) {
  const RmsScaling s{o.decay, o.eps, o.initial_scale, o.eps_in_sqrt, o.bias_correction};
  return chain(o.centered ? scale_by_stddev(s) : scale_by_rms(s), descent(o.learning_rate),
               o.momentum == 0 ? identity() : trace(o.momentum, o.nesterov));
}
GradientTransformation rmsprop_torch(const TorchRmsPropOptions& o) {
  const RmsScaling s{.decay = o.alpha, .eps = o.eps, .eps_in_sqrt = false};
  return chain(decay(o.weight_decay), o.centered ? scale_by_stddev(s) : scale_by_rms(s),
               o.momentum == 0 ? identity() : trace(o.momentum), descent(o.learning_rate));
}

GradientTransformation lion(const LionOptions& o) {
  return chain(scale_by_lion(o.b1, o.b2), add_decayed_weights(o.weight_decay, o.mask),
               descent(o.learning_rate));
}
GradientTransformation lamb(const LambOptions& o) {
  return chain(scale_by_adam({o.b1, o.b2, o.eps, o.eps_root}), decay(o.weight_decay, o.mask),
               scale_by_trust_ratio(), descent(o.learning_rate));
}
GradientTransformation lars(const LarsOptions& o) {
  return chain(decay(o.weight_decay, o.weight_decay_mask),
               masked(scale_by_trust_ratio(0, o.trust_coefficient, o.eps), o.trust_ratio_mask),
               descent(o.learning_rate), trace(o.momentum, o.nesterov));
}

GradientTransformation novograd(const NovogradOptions& o) {
  return chain(scale_by_novograd({o.b1, o.b2, o.eps, o.eps_root, o.weight_decay}), descent(o.learning_rate));
}
GradientTransformation sm3(double learning_rate, double momentum) {
  return chain(scale_by_sm3(momentum), scale(-learning_rate));
}
GradientTransformation fromage(double learning_rate, double min_norm) {
  const double shrink = 1 / std::sqrt(1 + learning_rate * learning_rate);
  return chain(scale_by_trust_ratio(min_norm), descent(learning_rate * shrink), decay(shrink - 1));
}

GradientTransformation adafactor(const AdafactorOptions& o) {
  return chain(
      scale_by_factored_rms({o.factored, o.decay_rate, o.decay_offset, o.min_dim_size_to_factor, o.eps}),
      o.clipping_threshold ? clip_by_block_rms(*o.clipping_threshold) : identity(),
      o.learning_rate ? descent(*o.learning_rate) : scale(-1),
      o.multiply_by_parameter_scale ? scale_by_param_block_rms() : identity(),
      o.momentum == 0 ? identity() : ema(o.momentum, false),
      decay(-o.weight_decay_rate, o.weight_decay_mask));
}

namespace {

GradientTransformation scale_by_shape(std::optional<double> consistent_rms) {
  return detail::each([=](const Tensor& u, const Tensor&) {
    const double rows = static_cast<double>(u.shape(0)), columns = static_cast<double>(u.shape(1));
    if (consistent_rms) return u * (std::sqrt(std::max(rows, columns)) * *consistent_rms);
    return u * std::sqrt(std::max(1., columns / rows));
  });
}

}  // namespace

GradientTransformation muon(const MuonOptions& o) {
  const auto matrices = chain(scale_by_muon(o.muon), scale_by_shape(o.consistent_rms),
                              decay(o.weight_decay, o.weight_decay_mask), descent(o.learning_rate));
  const AdamScaling s{o.adam_b1, o.adam_b2, o.muon.eps, o.adam_eps_root};
  const auto others =
      chain(o.muon.nesterov ? scale_by_nadam(s) : scale_by_adam(s), decay(o.adam_weight_decay),
            descent(o.adam_learning_rate.value_or(o.learning_rate)));
  return multi_transform({{"muon", matrices}, {"adam", others}}, [](std::string_view, const Tensor& p) {
    return std::string(p.rank() == 2 ? "muon" : "adam");
  });
}

GradientTransformation lbfgs(const LbfgsOptions& o) {
  return chain(scale_by_lbfgs(o.memory_size, o.scale_init_precond),
               o.learning_rate ? descent(*o.learning_rate) : scale(-1), o.linesearch.value_or(identity()));
}

}  // namespace ramie::optim
