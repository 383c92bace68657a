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
  template <class V>
  V operator()(V a, V b) const {
    return hn::Add(a, b);
  }
};
struct Max {
  template <class V>
  V operator()(V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromV<V>>)
      return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
    else
      return hn::Max(a, b);
  }
};
struct Min {
  template <class V>
  V operator()(V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromV<V>>)
      return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
    else
      return hn::Min(a, b);
  }
};

// Vectors of at most 64 bytes. All work below is elementwise, so their width changes no bit.
template <class T, std::size_t width = 64 / sizeof(T)>
using Tag = hn::CappedTag<T, width>;

// f(d, i) for i in steps from `first` to n: whole vectors, then halves of them.
template <class T, std::size_t width = 64 / sizeof(T), class F>
HWY_INLINE void for_vectors(std::size_t i, std::size_t n, const F& f) {
  const Tag<T, width> d;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) f(d, i);
  if constexpr (width > 1) {
    if (i < n) for_vectors<T, width / 2>(i, n, f);
  }
}

template <class D, class Op, class T, class V = hn::Vec<D>>
HWY_INLINE void join(D d, Op op, T* lanes, V total) {
  hn::StoreU(op(hn::LoadU(d, lanes), total), d, lanes);
}

// lanes[n] = op(lanes, the total of `count` rows). Four vectors at a time keep the reads of memory in step.
template <class Op, class T>
HWY_INLINE void add_rows(Op op, T* lanes, const T* x, std::size_t n, std::size_t count, std::size_t stride) {
  const Tag<T> d;
  const std::size_t N = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N) {
    const T* p = x + i;
    auto a = hn::LoadU(d, p), b = hn::LoadU(d, p + N), c = hn::LoadU(d, p + 2 * N),
         e = hn::LoadU(d, p + 3 * N);
    for (std::size_t r = 1; r < count; ++r) {
      p += stride;
      a = op(a, hn::LoadU(d, p)), b = op(b, hn::LoadU(d, p + N));
      c = op(c, hn::LoadU(d, p + 2 * N)), e = op(e, hn::LoadU(d, p + 3 * N));
    }
    join(d, op, lanes + i, a), join(d, op, lanes + i + N, b);
    join(d, op, lanes + i + 2 * N, c), join(d, op, lanes + i + 3 * N, e);
  }
  for_vectors<T>(i, n, [&](auto v, std::size_t at) HWY_ATTR {
    auto total = hn::LoadU(v, x + at);
    for (std::size_t r = 1; r < count; ++r) total = op(total, hn::LoadU(v, x + at + r * stride));
    join(v, op, lanes + at, total);
  });
}

// y[width] = the total of x[rows, width]; `fold` rows at a time lie side by side in the lanes.
template <class Op, class T>
void reduce_block(Op op, T* y, const T* x, std::size_t rows, std::size_t stride, std::size_t width,
                  std::size_t fold) {
  HWY_ALIGN T lanes[ReducePass::max_chunk];
  while (fold > rows) fold /= 2;
  const std::size_t n = fold * width, steps = rows / fold, step = fold * stride;
  const std::size_t together = n <= ReducePass::narrow ? 8 : 1;  // wide rows are best read one by one
  std::memcpy(lanes, x, n * sizeof(T));
  std::size_t r = 1;
  for (; r + together <= steps; r += together) add_rows(op, lanes, x + r * step, n, together, step);
  if (r < steps) add_rows(op, lanes, x + r * step, n, steps - r, step);
  if (rows % fold) add_rows(op, lanes, x + steps * step, rows % fold * width, 1, step);
  for (std::size_t half = n / 2; fold > 1; half /= 2, fold /= 2)
    add_rows(op, lanes, lanes + half, half, 1, half);
  std::memcpy(y, lanes, width * sizeof(T));
}

template <class Op, class T>
T reduce_short_row(Op op, const T* x, std::int64_t n) {
  const hn::CappedTag<T, 1> d;
  auto total = hn::LoadU(d, x);
  for (std::int64_t i = 1; i < n; ++i) total = op(total, hn::LoadU(d, x + i));
  return hn::GetLane(total);
}

// x begins with the element `first` of the pass's input.
template <class Op, class T>
void run_tasks(const ReducePass& p, T* y, const T* x, std::int64_t first, std::int64_t begin,
               std::int64_t end) {
  const std::int64_t blocks = p.blocks(), chunks = p.chunks();
  for (std::int64_t task = begin; task < end; ++task) {
    if (p.short_rows()) {
      y[task] = reduce_short_row(Op(), x + (task * p.n - first), p.n);
      continue;
    }
    const std::int64_t column = task % chunks * p.chunk, block = task / chunks % blocks,
                       o = task / chunks / blocks;
    const std::int64_t row = block * p.rows, rows = std::min(p.rows, p.n - row),
                       width = std::min(p.chunk, p.inner - column);
    auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    reduce_block(Op(), y + (o * blocks + block) * p.inner + column,
                 x + ((o * p.n + row) * p.inner + column - first), size(rows), size(p.inner), size(width),
                 size(p.fold));
  }
}

template <class T>
void typed_tasks(Reduce::Op op, const ReducePass& p, std::byte* y, const std::byte* x, std::int64_t first,
                 std::int64_t begin, std::int64_t end) {
  T* to = reinterpret_cast<T*>(y);
  const T* from = reinterpret_cast<const T*>(x);
  switch (op) {
    case Reduce::Op::sum:
      return run_tasks<Sum>(p, to, from, first, begin, end);
    case Reduce::Op::max:
      return run_tasks<Max>(p, to, from, first, begin, end);
    case Reduce::Op::min:
      return run_tasks<Min>(p, to, from, first, begin, end);
  }
}

void reduce_tasks(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x,
                  std::int64_t first, std::int64_t begin, std::int64_t end) {
  switch (dtype) {
    case DType::float64:
      return typed_tasks<double>(op, p, y, x, first, begin, end);
    case DType::int32:
      return typed_tasks<std::int32_t>(op, p, y, x, first, begin, end);
    case DType::uint32:
      return typed_tasks<std::uint32_t>(op, p, y, x, first, begin, end);
    case DType::int64:
      return typed_tasks<std::int64_t>(op, p, y, x, first, begin, end);
    default:
      return typed_tasks<float>(op, p, y, x, first, begin, end);
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
  const bool plenty =
      chunk < inner && outer * chunks() >= 64;  // enough for all threads, so blocks may be long
  rows = std::max({fold, plenty ? 8 * min_rows : min_rows, block / chunk});
}

void reduce_part(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x,
                 std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(reduce_tasks)(op, dtype, p, y, x, p.element(begin), begin, end);
}

void reduce_all(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x) {
  const std::int64_t grain = std::max<std::int64_t>(1, ReducePass::block / (std::min(p.rows, p.n) * p.chunk));
  parallel_for(p.tasks(), grain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(reduce_tasks)(op, dtype, p, y, x, 0, begin, end);
  });
}

Layout Reduce::outputs(const Layout& x) const {
  Shape shape = x.shape;
  for (int i = axes.rank(); i-- > 0;)
    keepdims ? void(shape[static_cast<int>(axes[i])] = 1) : shape.erase(static_cast<int>(axes[i]));
  return x.as(shape);
}

std::size_t Reduce::workspace(const Layout& x) const {
  std::size_t bytes = 0;
  if (x.size == 0) return 0;
  for_each_reduce_pass(x.shape, axes, outputs(x).size, [&](const ReducePass& p, bool last) {
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
  for_each_reduce_pass(x.layout->shape, axes, y.size(), [&](const ReducePass& p, bool last) {
    reduce_all(op, x.layout->dtype, p, last ? y.data : scratch, from);
    from = scratch;
    if (!last) scratch += (static_cast<std::size_t>(p.results()) * element + 63) / 64 * 64;
  });
}

}  // namespace ramie::kernels
#endif
