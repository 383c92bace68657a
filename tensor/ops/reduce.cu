// Reductions on CUDA. The threads' parts and the tree that joins them follow from the shape alone.
#include <ramie/tensor/ops/reduce.h>

#include <limits>

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/check.h>

namespace ramie::kernels {
namespace {

struct Sum : Plus {
  template <class T>
  static constexpr T identity() {
    return static_cast<T>(-0.0);  // 0 would turn a sum of -0 into 0
  }
};
struct Max {  // NaN wins
  template <class T>
  static constexpr T identity() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};
struct Min {
  template <class T>
  static constexpr T identity() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
};

// One step: x[outer, n, inner] -> y[outer, splits, inner], where a split has `rows` of the n.
struct Pass {
  enum class Kind { together, rows, columns };
  std::int64_t outer, n, inner, rows = 0, splits = 0;
  Kind kind = Kind::together;
  int lanes = 1;        // together: of a warp, for one result
  unsigned width = 1;   // columns: packs side by side in a block
  unsigned chunks = 1;  // columns: of `width` packs in a row
  bool whole = false;   // packs are aligned

  Pass(std::int64_t outer, std::int64_t n, std::int64_t inner, int pack);
  std::int64_t results() const { return outer * splits * inner; }

 private:
  void split(std::int64_t length) {
    rows = length;
    splits = ceil_divide(n, rows);
  }
  void plan_rows();
  void plan_columns(int pack);
};

Pass::Pass(std::int64_t outer_, std::int64_t n_, std::int64_t inner_, int pack)
    : outer(outer_), n(n_), inner(inner_) {
  constexpr std::int64_t few = 32, some = 1024, many = 1 << 17;
  split(n);
  if (inner == 1)
    plan_rows();
  else if (n > some || (n > few && outer * inner < many))
    plan_columns(pack);
}

// Short rows are a few lanes' work, or a warp's; a long one takes a block or several.
void Pass::plan_rows() {
  constexpr std::int64_t each = 4, part = 16384, short_part = 4096, busy = 1024;
  if (n <= 256 || (n <= 1024 && outer >= busy / 2)) {
    lanes = std::min(warp_threads, power_of_two_from(ceil_divide(n, each)));
    return;
  }
  kind = Kind::rows;
  if (n > part) split(outer * ceil_divide(n, part) >= busy ? part : short_part);
}

void Pass::plan_columns(int pack) {
  constexpr std::int64_t widest = 64, steps = 16, most_steps = 256, busy = 2048;
  kind = Kind::columns;
  const std::int64_t packs = ceil_divide(inner, pack);
  chunks = blocks_for(packs, widest);
  width = blocks_for(packs, chunks);
  const std::int64_t together = block_threads / width;
  split(together * steps);
  while (outer * chunks * splits > busy && rows < together * most_steps) split(2 * rows);
  if (splits <= 2) split(n);
}

// `lanes` lanes reduce the n elements of a result.
template <class T, class Op>
__global__ void __launch_bounds__(block_threads)
    reduce_together(T* __restrict__ y, const T* __restrict__ x, Pass p) {
  constexpr int ahead = 4;
  const Op op;
  const std::int64_t result = global_thread() / p.lanes, step = p.lanes * p.inner;
  std::int64_t k = global_thread() % p.lanes;
  const bool mine = result < p.outer * p.inner;
  T total = Op::template identity<T>();
  if (mine) {
    const T* from = x + (result / p.inner * p.n + k) * p.inner + result % p.inner;
    for (; k + (ahead - 1) * p.lanes < p.n; k += ahead * p.lanes, from += ahead * step) {
      T v[ahead];
      for (int i = 0; i < ahead; ++i) v[i] = from[i * step];
      for (int i = 0; i < ahead; ++i) total = op(total, v[i]);
    }
    for (; k < p.n; k += p.lanes, from += step) total = op(total, *from);
  }
  if (p.lanes > 1) total = warp_reduce(total, op, p.lanes);
  if (mine && threadIdx.x % static_cast<unsigned>(p.lanes) == 0) y[result] = total;
}

template <class T, class Op>
__device__ void join(Pack<T>& total, const Pack<T>& x, Op op) {
  for (int j = 0; j < pack_size<T>; ++j) total.v[j] = op(total.v[j], x.v[j]);
}
template <class T, class Op>
__device__ Pack<T> identity_pack() {
  Pack<T> x;
  for (int j = 0; j < pack_size<T>; ++j) x.v[j] = Op::template identity<T>();
  return x;
}

// The total of the packs at from, from + stride, ..., of which there are `count`; several loads are on their
// way at once.
template <class T, class Op>
__device__ Pack<T> reduce_packs(const T* from, std::int64_t count, std::int64_t stride, std::int64_t width,
                                bool whole, Op op) {
  constexpr int ahead = 4;
  constexpr T rest = Op::template identity<T>();
  Pack<T> total = identity_pack<T, Op>();
  for (; count >= ahead; count -= ahead, from += ahead * stride) {
    Pack<T> v[ahead];
    for (int i = 0; i < ahead; ++i) v[i] = load_pack(from + i * stride, width, whole, rest);
    for (int i = 0; i < ahead; ++i) join(total, v[i], op);
  }
  for (; count > 0; --count, from += stride) join(total, load_pack(from, width, whole, rest), op);
  return total;
}

// A block reduces `rows` neighbouring elements.
template <class T, class Op>
__global__ void __launch_bounds__(block_threads)
    reduce_rows(T* __restrict__ y, const T* __restrict__ x, Pass p) {
  constexpr std::int64_t pack = pack_size<T>, step = block_threads * pack;
  const Op op;
  const std::int64_t row = blockIdx.x / p.splits, begin = blockIdx.x % p.splits * p.rows;
  const std::int64_t n = p.n - begin < p.rows ? p.n - begin : p.rows, first = threadIdx.x * pack;
  const T* from = x + row * p.n + begin + first;
  const std::int64_t packs =
      n / pack > threadIdx.x ? (n / pack - threadIdx.x + block_threads - 1) / block_threads : 0;
  Pack<T> total = reduce_packs(from, packs, step, pack, p.whole, op);
  if (n / pack % block_threads == threadIdx.x)  // what is left of a pack
    join(total, load_pack(from + packs * step, n % pack, false, Op::template identity<T>()), op);
  for (int half = pack / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) total.v[j] = op(total.v[j], total.v[j + half]);
  const T all = block_reduce(total.v[0], op);
  if (threadIdx.x == 0) y[blockIdx.x] = all;
}

// A block reduces `width` packs of columns: its threads stand in rows of them.
template <class T, class Op>
__global__ void __launch_bounds__(block_threads)
    reduce_columns(T* __restrict__ y, const T* __restrict__ x, Pass p) {
  constexpr std::int64_t pack = pack_size<T>;
  const Op op;
  auto& totals = shared<Pack<T>[block_threads], struct ColumnTotals>();
  const unsigned t = threadIdx.x, chunk = blockIdx.x % p.chunks, r = t / p.width,
                 together = block_threads / p.width;
  const std::int64_t part = blockIdx.x / p.chunks, begin = part % p.splits * p.rows;
  const std::int64_t column = (static_cast<std::int64_t>(chunk) * p.width + t % p.width) * pack;
  const std::int64_t left = p.inner - column, n = p.n - begin < p.rows ? p.n - begin : p.rows;
  const bool mine = r < together && left > 0;
  if (mine) {
    const T* from = x + (part / p.splits * p.n + begin + r) * p.inner + column;
    const std::int64_t count = n > r ? (n - r + together - 1) / together : 0;
    totals[t] = reduce_packs(from, count, together * p.inner, left, p.whole, op);
  }
  for (unsigned rows = together; rows > 1;) {
    const unsigned half = (rows + 1) / 2;
    __syncthreads();
    if (mine && r + half < rows) join(totals[t], totals[t + half * p.width], op);
    rows = half;
  }
  if (mine && r == 0) store_pack(y + part * p.inner + column, totals[t], left, p.whole);
}

template <class T, class Op>
void run_pass(Cuda cuda, T* y, const T* x, Pass p) {
  p.whole = p.inner % pack_size<T> == 0 && aligned(x) && aligned(y);
  switch (p.kind) {
    case Pass::Kind::together:
      return launch_kernel(reduce_together<T, Op>, blocks_for(p.outer * p.inner * p.lanes, block_threads),
                           block_threads, 0, cuda, y, x, p);
    case Pass::Kind::rows:
      p.whole = aligned(x) && (p.outer == 1 || p.n % pack_size<T> == 0);
      return launch_kernel(reduce_rows<T, Op>, static_cast<unsigned>(p.results()), block_threads, 0, cuda, y,
                           x, p);
    case Pass::Kind::columns:
      return launch_kernel(reduce_columns<T, Op>, static_cast<unsigned>(p.outer * p.splits) * p.chunks,
                           block_threads, 0, cuda, y, x, p);
  }
}

// The passes from the last reduced group of axes to the first: f(pass, last).
template <class F>
void for_each_pass(const Layout& x, const Shape& axes, std::int64_t results, const F& f) {
  const int pack = 16 / static_cast<int>(size_of(x.dtype));
  for_each_group(x.shape, axes, [&](std::int64_t outer, std::int64_t n, std::int64_t inner) {
    while (n > 1) {
      const Pass p(outer, n, inner, pack);
      f(p, p.results() == results);
      n = p.splits;
    }
  });
}

std::size_t scratch_bytes(const Pass& p, DType t) {
  return (static_cast<std::size_t>(p.results()) * size_of(t) + 255) / 256 * 256;
}

template <class T, class Op>
void reduce(Cuda cuda, View y, View x, const Shape& axes) {
  const T* from = x.as<T>();
  std::byte* scratch = cuda.workspace;
  for_each_pass(*x.layout, axes, y.size(), [&](const Pass& p, bool last) {
    T* to = last ? y.as<T>() : reinterpret_cast<T*>(scratch);
    run_pass<T, Op>(cuda, to, from, p);
    from = to;
    if (!last) scratch += scratch_bytes(p, x.layout->dtype);
  });
}

// Integers are added without a sign: sums wrap around.
template <class T>
void reduce_as(Cuda cuda, View y, View x, Reduce::Op op, const Shape& axes) {
  using Added = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, Type<T>>::type;
  switch (op) {
    case Reduce::Op::sum:
      return reduce<Added, Sum>(cuda, y, x, axes);
    case Reduce::Op::max:
      return reduce<T, Max>(cuda, y, x, axes);
    case Reduce::Op::min:
      return reduce<T, Min>(cuda, y, x, axes);
  }
}

}  // namespace

std::size_t Reduce::cuda_workspace(const Layout& x) const {
  std::size_t bytes = 0;
  if (x.size == 0) return 0;
  for_each_pass(x, axes, outputs(x).size, [&](const Pass& p, bool last) {
    if (!last) bytes += scratch_bytes(p, x.dtype);
  });
  return bytes;
}

void Reduce::run(Cuda cuda, View y, View x) const {
  if (y.size() == 0) return;
  if (x.size() == 0)
    return gpu::check(cudaMemsetAsync(y.data, 0, y.layout->bytes(), cuda.stream), cuda.op,
                      "clear the result");
  if (x.size() == y.size())
    return gpu::check(
        cudaMemcpyAsync(y.data, x.data, y.layout->bytes(), cudaMemcpyDeviceToDevice, cuda.stream), cuda.op,
        "copy");
  switch (x.layout->dtype) {
    case DType::float64:
      return reduce_as<double>(cuda, y, x, op, axes);
    case DType::int32:
      return reduce_as<std::int32_t>(cuda, y, x, op, axes);
    case DType::uint32:
      return reduce_as<std::uint32_t>(cuda, y, x, op, axes);
    case DType::int64:
      return reduce_as<std::int64_t>(cuda, y, x, op, axes);
    default:
      return reduce_as<float>(cuda, y, x, op, axes);
  }
}

}  // namespace ramie::kernels
