// The stages of kernels::Update, in Highway.
#include <ramie/tensor/ops/update.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/update_stages.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls f(offset, load, store) for each vector of the piece; the last one is masked, so that every element is computed alike.
template <class T, class F> void for_each_vector(std::int64_t n, const F& f) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < n; i += lanes) {
    if (i + lanes <= n) {
      f(i, [&](const T* p) HWY_ATTR { return hn::LoadU(d, p + i); }, [&](auto v, T* p) HWY_ATTR { hn::StoreU(v, d, p + i); });
    } else {
      const auto mask = hn::FirstN(d, static_cast<std::size_t>(n - i));
      f(i, [&](const T* p) HWY_ATTR { return hn::MaskedLoad(mask, d, p + i); },
        [&](auto v, T* p) HWY_ATTR { hn::BlendedStore(v, mask, d, p + i); });
    }
  }
}
template <class T> auto number(double x) { return hn::Set(hn::ScalableTag<T>(), static_cast<T>(x)); }

template <class T> void scale(const Stage& s, const Piece<T>& p) {
  const auto by = number<T>(s.scalars ? static_cast<T>(s.constants[0]) * static_cast<T>(p.scalars[0]) : s.constants[0]);
  for_each_vector<T>(p.n, [&](auto, auto load, auto store) HWY_ATTR { store(hn::Mul(load(p.update), by), p.update); });
}

template <class T> void clip_by_norm(const Stage& s, const Piece<T>& p) {
  if (p.scalars[0] < s.constants[0]) return;
  const auto norm = number<T>(p.scalars[0]), most = number<T>(s.constants[0]);
  for_each_vector<T>(p.n, [&](auto, auto load, auto store) HWY_ATTR {
    store(hn::Mul(hn::Div(load(p.update), norm), most), p.update);
  });
}

template <class T> void trace(const Stage& s, const Piece<T>& p) {
  const auto decay = number<T>(s.constants[0]);
  const bool nesterov = s.constants[1] != 0;
  for_each_vector<T>(p.n, [&](auto, auto load, auto store) HWY_ATTR {
    const auto g = load(p.update), t = hn::MulAdd(decay, load(p.before[0]), g);
    store(t, p.after[0]);
    store(nesterov ? hn::MulAdd(decay, t, g) : t, p.update);
  });
}

template <class T> void adam(const Stage& s, const Piece<T>& p) {
  const auto b1 = number<T>(s.constants[0]), b2 = number<T>(s.constants[1]);
  const auto rest1 = number<T>(1 - s.constants[0]), rest2 = number<T>(1 - s.constants[1]);
  const auto eps = number<T>(s.constants[2]), eps_root = number<T>(s.constants[3]);
  const auto correct1 = number<T>(p.scalars[0]), correct2 = number<T>(p.scalars[1]);
  for_each_vector<T>(p.n, [&](auto, auto load, auto store) HWY_ATTR {
    const auto g = load(p.update);
    const auto mu = hn::MulAdd(rest1, g, hn::Mul(b1, load(p.before[0])));
    const auto nu = hn::MulAdd(hn::Mul(rest2, g), g, hn::Mul(b2, load(p.before[1])));
    store(mu, p.after[0]);
    store(nu, p.after[1]);
    const auto root = hn::Sqrt(hn::Add(hn::Div(nu, correct2), eps_root));
    store(hn::Div(hn::Div(mu, correct1), hn::Add(root, eps)), p.update);
  });
}

template <class T> void add_decayed_weights(const Stage& s, const Piece<T>& p) {
  const auto decay = number<T>(s.constants[0]);
  for_each_vector<T>(p.n, [&](auto, auto load, auto store) HWY_ATTR {
    store(hn::MulAdd(decay, load(p.param), load(p.update)), p.update);
  });
}

#define RAMIE_STAGE(name)                                                        \
  void name##32(const Stage& s, const Piece<float>& p) { name<float>(s, p); }    \
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

#define RAMIE_STAGE(name)                                                                                     \
  HWY_EXPORT(name##32);                                                                                       \
  HWY_EXPORT(name##64);                                                                                       \
  static void run_##name##32(const Stage& s, const Piece<float>& p) { HWY_DYNAMIC_DISPATCH(name##32)(s, p); } \
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
Stage trace(double decay, bool nesterov) { return {run_trace32, run_trace64, 1, 0, {decay, nesterov ? 1.0 : 0.0}}; }
Stage adam(double b1, double b2, double eps, double eps_root) {
  return {run_adam32, run_adam64, 2, 2, {b1, b2, eps, eps_root}};
}
Stage add_decayed_weights(double decay) { return {run_add_decayed_weights32, run_add_decayed_weights64, 0, 0, {decay}}; }

}  // namespace stage
}  // namespace ramie::kernels
#endif
