// The stages of kernels::Update, in Highway.
#include <ramie/tensor/ops/update.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/update_stages.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
// Last, since it is compiled once for each instruction set.
#include <ramie/tensor/cpu/simd-inl.h>

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
void scale(const Stage& s, const Piece<T>& p) {
  const T scalar = s.scalars ? static_cast<T>(p.scalars[0]) : T{1};
  const Lanes<T> by(static_cast<T>(s.constants[0]) * scalar);
  for_each_vector<T>(p.n, [&](auto load, auto store) HWY_ATTR { store(load(p.update) * by, p.update); });
}

template <class T>
void clip_by_norm(const Stage& s, const Piece<T>& p) {
  if (p.scalars[0] < s.constants[0]) return;
  const Lanes<T> norm(p.scalars[0]), most(s.constants[0]);
  for_each_vector<T>(p.n,
                     [&](auto load, auto store) HWY_ATTR { store(load(p.update) / norm * most, p.update); });
}

template <class T>
void trace(const Stage& s, const Piece<T>& p) {
  const Lanes<T> decay(s.constants[0]);
  const bool nesterov = s.constants[1] != 0;
  for_each_vector<T>(p.n, [&](auto load, auto store) HWY_ATTR {
    const auto g = load(p.update), t = multiply_add(decay, load(p.before[0]), g);
    store(t, p.after[0]);
    store(nesterov ? multiply_add(decay, t, g) : t, p.update);
  });
}

template <class T>
void adam(const Stage& s, const Piece<T>& p) {
  const Lanes<T> b1(s.constants[0]), b2(s.constants[1]), rest1(1 - s.constants[0]), rest2(1 - s.constants[1]);
  const Lanes<T> eps(s.constants[2]), eps_root(s.constants[3]), correct1(p.scalars[0]),
      correct2(p.scalars[1]);
  for_each_vector<T>(p.n, [&](auto load, auto store) HWY_ATTR {
    const auto g = load(p.update);
    const auto mu = multiply_add(rest1, g, b1 * load(p.before[0]));
    const auto nu = multiply_add(rest2 * g, g, b2 * load(p.before[1]));
    store(mu, p.after[0]);
    store(nu, p.after[1]);
    const Lanes<T> root(hn::Sqrt((nu / correct2 + eps_root).v));
    store(mu / correct1 / (root + eps), p.update);
  });
}

template <class T>
void add_decayed_weights(const Stage& s, const Piece<T>& p) {
  const Lanes<T> decay(s.constants[0]);
  for_each_vector<T>(p.n, [&](auto load, auto store) HWY_ATTR {
    store(multiply_add(decay, load(p.param), load(p.update)), p.update);
  });
}

#define RAMIE_STAGE(name)                                                     \
  void name##32(const Stage& s, const Piece<float>& p) { name<float>(s, p); } \
  void name##64(const Stage& s, const Piece<double>& p) { name<double>(s, p); }
RAMIE_STAGE(scale)
RAMIE_STAGE(clip_by_norm)
RAMIE_STAGE(trace)
RAMIE_STAGE(adam)
RAMIE_STAGE(add_decayed_weights)
#undef RAMIE_STAGE

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

#define RAMIE_STAGE(name)                                             \
  HWY_EXPORT(name##32);                                               \
  HWY_EXPORT(name##64);                                               \
  static void run_##name##32(const Stage& s, const Piece<float>& p) { \
    HWY_DYNAMIC_DISPATCH(name##32)(s, p);                             \
  }                                                                   \
  static void run_##name##64(const Stage& s, const Piece<double>& p) { HWY_DYNAMIC_DISPATCH(name##64)(s, p); }
RAMIE_STAGE(scale)
RAMIE_STAGE(clip_by_norm)
RAMIE_STAGE(trace)
RAMIE_STAGE(adam)
RAMIE_STAGE(add_decayed_weights)
#undef RAMIE_STAGE

namespace stage {

Stage scale(double by) { return {run_scale32, run_scale64, 0, 0, {by}}; }
Stage scale_by_scalar(double sign) { return {run_scale32, run_scale64, 0, 1, {sign}}; }
Stage clip_by_norm(double max_norm) { return {run_clip_by_norm32, run_clip_by_norm64, 0, 1, {max_norm}}; }
Stage trace(double decay, bool nesterov) {
  return {run_trace32, run_trace64, 1, 0, {decay, nesterov ? 1.0 : 0.0}};
}
Stage adam(double b1, double b2, double eps, double eps_root) {
  return {run_adam32, run_adam64, 2, 2, {b1, b2, eps, eps_root}};
}
Stage add_decayed_weights(double decay) {
  return {run_add_decayed_weights32, run_add_decayed_weights64, 0, 0, {decay}};
}

}  // namespace stage
}  // namespace ramie::kernels
#endif
