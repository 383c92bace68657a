// What the stages of kernels::Update compute, in vectors on the CPU and in single numbers on a GPU. A formula
// is made of its stage's constants and scalars and gives the new update; it reads and writes up to two
// states.
#if defined(RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#undef RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#else
#define RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#endif

#include <ramie/tensor/ops/elementwise_formula-inl.h>
#include <ramie/tensor/ops/update.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::stages {

template <class V>
struct Scale {
  static constexpr int states = 0;
  V by;
  RAMIE_INLINE V operator()(V u, V, V&, V&) const { return u * by; }
};

template <class V>
struct ClipByNorm {
  static constexpr int states = 0;
  V norm, most;
  bool clips;
  RAMIE_INLINE V operator()(V u, V, V&, V&) const { return clips ? u / norm * most : u; }
};

template <class V>
struct Trace {
  static constexpr int states = 1;
  V decay;
  bool nesterov;
  RAMIE_INLINE V operator()(V g, V, V& trace, V&) const {
    trace = multiply_add(decay, trace, g);
    return nesterov ? multiply_add(decay, trace, g) : trace;
  }
};

template <class V>
struct Adam {
  static constexpr int states = 2;
  V b1, rest1, b2, rest2, eps, eps_root, correct1, correct2;
  RAMIE_INLINE V operator()(V g, V, V& mu, V& nu) const {
    mu = multiply_add(rest1, g, b1 * mu);
    nu = multiply_add(rest2 * g, g, b2 * nu);
    return mu / correct1 / (math::sqrt(nu / correct2 + eps_root) + eps);
  }
};

template <class V>
struct AddDecayedWeights {
  static constexpr int states = 0;
  V decay;
  RAMIE_INLINE V operator()(V u, V p, V&, V&) const { return multiply_add(decay, p, u); }
};

// Calls f with the formula of a stage. The constants c and scalars s are double or what V is made of.
template <class V, class Number, class F>
RAMIE_INLINE void visit(Stage::Kind kind, const Number* c, const Number* s, const F& f) {
  switch (kind) {
    case Stage::Kind::scale:
      return f(Scale<V>{V(c[0])});
    case Stage::Kind::scale_by_scalar:
      return f(Scale<V>{V(c[0]) * V(s[0])});
    case Stage::Kind::clip_by_norm:
      return f(ClipByNorm<V>{V(s[0]), V(c[0]), !(s[0] < c[0])});
    case Stage::Kind::trace:
      return f(Trace<V>{V(c[0]), c[1] != 0});
    case Stage::Kind::adam:
      return f(Adam<V>{V(c[0]), V(c[1]), V(c[2]), V(c[3]), V(c[4]), V(c[5]), V(s[0]), V(s[1])});
    case Stage::Kind::add_decayed_weights:
      return f(AddDecayedWeights<V>{V(c[0])});
  }
}

}  // namespace ramie::kernels::RAMIE_TARGET::stages
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
