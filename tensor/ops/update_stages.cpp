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
  V first = u, second = u;
  if constexpr (Formula::states > 0) first = load(before[0]);
  if constexpr (Formula::states > 1) second = load(before[1]);
  u = f(u, p, first, second);
  if constexpr (Formula::states > 0) store(first, after[0]);
  if constexpr (Formula::states > 1) store(second, after[1]);
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
  for (int i = 0; i < chain.length; ++i)
    stages::visit<V>(chain.links[i], [&](const auto& formula) HWY_ATTR {
      (run_stage(
           formula, before, after, [&](const T* from) HWY_ATTR { return load(from, k); },
           [&](V v, T* to) HWY_ATTR { store(v, to, k); }, p[k], u[k]),
       ...);
      constexpr int states = std::remove_cvref_t<decltype(formula)>::states;
      before += states, after += states;
    });
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
    HWY_NAMESPACE::stages::set_link<T>(chain.links[chain.length++], s, s.scalars ? *scalars : 0);
    scalars += s.scalars;
  }
  return chain;
}
template UpdateChain<float> chain_of(const std::vector<Stage>&, const double*, bool);
template UpdateChain<double> chain_of(const std::vector<Stage>&, const double*, bool);

namespace stage {

using Kind = Stage::Kind;

Stage scale(double by) { return {Kind::scale, 0, 0, {by}}; }
Stage scale_by_scalar(double sign) { return {Kind::scale_by_scalar, 0, 1, {sign}}; }
Stage clip_by_norm(double max_norm) { return {Kind::clip_by_norm, 0, 1, {max_norm}}; }
Stage trace(double decay, bool nesterov) { return {Kind::trace, 1, 0, {decay, nesterov ? 1.0 : 0.0}}; }
Stage adam(double b1, double b2, double eps, double eps_root) {
  return {Kind::adam, 2, 1, {b1, 1 - b1, b2, 1 - b2, eps, eps_root}};
}
Stage add_decayed_weights(double decay) { return {Kind::add_decayed_weights, 0, 0, {decay}}; }

}  // namespace stage
}  // namespace ramie::kernels
#endif
