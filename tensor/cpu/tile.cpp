#include <ramie/tensor/cpu/tile.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/cpu/tile.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <utility>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Accumulators, two vectors of b and a broadcast fill the registers: 32 with AVX-512 and NEON, else 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int max_rows = 14;
#else
constexpr int max_rows = 6;
#endif

template <class T>
using Lanes = hn::ScalableTag<T>;
template <class T>
using Vec = hn::Vec<Lanes<T>>;

// A tile of runs x run rows and `vectors` vectors of columns.
template <class T, int runs, int run, int vectors>
struct Block {
  static constexpr int rows = runs * run;
  Vec<T> sum[rows][vectors];

  HWY_INLINE void load(const Tile<T>& t) {
    const Lanes<T> d;
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(2)
    for (int v = 0; v < vectors; ++v)
      sum[r][v] = t.add ? hn::LoadU(d, t.c + r * t.c_step + v * hn::Lanes(d)) : hn::Zero(d);
  }
  HWY_INLINE void store(T* c, std::int64_t step) const {
    const Lanes<T> d;
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(2)
    for (int v = 0; v < vectors; ++v) hn::StoreU(sum[r][v], d, c + r * step + v * hn::Lanes(d));
  }
  HWY_INLINE void multiply_add(const T* HWY_RESTRICT a, std::int64_t step, const T* HWY_RESTRICT b) {
    const Lanes<T> d;
    Vec<T> columns[vectors];
    HWY_UNROLL(2)
    for (int v = 0; v < vectors; ++v) columns[v] = hn::LoadU(d, b + v * hn::Lanes(d));
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) {
      const Vec<T> x = hn::Set(d, a[r / run * step + r % run]);
      HWY_UNROLL(2)
      for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(x, columns[v], sum[r][v]);
    }
  }
};

template <class T, int runs, int run, int vectors>
void compute(const Tile<T>& t) {
  Block<T, runs, run, vectors> block;
  block.load(t);
  for (std::int64_t i = 0; i < t.count[0]; ++i)
    for (std::int64_t j = 0; j < t.count[1]; ++j) {
      const T* a = t.a + i * t.a_step[0] + j * t.a_step[1];
      const T* b = t.b + i * t.b_step[0] + j * t.b_step[1];
      for (std::int64_t k = 0; k < t.count[2]; ++k, a += t.a_step[2], b += t.b_step[2])
        block.multiply_add(a, t.run_step, b);
    }
  block.store(t.c, t.c_step);
}

// The last vector may reach beyond the columns: then the tile is computed beside c.
template <class T, int runs, int run, int vectors>
void compute_any(const Tile<T>& t) {
  const std::int64_t width = vectors * static_cast<std::int64_t>(hn::Lanes(Lanes<T>()));
  if (t.columns == width) return compute<T, runs, run, vectors>(t);
  HWY_ALIGN T beside[runs * run * vectors * HWY_MAX_BYTES / sizeof(T)];
  Tile<T> u = t;
  u.c = beside, u.c_step = width;
  for (std::int64_t r = 0; t.add && r < runs * run; ++r)
    for (std::int64_t n = 0; n < width; ++n)
      beside[r * width + n] = n < t.columns ? t.c[r * t.c_step + n] : 0;
  compute<T, runs, run, vectors>(u);
  for (std::int64_t r = 0; r < runs * run; ++r)
    for (std::int64_t n = 0; n < t.columns; ++n) t.c[r * t.c_step + n] = beside[r * width + n];
}

template <class T>
using Function = void (*)(const Tile<T>&);

// functions[i] has i + 1 runs of one element, or one run of i + 1 elements.
template <class T, int vectors, int... i>
Function<T> runs_of_one(std::int64_t runs, std::integer_sequence<int, i...>) {
  static constexpr Function<T> functions[] = {compute_any<T, i + 1, 1, vectors>...};
  return functions[runs - 1];
}
template <class T, int runs, int vectors, int... i>
Function<T> runs_of_many(std::int64_t run, std::integer_sequence<int, i...>) {
  static constexpr Function<T> functions[] = {compute_any<T, runs, i + 1, vectors>...};
  return functions[run - 1];
}
template <int n>
using Count = std::make_integer_sequence<int, n>;

template <class T, int vectors>
void call(const Tile<T>& t) {
  if (t.run == 1) return runs_of_one<T, vectors>(t.runs, Count<max_rows>())(t);
  if (t.runs == 1) return runs_of_many<T, 1, vectors>(t.run, Count<max_rows>())(t);
  if (t.runs == 2) return runs_of_many<T, 2, vectors>(t.run, Count<max_rows / 2>())(t);
  return runs_of_many<T, 3, vectors>(t.run, Count<max_rows / 3>())(t);
}
template <class T>
void call(const Tile<T>& t) {
  if (t.columns > static_cast<std::int64_t>(hn::Lanes(Lanes<T>())))
    call<T, 2>(t);
  else
    call<T, 1>(t);
}

template <class T>
TileSize size() {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Lanes<T>()));
  return {max_rows, 2 * lanes, lanes};
}

void call32(const Tile<float>& t) { call(t); }
void call64(const Tile<double>& t) { call(t); }
TileSize size32() { return size<float>(); }
TileSize size64() { return size<double>(); }

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(call32);
HWY_EXPORT(call64);
HWY_EXPORT(size32);
HWY_EXPORT(size64);

template <>
TileSize tile_size<float>() {
  return HWY_DYNAMIC_DISPATCH(size32)();
}
template <>
TileSize tile_size<double>() {
  return HWY_DYNAMIC_DISPATCH(size64)();
}

bool tile_fits(std::int64_t runs, std::int64_t run, std::int64_t rows) {
  return runs * run <= rows && (run == 1 || runs <= 3);
}

void multiply_tile(const Tile<float>& t) { HWY_DYNAMIC_DISPATCH(call32)(t); }
void multiply_tile(const Tile<double>& t) { HWY_DYNAMIC_DISPATCH(call64)(t); }

}  // namespace ramie::kernels
#endif
