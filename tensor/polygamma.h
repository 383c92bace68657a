// The polygamma functions, on the CPU and on GPUs: psi_n(x) is the n-th derivative of digamma(x).
#pragma once

#include <cmath>
#include <concepts>
#include <limits>

namespace ramie::kernels::math {

inline constexpr int highest_polygamma = 60;

// x^n
template <std::floating_point T>
constexpr T whole_power(T x, int n) {
  T y = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1) y *= x;
  return y;
}

// zeta(s, x) = sum over k >= 0 of (x + k)^-s, for x > 0 and a whole s > 1. By Euler and Maclaurin: the first
// terms, and for the rest from w on   w^(1-s)/(s-1) + w^-s/2 + sum over j of B_2j/(2j)! s (s+1)...(s+2j-2)
// w^(1-s-2j).
template <std::floating_point T>
constexpr T hurwitz_zeta(int s, T x) {
  constexpr T bernoulli[] = {1.0 / 12,          -1.0 / 720,
                             1.0 / 30240,       -1.0 / 1209600,
                             1.0 / 47900160,    -691.0 / 1307674368000,
                             1.0 / 74724249600, -3617.0 / 10670622842880000};
  T sum = 0, w = x;
  for (; w < static_cast<T>(s + 10); w += 1) sum += whole_power(1 / w, s);
  const T power = whole_power(1 / w, s);
  T factor = static_cast<T>(s) / w;
  sum += whole_power(1 / w, s - 1) / static_cast<T>(s - 1) + power / 2;
  for (int j = 0; j < 8; ++j) {
    sum += bernoulli[j] * factor * power;
    factor *= static_cast<T>(s + 2 * j + 1) * static_cast<T>(s + 2 * j + 2) / (w * w);
  }
  return sum;
}

// The n-th derivative of cot(pi x), a polynomial in c = cot(pi x):   c' = -pi (1 + c^2).
template <std::floating_point T>
constexpr T cotangent_derivative(int n, T x) {
  constexpr T pi = static_cast<T>(3.141592653589793);
  const T c = 1 / std::tan(pi * (x - std::rint(x)));
  T p[highest_polygamma + 2] = {0, 1};
  for (int k = 0; k < n; ++k) {
    T q[highest_polygamma + 2] = {};
    for (int i = 1; i <= k + 1; ++i) {
      q[i - 1] -= pi * static_cast<T>(i) * p[i];
      q[i + 1] -= pi * static_cast<T>(i) * p[i];
    }
    for (int i = 0; i <= k + 2; ++i) p[i] = q[i];
  }
  T y = 0;
  for (int i = n + 1; i >= 0; --i) y = y * c + p[i];
  return y;
}

// For whole n from 1 to highest_polygamma. Computed in double: factors of float's range would be too few.
template <std::floating_point T>
constexpr T polygamma(T order, T argument) {
  constexpr double pi = 3.141592653589793, infinity = std::numeric_limits<double>::infinity();
  if (!(order >= 1 && order <= highest_polygamma)) return std::numeric_limits<T>::quiet_NaN();
  const int n = static_cast<int>(order);
  const double x = static_cast<double>(argument), sign = n % 2 ? 1 : -1;
  if (x <= 0 && x == std::floor(x))
    return static_cast<T>(x == -infinity ? infinity - infinity : sign * infinity);
  if (x < 0)  // psi_n(x) = (-1)^n psi_n(1 - x) - pi d^n cot(pi x) / dx^n
    return static_cast<T>(-sign * polygamma(static_cast<double>(n), 1 - x) - pi * cotangent_derivative(n, x));
  double factorial = sign;
  for (int i = 2; i <= n; ++i) factorial *= i;
  return static_cast<T>(factorial * hurwitz_zeta(n + 1, x));
}

}  // namespace ramie::kernels::math
