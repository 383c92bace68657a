// Functions of numbers against long double arithmetic, in units in the last place, and at their edges.
#pragma once

#include <ramie/autograd/ops/elementwise.h>

#include "support/ops.h"

namespace ramie {

using Exact = long double;
using Unary = Tensor (*)(const Tensor&);

template <class T>
double ulps(T got, Exact exact) {
  const T want = static_cast<T>(exact);
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : INFINITY;
  if (got == want) return std::signbit(got) == std::signbit(want) ? 0 : INFINITY;
  if (std::isinf(want) || std::isinf(got)) return INFINITY;
  const T size = std::abs(want), unit = std::nextafter(size, static_cast<T>(INFINITY)) - size;
  return static_cast<double>(std::abs(static_cast<Exact>(got) - exact) / unit);
}

template <class T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  return {0,
          T(-0.0),
          1,
          -1,
          Limits::infinity(),
          -Limits::infinity(),
          Limits::quiet_NaN(),
          Limits::min(),
          -Limits::min(),
          Limits::denorm_min(),
          -Limits::denorm_min(),
          Limits::max(),
          Limits::lowest(),
          Limits::epsilon(),
          1000,
          -1000,
          T(88.5),
          T(88.73),
          T(-87.5),
          T(-103.9),
          104,
          -105,
          T(709.5),
          T(709.79),
          T(-744),
          T(-746),
          39001,
          -1e10,
          T(18.8)};
}
template <class T>
std::vector<T> samples() {
  std::vector<T> x = edges<T>();
  std::uniform_real_distribution<double> uniform(-1, 1), exponent(-60, 60);
  for (int i = 0; i < 20000; ++i) {
    for (double scale : {1.0, 10.0, 100.0, sizeof(T) == 8 ? 750.0 : 90.0})
      x.push_back(T(uniform(generator()) * scale));
    x.push_back(T(std::ldexp(uniform(generator()), static_cast<int>(exponent(generator())))));
  }
  return x;
}

template <class T>
void check(const char* what, Unary f, Exact (*exact)(Exact), double limit) {
  const std::vector<T> x = samples<T>();
  const std::vector<T> y = f(from_vector(x)).template to_vector<T>();
  double worst = 0;
  T at = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const double error = ulps(y[i], exact(x[i])); error > worst) worst = error, at = x[i];
  EXPECT_LE(worst, limit) << what << " of " << name(dtype_of<T>()) << " at " << at;
}
inline void check_both(const char* what, Unary f, Exact (*exact)(Exact), double limit) {
  check<float>(what, f, exact, limit);
  check<double>(what, f, exact, limit);
}

}  // namespace ramie
