// Rows of the softmax family on CUDA. A kernel is a function of a Row, some threads' view of one row, which
// holds it in registers where it is short enough, and else reads it again for each use:
//
//   const auto v = row.read(x);
//   const ShiftedSum<T> s = row.shifted_sum(v);
//   row.write(y, [=](std::int64_t, T e) { return std::exp(e - s.max) / s.sum; }, v);
#pragma once

#include <cmath>
#include <limits>

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/ops/softmax.h>

namespace ramie::kernels {

// The largest element that is a number, and the sum of exp(x - max), where the difference of equal infinities
// counts as 0. So the sum is NaN only if an element is. Of nothing: -inf and 0.
template <class T>
struct ShiftedSum {
  T max = -std::numeric_limits<T>::infinity(), sum = 0;

  __device__ static T exponential(T x, T max) { return x == max ? T{1} : std::exp(x - max); }
  __device__ void shift(T to) {
    sum *= exponential(max, to);
    max = to;
  }
  __device__ bool finite() const { return max - max == 0; }
  __device__ T logsumexp() const {
    if (finite()) return max + std::log(sum);
    return sum != sum ? sum : max;
  }
  // The sum for softmax, where inf - inf is NaN.
  __device__ T divisor() const { return finite() ? sum : std::numeric_limits<T>::quiet_NaN(); }
};

struct RowShape {
  std::int64_t count, length;
  int threads;  // for one row: a power of two up to 32 in a warp, or a block
  bool whole;   // packs are aligned
};

// A row in packs, which its threads have in turn; `packs` of them are held by each, or, with 0, none is.
template <class T, int packs, bool block>
class Row {
  using Size = std::conditional_t<packs == 0, std::int64_t, int>;
  static constexpr int pack = pack_size<T>;
  struct Held {
    Pack<T> of[packs ? packs : 1];
  };

 public:
  using Values = std::conditional_t<packs == 0, const T*, Held>;
  const std::int64_t index;

  __device__ explicit Row(const RowShape& s)
      : index(block ? blockIdx.x : global_thread() / s.threads),
        start_(index * s.length),
        n_(index < s.count ? static_cast<Size>(s.length) : 0),
        threads_(block ? block_threads : s.threads),
        rank_(static_cast<int>(threadIdx.x) & (threads_ - 1)),
        leads_(rank_ == 0 && index < s.count),
        whole_(s.whole) {}

  __device__ bool leads() const { return leads_; }  // one thread of each row
  template <class U>
  __device__ U* begin(U* x) const {
    return x + start_;
  }
  __device__ Size size() const { return n_; }  // 0 where there is no row
  __device__ Values read(const T* x) const {
    if constexpr (packs == 0) {
      return begin(x);
    } else {
      Held v;
      for (int k = 0; k < packs; ++k) v.of[k] = load(begin(x), k);
      return v;
    }
  }
  __device__ ShiftedSum<T> shifted_sum(const Values& v) const {
    if constexpr (packs == 0) return shifted_sum_in_one_pass(v);
    ShiftedSum<T> s;
    for_packs([&](Size i, const Pack<T>& x) { s.max = larger(s.max, i, x); }, v);
    s.max = reduce(s.max, Larger());
    s.sum = sum([&](T x) { return s.exponential(x, s.max); }, v);
    return s;
  }
  // The sum of f(v[i]...).
  template <class F, class... V>
  __device__ T sum(F f, const V&... v) const {
    T total = 0;
    for_packs(
        [&](Size i, const auto&... x) {
          for (int j = 0; j < pack; ++j)
            if (i + j < n_) total += f(x.v[j]...);
        },
        v...);
    return reduce(total, Plus());
  }
  // y[i] = f(i, v[i]...)
  template <class F, class... V>
  __device__ void write(T* y, F f, const V&... v) const {
    for_packs(
        [&](Size i, const auto&... x) {
          Pack<T> out;
          for (int j = 0; j < pack; ++j) out.v[j] = f(i + j, x.v[j]...);
          store_pack(begin(y) + i, out, n_ - i, whole_);
        },
        v...);
  }

 private:
  // A maximum that grows changes the sum of what has been read.
  __device__ ShiftedSum<T> shifted_sum_in_one_pass(const Values& v) const {
    ShiftedSum<T> s;
    for_packs(
        [&](Size i, const Pack<T>& x) {
          s.shift(larger(s.max, i, x));
          for (int j = 0; j < pack; ++j)
            if (i + j < n_) s.sum += s.exponential(x.v[j], s.max);
        },
        v);
    s.shift(reduce(s.max, Larger()));
    s.sum = reduce(s.sum, Plus());
    return s;
  }
  __device__ T larger(T max, Size i, const Pack<T>& x) const {
    for (int j = 0; j < pack; ++j)
      if (i + j < n_) max = Larger()(max, x.v[j]);
    return max;
  }
  // f(the first element's index, a pack of each v) for this thread's packs.
  template <class F, class... V>
  __device__ void for_packs(F f, const V&... v) const {
    if constexpr (packs == 0) {
      for (Size k = 0; first(k) < n_; ++k) f(first(k), load(v, k)...);
    } else {
      for (int k = 0; k < packs; ++k) f(first(k), v.of[k]...);
    }
  }
  __device__ Size first(Size k) const { return (k * threads_ + rank_) * pack; }
  __device__ Pack<T> load(const T* row, Size k) const {
    return load_pack(row + first(k), n_ - first(k), whole_, T{0});
  }
  template <class Op>
  __device__ T reduce(T v, Op op) const {
    if constexpr (block)
      return block_reduce(v, op);
    else
      return warp_reduce(v, op, threads_);
  }

  const std::int64_t start_;
  const Size n_;
  const int threads_, rank_;
  const bool leads_, whole_;
};

inline constexpr int rows_block_threads = 128;  // of blocks in which a warp has rows of its own

// f(row, y, x...)
template <class T, int packs, bool block, class F, class... In>
__global__ void __launch_bounds__(block ? block_threads : rows_block_threads, 1)
    run_row(F f, RowShape s, T* __restrict__ y, const In* __restrict__... x) {
  f(Row<T, packs, block>(s), y, x...);
}

template <class F, class T, class... In>
void launch_rows(Cuda cuda, F f, const Rows& rows, T* y, const In*... x) {
  constexpr int pack = pack_size<T>, few = 2 * pack, held = 4;
  const std::int64_t packs = ceil_divide(rows.length, pack);
  RowShape s{rows.count, rows.length, 0, rows.length % pack == 0 && aligned(y) && (aligned(x) && ...)};
  s.threads = std::min(warp_threads, power_of_two_from(packs));
  if (packs <= warp_threads * few)
    launch_kernel(packs <= warp_threads ? run_row<T, 1, false, F, In...> : run_row<T, few, false, F, In...>,
                  blocks_for(rows.count * s.threads, rows_block_threads), rows_block_threads, 0, cuda, f, s,
                  y, x...);
  else
    launch_kernel(
        packs <= block_threads * held ? run_row<T, held, true, F, In...> : run_row<T, 0, true, F, In...>,
        static_cast<unsigned>(rows.count), block_threads, 0, cuda, f, s, y, x...);
}

// f(Type<T>) for the dtypes of rows.
template <class F>
void visit_rows(DType t, const F& f) {
  if (t == float64)
    f(Type<double>());
  else
    f(Type<float>());
}

}  // namespace ramie::kernels
