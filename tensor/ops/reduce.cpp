#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/reduce.cpp>
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include <ramie/tensor/ops/reduce.h>

#include <algorithm>
#include <cstring>

#include <ramie/tensor/cpu/parallel.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct Sum {
  template <class V> V operator()(V a, V b) const { return hn::Add(a, b); }
};
struct Max {
  template <class V> V operator()(V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromV<V>>) return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
    else return hn::Max(a, b);
  }
};
struct Min {
  template <class V> V operator()(V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromV<V>>) return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
    else return hn::Min(a, b);
  }
};

// f(d, i) for i in steps over [0, n): whole vectors, then halves of them. Elementwise, so widths change no bit.
template <class T, std::size_t width = 64 / sizeof(T), class F> HWY_INLINE void for_vectors(std::size_t n, const F& f, std::size_t i = 0) {
  const hn::CappedTag<T, width> d;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) f(d, i);
  if constexpr (width > 1) {
    if (i < n) for_vectors<T, width / 2>(n, f, i);
  }
}

template <class Op, class T> struct Block {
  Op op;

  // lanes = op(lanes, x)
  HWY_INLINE void add_row(T* lanes, const T* x, std::size_t n) const {
    for_vectors<T>(n, [&](auto d, std::size_t i) HWY_ATTR { hn::StoreU(op(hn::LoadU(d, lanes + i), hn::LoadU(d, x + i)), d, lanes + i); });
  }
  // lanes = op(lanes, the tree of eight rows)
  HWY_INLINE void add_rows(T* lanes, const T* x, std::size_t stride, std::size_t n) const {
    for_vectors<T>(n, [&](auto d, std::size_t i) HWY_ATTR {
      auto pair = [&](std::size_t r) HWY_ATTR { return op(hn::LoadU(d, x + i + r * stride), hn::LoadU(d, x + i + (r + 1) * stride)); };
      const auto total = op(op(pair(0), pair(2)), op(pair(4), pair(6)));
      hn::StoreU(op(hn::LoadU(d, lanes + i), total), d, lanes + i);
    });
  }
  // y[width] = the rows of x[rows, width], where `fold` rows at a time lie side by side in the lanes.
  HWY_INLINE void operator()(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, std::size_t rows, std::size_t stride, std::size_t width, std::size_t fold) const {
    HWY_ALIGN T lanes[ReducePass::max_chunk];
    while (fold > rows) fold /= 2;
    const std::size_t n = fold * width, steps = rows / fold, step = fold * stride;
    std::memcpy(lanes, x, n * sizeof(T));
    std::size_t r = 1;
    for (; r + 8 <= steps; r += 8) add_rows(lanes, x + r * step, step, n);
    for (; r < steps; ++r) add_row(lanes, x + r * step, n);
    add_row(lanes, x + steps * step, rows % fold * width);
    for (std::size_t half = n / 2; fold > 1; half /= 2, fold /= 2) add_row(lanes, lanes + half, half);
    std::memcpy(y, lanes, width * sizeof(T));
  }
};

template <class Op, class T> void tasks(const ReducePass& p, T* y, const T* x, std::int64_t begin, std::int64_t end) {
  const std::int64_t blocks = p.blocks(), chunks = p.chunks();
  for (std::int64_t task = begin; task < end; ++task) {
    const std::int64_t column = task % chunks * p.chunk, b = task / chunks % blocks, o = task / chunks / blocks;
    const std::int64_t row = b * p.rows, rows = std::min(p.rows, p.n - row), width = std::min(p.chunk, p.inner - column);
    Block<Op, T>{}(y + (o * blocks + b) * p.inner + column, x + (o * p.n + row) * p.inner + column,
                   static_cast<std::size_t>(rows), static_cast<std::size_t>(p.inner), static_cast<std::size_t>(width), static_cast<std::size_t>(p.fold));
  }
}

template <class T> void typed_tasks(Reduce::Op op, const ReducePass& p, std::byte* y, const std::byte* x, std::int64_t begin, std::int64_t end) {
  T* to = reinterpret_cast<T*>(y);
  const T* from = reinterpret_cast<const T*>(x);
  switch (op) {
    case Reduce::Op::sum: return tasks<Sum>(p, to, from, begin, end);
    case Reduce::Op::max: return tasks<Max>(p, to, from, begin, end);
    case Reduce::Op::min: return tasks<Min>(p, to, from, begin, end);
  }
}

void reduce_tasks(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x, std::int64_t begin, std::int64_t end) {
  switch (dtype) {
    case DType::float64: return typed_tasks<double>(op, p, y, x, begin, end);
    case DType::int32: return typed_tasks<std::int32_t>(op, p, y, x, begin, end);
    case DType::uint32: return typed_tasks<std::uint32_t>(op, p, y, x, begin, end);
    case DType::int64: return typed_tasks<std::int64_t>(op, p, y, x, begin, end);
    default: return typed_tasks<float>(op, p, y, x, begin, end);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ramie::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(reduce_tasks);

ReducePass::ReducePass(std::int64_t outer_, std::int64_t n_, std::int64_t inner_)
    : outer(outer_), n(n_), inner(inner_), chunk(inner <= max_chunk ? inner : max_chunk / 2), fold(1) {
  while (fold * inner < lanes && fold * 2 <= n) fold *= 2;
  // Wide rows in plenty keep the threads busy as they are.
  const bool plenty = chunk < inner && outer * chunks() >= 64;
  rows = std::max(fold, (plenty ? 16 : 1) * block / chunk);
}

namespace {

// The passes from the last reduced group of axes to the first. f(pass, last)
template <class F> void for_each_pass(const Shape& shape, const Shape& axes, std::int64_t results, const F& f) {
  std::int64_t outer = shape.size(), inner = 1;
  for (int i = shape.rank(); i > 0;) {
    const auto reduced = [&] { return std::find(axes.begin(), axes.end(), i - 1) != axes.end(); };
    const bool group = reduced();
    std::int64_t n = 1;
    for (; i > 0 && reduced() == group; --i) n *= shape[i - 1];
    outer /= n;
    if (!group) inner *= n;
    while (group && n > 1) {
      const ReducePass p(outer, n, inner);
      f(p, p.results() == results);
      n = p.blocks();
    }
  }
}

void run_pass(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x) {
  const std::int64_t grain = std::max<std::int64_t>(1, ReducePass::block / (std::min(p.rows, p.n) * p.chunk));
  parallel_for(p.tasks(), grain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(reduce_tasks)(op, dtype, p, y, x, begin, end);
  });
}

}  // namespace

Layout Reduce::outputs(const Layout& x) const {
  Shape shape = x.shape;
  for (int i = axes.rank(); i-- > 0;) keepdims ? void(shape[static_cast<int>(axes[i])] = 1) : shape.erase(static_cast<int>(axes[i]));
  return x.as(shape);
}

std::size_t Reduce::workspace(const Layout& x) const {
  std::size_t bytes = 0;
  if (x.size == 0) return 0;
  for_each_pass(x.shape, axes, outputs(x).size, [&](const ReducePass& p, bool last) {
    if (!last) bytes += (static_cast<std::size_t>(p.results()) * size_of(x.dtype) + 63) / 64 * 64;
  });
  return bytes;
}

void Reduce::run(Cpu cpu, View y, View x) const noexcept {
  const std::size_t element = size_of(x.layout->dtype);
  if (x.size() <= y.size()) {  // nothing to reduce, or nothing at all
    x.size() ? std::memcpy(y.data, x.data, y.layout->bytes()) : std::memset(y.data, 0, y.layout->bytes());
    return;
  }
  const std::byte* from = x.data;
  std::byte* scratch = cpu.workspace;
  for_each_pass(x.layout->shape, axes, y.size(), [&](const ReducePass& p, bool last) {
    run_pass(op, x.layout->dtype, p, last ? y.data : scratch, from);
    from = scratch;
    if (!last) scratch += (static_cast<std::size_t>(p.results()) * element + 63) / 64 * 64;
  });
}

}  // namespace ramie::kernels
#endif
