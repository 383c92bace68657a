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

// Takes the rows of a piece into the lanes, `fold` of them at a time side by side.
template <class Op, class T>
void add_piece(Op op, T* lanes, const T* x, std::size_t rows, std::size_t stride, std::size_t width,
               std::size_t fold, bool first) {
  const std::size_t n = fold * width, steps = rows / fold, step = fold * stride,
                    together = ReducePass::together(n);
  if (first) std::memcpy(lanes, x, n * sizeof(T));
  std::size_t r = first;
  for (; r + together <= steps; r += together) add_rows(op, lanes, x + r * step, n, together, step);
  if (r < steps) add_rows(op, lanes, x + r * step, n, steps - r, step);
  if (rows % fold) add_rows(op, lanes, x + steps * step, rows % fold * width, 1, step);
}
template <class Op, class T>
void fold_lanes(Op op, T* y, T* lanes, std::size_t width, std::size_t fold) {
  for (std::size_t half = fold * width / 2; fold > 1; half /= 2, fold /= 2)
    add_rows(op, lanes, lanes + half, half, 1, half);
  std::memcpy(y, lanes, width * sizeof(T));
}
std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

// y[width] = the total of x[rows, width].
template <class Op, class T>
void reduce_block(Op op, T* y, const T* x, std::int64_t rows, std::int64_t stride, std::int64_t width,
                  std::int64_t fold) {
  HWY_ALIGN T lanes[ReducePass::max_chunk];
  add_piece(op, lanes, x, size(rows), size(stride), size(width), size(fold), true);
  fold_lanes(op, y, lanes, size(width), size(fold));
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
    reduce_block(Op(), y + (o * blocks + block) * p.inner + column,
                 x + ((o * p.n + row) * p.inner + column - first), rows, p.inner, width, p.fold_of(rows));
  }
}

// f(op, Type<T>())
template <class T, class F>
void visit_op(Reduce::Op op, const F& f) {
  switch (op) {
    case Reduce::Op::sum:
      return f(Sum(), Type<T>());
    case Reduce::Op::max:
      return f(Max(), Type<T>());
    case Reduce::Op::min:
      return f(Min(), Type<T>());
  }
}
template <class F>
void visit_reduction(Reduce::Op op, DType dtype, const F& f) {
  switch (dtype) {
    case DType::float64:
      return visit_op<double>(op, f);
    case DType::int32:
      return visit_op<std::int32_t>(op, f);
    case DType::uint32:
      return visit_op<std::uint32_t>(op, f);
    case DType::int64:
      return visit_op<std::int64_t>(op, f);
    default:
      return visit_op<float>(op, f);
  }
}

void reduce_tasks(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x,
                  std::int64_t first, std::int64_t begin, std::int64_t end) {
  visit_reduction(op, dtype, [&]<class O, class T>(O, Type<T>) {
    run_tasks<O>(p, reinterpret_cast<T*>(y), reinterpret_cast<const T*>(x), first, begin, end);
  });
}

void reduce_rows(Reduce::Op op, DType dtype, const ReducePiece& p, std::byte* y, std::byte* lanes,
                 const std::byte* x) {
  visit_reduction(op, dtype, [&]<class O, class T>(O o, Type<T>) {
    T* totals = reinterpret_cast<T*>(lanes);
    add_piece(o, totals, reinterpret_cast<const T*>(x), size(p.rows), size(p.width), size(p.width),
              size(p.fold), p.first);
    if (p.last) fold_lanes(o, reinterpret_cast<T*>(y), totals, size(p.width), size(p.fold));
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ramie::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(reduce_tasks);
HWY_EXPORT(reduce_rows);

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

void reduce_piece(Reduce::Op op, DType dtype, const ReducePiece& p, std::byte* y, std::byte* lanes,
                  const std::byte* x) {
  HWY_DYNAMIC_DISPATCH(reduce_rows)(op, dtype, p, y, lanes, x);
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
