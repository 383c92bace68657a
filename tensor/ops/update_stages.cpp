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

// Calls f(load, store) for each vector of the piece, where load(p) and store(v, p) mean the vector's place in
// p.
template <class T, class F>
HWY_INLINE void for_each_vector(std::int64_t n, const F& f) {
  using V = Lanes<T>;
  std::int64_t i = 0;
  for (; i + V::count <= n; i += V::count)
    f([i](const T* p) HWY_ATTR { return load<V>(p + i); }, [i](V v, T* p) HWY_ATTR { store(v, p + i); });
  if (i < n)
    f([i, n](const T* p) HWY_ATTR { return load_some<V>(p + i, n - i); },
      [i, n](V v, T* p) HWY_ATTR { store_some(v, p + i, n - i); });
}

template <class T>
void run(const Stage& stage, const Piece<T>& p) {
  stages::visit<Lanes<T>>(stage.kind, stage.constants.data(), p.scalars, [&](const auto& formula) HWY_ATTR {
    constexpr int states = std::remove_cvref_t<decltype(formula)>::states;
    for_each_vector<T>(p.n, [&](auto load, auto store) HWY_ATTR {
      const Lanes<T> u = load(p.update);
      Lanes<T> first = u, second = u;
      if constexpr (states > 0) first = load(p.before[0]);
      if constexpr (states > 1) second = load(p.before[1]);
      store(formula(u, load(p.param), first, second), p.update);
      if constexpr (states > 0) store(first, p.after[0]);
      if constexpr (states > 1) store(second, p.after[1]);
    });
  });
}

void run_floats(const Stage& s, const Piece<float>& p) { run(s, p); }
void run_doubles(const Stage& s, const Piece<double>& p) { run(s, p); }

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(run_floats);
HWY_EXPORT(run_doubles);
void Stage::operator()(const Piece<float>& p) const { HWY_DYNAMIC_DISPATCH(run_floats)(*this, p); }
void Stage::operator()(const Piece<double>& p) const { HWY_DYNAMIC_DISPATCH(run_doubles)(*this, p); }

namespace stage {

using Kind = Stage::Kind;

Stage scale(double by) { return {Kind::scale, 0, 0, {by}}; }
Stage scale_by_scalar(double sign) { return {Kind::scale_by_scalar, 0, 1, {sign}}; }
Stage clip_by_norm(double max_norm) { return {Kind::clip_by_norm, 0, 1, {max_norm}}; }
Stage trace(double decay, bool nesterov) { return {Kind::trace, 1, 0, {decay, nesterov ? 1.0 : 0.0}}; }
Stage adam(double b1, double b2, double eps, double eps_root) {
  return {Kind::adam, 2, 2, {b1, 1 - b1, b2, 1 - b2, eps, eps_root}};
}
Stage add_decayed_weights(double decay) { return {Kind::add_decayed_weights, 0, 0, {decay}}; }

}  // namespace stage
}  // namespace ramie::kernels
#endif
