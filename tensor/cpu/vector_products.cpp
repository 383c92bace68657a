#include <ramie/tensor/cpu/vector_products.h>

#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/cpu/vector_products.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
// Last, since it is compiled once for each instruction set.
#include <ramie/tensor/cpu/simd-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

constexpr int chains = 4;            // of multiply-adds, to hide their latency
constexpr std::int64_t vectors = 4;  // of columns that are taken together

// Neighbouring columns in vectors; the last one may be a part.
template <class T, bool whole, std::size_t... v>
struct Columns {
  using V = Lanes<T>;
  static constexpr std::int64_t last = sizeof...(v) - 1;
  std::int64_t rest;  // of the last vector

  HWY_INLINE V read(const T* p, std::int64_t i) const {
    return whole || i < last ? load<V>(p + i * V::count) : load_some<V>(p + i * V::count, rest);
  }
  HWY_INLINE void write(V x, T* p, std::int64_t i) const {
    whole || i < last ? store(x, p + i * V::count) : store_some(x, p + i * V::count, rest);
  }
  HWY_INLINE void row_times_matrix(const RowTimesMatrix<T>& p, std::int64_t first) const {
    V sum[chains][sizeof...(v)] = {
        {(void(v), V(0.0))...}, {(void(v), V(0.0))...}, {(void(v), V(0.0))...}, {(void(v), V(0.0))...}};
    const auto add = [&](std::int64_t row, int chain) HWY_ATTR {
      const V x = splat<V>(p.x[row * p.x_step]);
      const T* b = p.b + row * p.b_row + first;
      ((sum[chain][v] = multiply_add(x, read(b, v), sum[chain][v])), ...);
    };
    std::int64_t row = 0;
    for (; row + chains <= p.k; row += chains)
      for (int chain = 0; chain < chains; ++chain) add(row + chain, chain);
    for (int chain = 0; row + chain < p.k; ++chain) add(row + chain, chain);
    (write((sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v]), p.y + first, v), ...);
  }
  HWY_INLINE void outer_product(const OuterProduct<T>& p, std::int64_t first, std::int64_t begin,
                                std::int64_t end) const {
    const V b[] = {read(p.b + first, v)...};
    const T* a = p.a + begin * p.a_step;
    T* y = p.y + begin * p.n + first;
    // In locals: a vector may lie over anything, so that after a store all else would be read again.
    const std::int64_t step = p.a_step, n = p.n;
    for (std::int64_t i = begin; i < end; ++i, a += step, y += n) {
      const V x = splat<V>(*a);
      (write(x * b[v], y, v), ...);
    }
  }
};

// Calls f(columns, first) for n columns, up to `vectors` vectors at a time.
template <class T, class F>
HWY_INLINE void for_columns(std::int64_t n, const F& f) {
  constexpr std::int64_t lanes = Lanes<T>::count;
  std::int64_t at = 0;
  for (; at + vectors * lanes <= n; at += vectors * lanes) f(Columns<T, true, 0, 1, 2, 3>{lanes}, at);
  const std::int64_t left = n - at;
  if (left > 3 * lanes) return f(Columns<T, false, 0, 1, 2, 3>{left - 3 * lanes}, at);
  if (left > 2 * lanes) return f(Columns<T, false, 0, 1, 2>{left - 2 * lanes}, at);
  if (left > lanes) return f(Columns<T, false, 0, 1>{left - lanes}, at);
  if (left == lanes) return f(Columns<T, true, 0>{lanes}, at);
  if (left > 0) f(Columns<T, false, 0>{left}, at);
}

template <class T>
void row_times_matrix(const RowTimesMatrix<T>& p) {
  for_columns<T>(
      p.n, [&](const auto& columns, std::int64_t first) HWY_ATTR { columns.row_times_matrix(p, first); });
}
// Wide rows one after the other; the rows of a narrow result are neighbours anyway.
template <class T>
void outer_product(const OuterProduct<T>& p) {
  const std::int64_t rows = p.n > vectors * Lanes<T>::count ? 1 : p.m;
  for (std::int64_t i = 0; i < p.m; i += rows)
    for_columns<T>(p.n, [&](const auto& columns, std::int64_t first)
                            HWY_ATTR { columns.outer_product(p, first, i, i + rows); });
}

void row_times_floats(const RowTimesMatrix<float>& p) { row_times_matrix(p); }
void row_times_doubles(const RowTimesMatrix<double>& p) { row_times_matrix(p); }
void outer_floats(const OuterProduct<float>& p) { outer_product(p); }
void outer_doubles(const OuterProduct<double>& p) { outer_product(p); }

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(row_times_floats);
HWY_EXPORT(row_times_doubles);
HWY_EXPORT(outer_floats);
HWY_EXPORT(outer_doubles);

void multiply(const RowTimesMatrix<float>& p) { HWY_DYNAMIC_DISPATCH(row_times_floats)(p); }
void multiply(const RowTimesMatrix<double>& p) { HWY_DYNAMIC_DISPATCH(row_times_doubles)(p); }
void multiply(const OuterProduct<float>& p) { HWY_DYNAMIC_DISPATCH(outer_floats)(p); }
void multiply(const OuterProduct<double>& p) { HWY_DYNAMIC_DISPATCH(outer_doubles)(p); }

}  // namespace ramie::kernels
#endif
