// The stages of kernels::Update on the CPU.
#include <ramie/tensor/ops/update.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/update_stages.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
// Last, since it is compiled once for each instruction set.
#include <ramie/tensor/ops/update_formulas-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

// One stage of one vector, whose states load and store at its place.
template <class V, class T, class Formula, class Load, class Store>
HWY_INLINE void run_stage(const Formula& f, const T* const* before, T* const* after, const Load& load,
                          const Store& store, V p, V& u) {
  V s[Stage::max_states] = {u, u, u};
  for (int i = 0; i < Formula::states; ++i) s[i] = load(before[i]);
  u = f(u, p, s);
  for (int i = 0; i < Formula::states; ++i) store(s[i], after[i]);
}

// All stages of some vectors, which stay in registers. load(p, k) and store(v, p, k) mean vector k's place in
// p.
template <class T, class Load, class Store, std::size_t... k>
HWY_INLINE void run_block(const UpdateChain<T>& chain, const Piece<T>& piece, const Load& load,
                          const Store& store, std::index_sequence<k...>) {
  using V = Lanes<T>;
  V u[] = {load(piece.gradient, k)...};
  const V p[] = {load(piece.param, k)...};
  const T* const* before = piece.before;
  T* const* after = piece.after;
  for (int i = 0; i < chain.length; ++i) {
    if (piece.skipped >> i & 1) continue;
    stages::visit<V>(chain.links[i], [&](const auto& formula) HWY_ATTR {
      (run_stage(
           formula, before, after, [&](const T* from) HWY_ATTR { return load(from, k); },
           [&](V v, T* to) HWY_ATTR { store(v, to, k); }, p[k], u[k]),
       ...);
      constexpr int states = std::remove_cvref_t<decltype(formula)>::states;
      before += states, after += states;
    });
  }
  (store(chain.apply ? p[k] + u[k] : u[k], piece.result, k), ...);
}

template <class T>
void run(const UpdateChain<T>& chain, const Piece<T>& piece) {
  using V = Lanes<T>;
  constexpr std::int64_t vectors = 4, block = vectors * V::count;
  std::int64_t at = 0;
  for (; at + block <= piece.n; at += block)
    run_block<T>(
        chain, piece, [at](const T* p, std::size_t k) HWY_ATTR { return load<V>(p + at + k * V::count); },
        [at](V v, T* p, std::size_t k) HWY_ATTR { store(v, p + at + k * V::count); },
        std::make_index_sequence<vectors>());
  for (; at < piece.n; at += V::count) {
    const std::int64_t left = std::min(V::count, piece.n - at);
    run_block<T>(
        chain, piece, [=](const T* p, std::size_t) HWY_ATTR { return load_some<V>(p + at, left); },
        [=](V v, T* p, std::size_t) HWY_ATTR { store_some(v, p + at, left); }, std::make_index_sequence<1>());
  }
}

void run_floats(const UpdateChain<float>& c, const Piece<float>& p) { run(c, p); }
void run_doubles(const UpdateChain<double>& c, const Piece<double>& p) { run(c, p); }

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(run_floats);
HWY_EXPORT(run_doubles);
void run_chain(const UpdateChain<float>& c, const Piece<float>& p) { HWY_DYNAMIC_DISPATCH(run_floats)(c, p); }
void run_chain(const UpdateChain<double>& c, const Piece<double>& p) {
  HWY_DYNAMIC_DISPATCH(run_doubles)(c, p);
}

template <class T>
UpdateChain<T> chain_of(const std::vector<Stage>& stages, const double* scalars, bool apply) {
  UpdateChain<T> chain;
  chain.apply = apply;
  for (auto& s : stages) {
    HWY_NAMESPACE::stages::set_link<T>(chain.links[chain.length++], s, scalars);
    scalars += s.scalars;
  }
  return chain;
}
template UpdateChain<float> chain_of(const std::vector<Stage>&, const double*, bool);
template UpdateChain<double> chain_of(const std::vector<Stage>&, const double*, bool);

namespace stage {

using Kind = Stage::Kind;

// The constants; a bool is 0 or 1.
template <class... C>
Stage make(Kind kind, int states, int scalars, C... constants) {
  return {kind, states, scalars, 0, {static_cast<double>(constants)...}};
}

Stage scale(double by) { return make(Kind::scale, 0, 0, by); }
Stage scale_by_scalar(double sign) { return make(Kind::scale_by_scalar, 0, 1, sign); }
Stage clip_by_norm(double max_norm) { return make(Kind::clip_by_norm, 0, 1, max_norm); }
Stage clip(double max_delta) { return make(Kind::clip, 0, 0, max_delta); }
Stage sign() { return make(Kind::sign, 0, 0); }
Stage zero() { return make(Kind::zero, 0, 0); }
Stage trace(double decay, bool nesterov) { return make(Kind::trace, 1, 0, decay, nesterov); }
Stage ema(double decay, bool debias, bool nesterov) { return make(Kind::ema, 1, 1, decay, debias, nesterov); }
Stage apply_every(int k) { return make(Kind::apply_every, 1, 1, k); }
Stage adam(double b1, double b2, double eps, double eps_root) {
  return make(Kind::adam, 2, 1, b1, b2, eps, eps_root);
}
Stage nadam(double b1, double b2, double eps, double eps_root) {
  return make(Kind::nadam, 2, 1, b1, b2, eps, eps_root);
}
Stage radam(double b1, double b2, double eps, double eps_root, double threshold, bool nesterov) {
  return make(Kind::radam, 2, 1, b1, b2, eps, eps_root, threshold, nesterov);
}
Stage amsgrad(double b1, double b2, double eps, double eps_root, bool correct_mu, bool correct_nu) {
  return make(Kind::amsgrad, 3, 1, b1, b2, eps, eps_root, correct_mu, correct_nu);
}
Stage adamax(double b1, double b2, double eps) { return make(Kind::adamax, 2, 1, b1, b2, eps); }
Stage belief(double b1, double b2, double eps, double eps_root, bool nesterov) {
  return make(Kind::belief, 2, 1, b1, b2, eps, eps_root, nesterov);
}
Stage yogi(double b1, double b2, double eps, double eps_root) {
  return make(Kind::yogi, 2, 1, b1, b2, eps, eps_root);
}
Stage rms(double decay, double eps, bool eps_in_sqrt, bool bias_correction) {
  return make(Kind::rms, 1, 1, decay, eps, eps_in_sqrt, bias_correction);
}
Stage stddev(double decay, double eps, bool eps_in_sqrt, bool bias_correction) {
  return make(Kind::stddev, 2, 1, decay, eps, eps_in_sqrt, bias_correction);
}
Stage rss(double eps) { return make(Kind::rss, 1, 0, eps); }
Stage adadelta(double rho, double eps) { return make(Kind::adadelta, 2, 0, rho, eps); }
Stage lion(double b1, double b2) { return make(Kind::lion, 1, 0, b1, b2); }
Stage add_decayed_weights(double decay) { return make(Kind::add_decayed_weights, 0, 0, decay); }

}  // namespace stage
}  // namespace ramie::kernels
#endif
