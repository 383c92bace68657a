// Threads: one OpenMP pool for everything. Results never depend on their number.
//
//   parallel_for(n, [&](std::int64_t begin, std::int64_t end) { ... });          // cheap elements
//   parallel_for(images, 1, [&](std::int64_t begin, std::int64_t end) { ... });  // each one is worth a
//   thread
//
// Reductions must not split their sums by thread: give each piece of fixed size its own partial result.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace ramie {

// Threads that kernels started from this thread use. 0: one for each processor that the process may run on.
void set_threads(int n);
int threads();

namespace kernels {

// Work on fewer than this many cheap elements stays on the calling thread: a fork and join costs about as
// much.
inline constexpr std::int64_t default_grain = 16384;

// Calls f(begin, end) for disjoint pieces of [0, n), at most one for each thread and each `grain` elements. f
// must not throw.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, const F& f) {
  const std::int64_t pieces = std::min<std::int64_t>(omp_get_max_threads(), (n + grain - 1) / grain);
  if (pieces <= 1 || omp_in_parallel()) {
    if (n > 0) f(std::int64_t{0}, n);
    return;
  }
#pragma omp parallel num_threads(static_cast <int>(pieces))
  {
    // The team may be smaller than asked for.
    const std::int64_t t = omp_get_thread_num(), team = omp_get_num_threads();
    const std::int64_t begin = n * t / team, end = n * (t + 1) / team;
    if (begin < end) f(begin, end);
  }
}
template <class F>
void parallel_for(std::int64_t n, const F& f) {
  parallel_for(n, default_grain, f);
}

}  // namespace kernels
}  // namespace ramie
