// What the stages of kernels::Update compute, in vectors on the CPU and in single numbers on a GPU. A formula
// is made of its link's numbers and gives the new update; it reads and writes up to three states.
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
  RAMIE_INLINE V operator()(V u, V, V*) const { return u * by; }
};

template <class V>
struct Clip {
  static constexpr int states = 0;
  V most;
  RAMIE_INLINE V operator()(V u, V, V*) const { return select(u > most, most, select(u < -most, -most, u)); }
};

template <class V>
RAMIE_INLINE V sign_of(V x) {
  return select(x > V(0), V(1), select(x < V(0), V(-1), x));
}
template <class V>
struct Sign {
  static constexpr int states = 0;
  RAMIE_INLINE V operator()(V u, V, V*) const { return sign_of(u); }
};

template <class V>
struct Zero {
  static constexpr int states = 0;
  RAMIE_INLINE V operator()(V, V, V*) const { return V(0); }
};

template <class V>
struct Trace {
  static constexpr int states = 1;
  V decay;
  bool nesterov;
  RAMIE_INLINE V operator()(V g, V, V* trace) const {
    trace[0] = multiply_add(decay, trace[0], g);
    return nesterov ? multiply_add(decay, trace[0], g) : trace[0];
  }
};

template <class V>
struct Ema {
  static constexpr int states = 1;
  V decay, rest, of_mean, of_gradient;
  RAMIE_INLINE V operator()(V g, V, V* mean) const {
    mean[0] = multiply_add(rest, g, decay * mean[0]);
    return multiply_add(of_gradient, g, of_mean * mean[0]);
  }
};

template <class V>
struct ApplyEvery {
  static constexpr int states = 1;
  bool first, last;
  RAMIE_INLINE V operator()(V g, V, V* sum) const {
    sum[0] = first ? g : sum[0] + g;
    return last ? sum[0] : V(0);
  }
};

// The running means of gradients and of their squares.
template <class V>
struct Moments {
  V b1, rest1, b2, rest2;
  RAMIE_INLINE void move(V g, V* s) const {
    s[0] = multiply_add(rest1, g, b1 * s[0]);
    s[1] = multiply_add(rest2 * g, g, b2 * s[1]);
  }
};

template <class V>
struct Adam {
  static constexpr int states = 2;
  Moments<V> moments;
  V eps, eps_root, correct1, correct2;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    moments.move(g, s);
    return s[0] * correct1 / (math::sqrt(multiply_add(s[1], correct2, eps_root)) + eps);
  }
};

// Adam that looks ahead (nadam), or waits until the second moment can be trusted (radam).
template <class V>
struct AdamVariant {
  static constexpr int states = 2;
  Moments<V> moments;
  V eps, eps_root, of_mean, of_gradient, correct2, rectify;
  bool adapts;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    moments.move(g, s);
    const V mean = multiply_add(of_gradient, g, of_mean * s[0]);
    if (!adapts) return mean;
    return rectify * mean / (math::sqrt(multiply_add(s[1], correct2, eps_root)) + eps);
  }
};

template <class V>
RAMIE_INLINE V larger(V a, V b) {  // NaN wins
  return select(either(a > b, a != a), a, b);
}

template <class V>
struct Amsgrad {
  static constexpr int states = 3;
  Moments<V> moments;
  V eps, eps_root, correct1, correct2;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    moments.move(g, s);
    s[2] = larger(s[2], s[1] * correct2);
    return s[0] * correct1 / (math::sqrt(s[2] + eps_root) + eps);
  }
};

template <class V>
struct Adamax {
  static constexpr int states = 2;
  V b1, rest1, b2, eps, correct1;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(rest1, g, b1 * s[0]);
    s[1] = larger(math::abs(g) + eps, b2 * s[1]);
    return s[0] * correct1 / s[1];
  }
};

// The second moment is that of the gradient about its mean (belief), or moves by the sign alone (yogi).
template <class V>
struct Belief {
  static constexpr int states = 2;
  Moments<V> moments;
  V eps, eps_root, of_mean, of_gradient, correct2;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(moments.rest1, g, moments.b1 * s[0]);
    const V error = g - s[0];
    s[1] = multiply_add(moments.rest2 * error, error, moments.b2 * s[1]) + eps_root;
    return multiply_add(of_gradient, g, of_mean * s[0]) / (math::sqrt(s[1] * correct2) + eps);
  }
};
template <class V>
struct Yogi {
  static constexpr int states = 2;
  Moments<V> moments;
  V eps, eps_root, correct1, correct2;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(moments.rest1, g, moments.b1 * s[0]);
    const V squared = g * g;
    s[1] = s[1] - moments.rest2 * sign_of(s[1] - squared) * squared;
    return s[0] * correct1 / (math::sqrt(multiply_add(s[1], correct2, eps_root)) + eps);
  }
};

// g over the root of a variance.
template <class V>
RAMIE_INLINE V normalized(V g, V variance, V eps, bool eps_in_sqrt) {
  return g / (eps_in_sqrt ? math::sqrt(variance + eps) : math::sqrt(variance) + eps);
}
template <class V>
struct Rms {
  static constexpr int states = 1;
  V decay, rest, eps, correct;
  bool eps_in_sqrt;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(rest * g, g, decay * s[0]);
    return normalized(g, s[0] * correct, eps, eps_in_sqrt);
  }
};
template <class V>
struct Stddev {
  static constexpr int states = 2;
  V decay, rest, eps, correct;
  bool eps_in_sqrt;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    Moments<V>{decay, rest, decay, rest}.move(g, s);
    const V mean = s[0] * correct;
    return normalized(g, s[1] * correct - mean * mean, eps, eps_in_sqrt);
  }
};
template <class V>
struct Rss {
  static constexpr int states = 1;
  V eps;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(g, g, s[0]);
    return select(s[0] > V(0), g / math::sqrt(s[0] + eps), V(0));
  }
};

template <class V>
struct Adadelta {
  static constexpr int states = 2;
  V rho, rest, eps;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    s[0] = multiply_add(rest * g, g, rho * s[0]);
    const V u = math::sqrt(s[1] + eps) / math::sqrt(s[0] + eps) * g;
    s[1] = multiply_add(rest * u, u, rho * s[1]);
    return u;
  }
};

template <class V>
struct Lion {
  static constexpr int states = 1;
  V b1, rest1, b2, rest2;
  RAMIE_INLINE V operator()(V g, V, V* s) const {
    const V u = sign_of(multiply_add(rest1, g, b1 * s[0]));
    s[0] = multiply_add(rest2, g, b2 * s[0]);
    return u;
  }
};

template <class V>
struct AddDecayedWeights {
  static constexpr int states = 0;
  V decay;
  RAMIE_INLINE V operator()(V u, V p, V*) const { return multiply_add(decay, p, u); }
};

// 1 / (1 - b^t), where b, the power and the difference are rounded as T, as optax's are.
template <class T>
RAMIE_INLINE double bias_correction(double b, double t) {
  const double power = std::pow(static_cast<double>(static_cast<T>(b)), t);
  return 1 / static_cast<double>(T(1) - static_cast<T>(power));
}

// How the mean and the gradient make up the momentum of step t. Nesterov's looks one step ahead.
struct Lookahead {
  double of_mean, of_gradient;
};
template <class T>
RAMIE_INLINE Lookahead lookahead(double b, double t, bool nesterov) {
  if (!nesterov) return {bias_correction<T>(b, t), 0};
  return {b * bias_correction<T>(b, t + 1), (1 - b) * bias_correction<T>(b, t)};
}

// radam: the factor of step t, or 0 as long as the second moment is too uncertain (Liu et al., 2020).
RAMIE_INLINE double rectification(double b2, double t, double threshold) {
  const double power = std::pow(b2, t), limit = 2 / (1 - b2) - 1, ro = limit - 2 * t * power / (1 - power);
  if (!(ro >= threshold)) return 0;
  return std::sqrt((ro - 4) * (ro - 2) * limit / ((limit - 4) * (limit - 2) * ro));
}

// The numbers of the stages that have more than their constants.
template <class T, class Set>
RAMIE_INLINE void set_moments(Stage::Kind kind, const double* c, double step, const Set& set) {
  const bool nesterov = kind == Stage::Kind::nadam || (kind == Stage::Kind::radam && c[5] != 0) ||
                        (kind == Stage::Kind::belief && c[4] != 0);
  const Lookahead of = lookahead<T>(c[0], step, nesterov);
  const double correct2 = bias_correction<T>(c[1], step);
  const double rectify = kind == Stage::Kind::radam ? rectification(c[1], step, c[4]) : 1;
  set(c[0], 1 - c[0], c[1], 1 - c[1], c[2], c[3], of.of_mean, of.of_gradient, correct2, rectify);
}
template <class T, class Set>
RAMIE_INLINE void set_numbers(Stage::Kind kind, const double* c, double scalar, const Set& set) {
  const auto correct = [scalar](double b, bool wanted) { return wanted ? bias_correction<T>(b, scalar) : 1; };
  switch (kind) {
    case Stage::Kind::scale_by_scalar:
      return set(c[0] * scalar);
    case Stage::Kind::clip_by_norm:
      return set(scalar < c[0] ? 1 : c[0] / scalar);
    case Stage::Kind::ema: {
      const Lookahead of = c[1] != 0 ? lookahead<T>(c[0], scalar, c[2] != 0) : Lookahead{1, 0};
      return set(c[0], 1 - c[0], of.of_mean, of.of_gradient);
    }
    case Stage::Kind::apply_every:
      return set(std::fmod(scalar, c[0]) == 0, std::fmod(scalar, c[0]) == c[0] - 1);
    case Stage::Kind::adam:
    case Stage::Kind::yogi:
      return set(c[0], 1 - c[0], c[1], 1 - c[1], c[2], c[3], correct(c[0], true), correct(c[1], true));
    case Stage::Kind::amsgrad:
      return set(c[0], 1 - c[0], c[1], 1 - c[1], c[2], c[3], correct(c[0], c[4] != 0),
                 correct(c[1], c[5] != 0));
    case Stage::Kind::nadam:
    case Stage::Kind::radam:
    case Stage::Kind::belief:
      return set_moments<T>(kind, c, scalar, set);
    case Stage::Kind::adamax:
      return set(c[0], 1 - c[0], c[1], c[2], correct(c[0], true));
    case Stage::Kind::rms:
    case Stage::Kind::stddev:
      return set(c[0], 1 - c[0], c[1], correct(c[0], c[3] != 0), c[2]);
    case Stage::Kind::adadelta:
      return set(c[0], 1 - c[0], c[1]);
    case Stage::Kind::lion:
      return set(c[0], 1 - c[0], c[1], 1 - c[1]);
    default:
      return set(c[0], c[1]);
  }
}

// Once for a launch: the numbers of a stage's formula.
template <class T>
RAMIE_INLINE void set_link(typename UpdateChain<T>::Link& link, const Stage& stage, const double* scalars) {
  const int own = stage.scalars - stage.given;
  double constants[Stage::max_constants];
  for (int i = 0; i < Stage::max_constants; ++i)
    constants[i] = i < stage.given ? scalars[own + i] : stage.constants[i];
  link.kind = stage.kind;
  set_numbers<T>(stage.kind, constants, own ? scalars[0] : 0, [&link](auto... numbers) {
    int i = 0;
    ((link.numbers[i++] = static_cast<T>(numbers)), ...);
  });
}

// Calls f with the formula of a link.
template <class V, class Link, class F>
RAMIE_INLINE void visit(const Link& link, const F& f) {
  const auto* n = link.numbers;
  const auto moments = [n] { return Moments<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3])}; };
  switch (link.kind) {
    case Stage::Kind::scale:
    case Stage::Kind::scale_by_scalar:
    case Stage::Kind::clip_by_norm:
      return f(Scale<V>{V(n[0])});
    case Stage::Kind::clip:
      return f(Clip<V>{V(n[0])});
    case Stage::Kind::sign:
      return f(Sign<V>{});
    case Stage::Kind::zero:
      return f(Zero<V>{});
    case Stage::Kind::trace:
      return f(Trace<V>{V(n[0]), n[1] != 0});
    case Stage::Kind::ema:
      return f(Ema<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3])});
    case Stage::Kind::apply_every:
      return f(ApplyEvery<V>{n[0] != 0, n[1] != 0});
    case Stage::Kind::adam:
      return f(Adam<V>{moments(), V(n[4]), V(n[5]), V(n[6]), V(n[7])});
    case Stage::Kind::nadam:
    case Stage::Kind::radam:
      return f(AdamVariant<V>{moments(), V(n[4]), V(n[5]), V(n[6]), V(n[7]), V(n[8]), V(n[9]), n[9] != 0});
    case Stage::Kind::amsgrad:
      return f(Amsgrad<V>{moments(), V(n[4]), V(n[5]), V(n[6]), V(n[7])});
    case Stage::Kind::adamax:
      return f(Adamax<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3]), V(n[4])});
    case Stage::Kind::belief:
      return f(Belief<V>{moments(), V(n[4]), V(n[5]), V(n[6]), V(n[7]), V(n[8])});
    case Stage::Kind::yogi:
      return f(Yogi<V>{moments(), V(n[4]), V(n[5]), V(n[6]), V(n[7])});
    case Stage::Kind::rms:
      return f(Rms<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3]), n[4] != 0});
    case Stage::Kind::stddev:
      return f(Stddev<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3]), n[4] != 0});
    case Stage::Kind::rss:
      return f(Rss<V>{V(n[0])});
    case Stage::Kind::adadelta:
      return f(Adadelta<V>{V(n[0]), V(n[1]), V(n[2])});
    case Stage::Kind::lion:
      return f(Lion<V>{V(n[0]), V(n[1]), V(n[2]), V(n[3])});
    case Stage::Kind::add_decayed_weights:
      return f(AddDecayedWeights<V>{V(n[0])});
  }
}

}  // namespace ramie::kernels::RAMIE_TARGET::stages
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_UPDATE_FORMULAS_INL_H
