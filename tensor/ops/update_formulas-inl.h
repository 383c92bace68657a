// What the stages of kernels::Update compute, in vectors on the CPU and in single numbers on a GPU. A formula
// is made of its link's numbers and gives the new update; it reads and writes up to two states.
#if defined(RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#undef RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#else
#define RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
#endif

#include <cmath>

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
    return mu * correct1 / (math::sqrt(multiply_add(nu, correct2, eps_root)) + eps);
  }
};

template <class V>
struct AddDecayedWeights {
  static constexpr int states = 0;
  V decay;
  RAMIE_INLINE V operator()(V u, V p, V&, V&) const { return multiply_add(decay, p, u); }
};

// 1 / (1 - b^t), where b, the power and the difference are rounded as T, as optax's are.
template <class T>
RAMIE_INLINE double bias_correction(double b, double t) {
  const double power = std::pow(static_cast<double>(static_cast<T>(b)), t);
  return 1 / static_cast<double>(T(1) - static_cast<T>(power));
}

// Once for a launch: the numbers of a stage's formula.
template <class T>
RAMIE_INLINE void set_link(typename UpdateChain<T>::Link& link, const Stage& stage, double scalar) {
  const double* c = stage.constants;
  const auto set = [&link](auto... numbers) {
    int i = 0;
    ((link.numbers[i++] = static_cast<T>(numbers)), ...);
  };
  link.kind = stage.kind;
  switch (stage.kind) {
    case Stage::Kind::scale_by_scalar:
      return set(c[0] * scalar);
    case Stage::Kind::clip_by_norm:
      return set(scalar < c[0] ? 1 : c[0] / scalar);
    case Stage::Kind::adam:
      return set(c[0], c[1], c[2], c[3], c[4], c[5], bias_correction<T>(c[0], scalar),
                 bias_correction<T>(c[2], scalar));
    default:
      return set(c[0], c[1]);
  }
}

// Calls f with the formula of a link.
template <class V, class Link, class F>
RAMIE_INLINE void visit(const Link& link, const F& f) {
  const auto* n = link.numbers;
  switch (link.kind) {
    case Stage::Kind::scale:
    case Stage::Kind::scale_by_scalar:
    case Stage::Kind::clip_by_norm:
      return f(Scale<V>{V(n[0])});
    case Stage::Kind::trace:
      return f(Trace<V>{V(n[0]), n[1] != 0});
    case Stage::Kind::adam:
      return f(Adam<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3]), V(n[4]), V(n[5]), V(n[6]), V(n[7])});
    case Stage::Kind::add_decayed_weights:
      return f(AddDecayedWeights<V>{V(n[0])});
  }
}

}  // namespace ramie::kernels::RAMIE_TARGET::stages
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
