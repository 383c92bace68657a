#include <ramie/tensor/cuda/radix_sort.h>

#include <algorithm>
#include <utility>

#include <ramie/tensor/cuda/block.h>

namespace ramie::kernels {
namespace {

constexpr int digits = 256, digit_bits = 8, warps = block_threads / warp_threads;
static_assert(digits == block_threads);  // a thread for each digit

// A warp has `steps` times 32 neighbours, a block its warps' in turn.
struct Digits {
  std::int64_t n;
  unsigned steps;
  int shift;

  __device__ unsigned of(std::uint32_t key) const { return key >> shift & (digits - 1); }
  __device__ std::int64_t first() const {  // this thread's first element; the next is 32 further on
    const std::int64_t warp = static_cast<std::int64_t>(blockIdx.x) * warps + threadIdx.x / warp_threads;
    return warp * steps * warp_threads + threadIdx.x % warp_threads;
  }
};

// counts[digit][block]: how often a block has a digit.
__global__ void __launch_bounds__(block_threads)
    count_digits(std::uint32_t* __restrict__ counts, const std::uint32_t* __restrict__ keys, Digits d) {
  auto& count = shared<unsigned[digits], struct BlockCounts>();
  count[threadIdx.x] = 0;
  __syncthreads();
  std::int64_t i = d.first();
  for (unsigned s = 0; s < d.steps && i < d.n; ++s, i += warp_threads) atomicAdd(&count[d.of(keys[i])], 1u);
  __syncthreads();
  counts[threadIdx.x * gridDim.x + blockIdx.x] = count[threadIdx.x];
}

// A warp for each digit: its counts become those in the blocks before, and its total goes to totals[digit].
__global__ void __launch_bounds__(block_threads)
    sum_counts(std::uint32_t* __restrict__ counts, std::uint32_t* __restrict__ totals, unsigned blocks) {
  const unsigned digit = static_cast<unsigned>(global_thread()) / warp_threads,
                 lane = threadIdx.x % warp_threads;
  std::uint32_t total = 0;
  for (unsigned b = lane; b - lane < blocks; b += warp_threads) {
    std::uint32_t* at = counts + digit * blocks + b;
    const std::uint32_t count = b < blocks ? *at : 0, running = warp_scan(count);
    if (b < blocks) *at = total + running - count;
    total += __shfl_sync(full_mask, running, warp_threads - 1);
  }
  if (lane == 0) totals[digit] = total;
}

// start[warp][digit]: where the warp's first pair of this digit goes.
using Starts = unsigned[warps][digits];

__device__ void find_starts(Starts& start, const std::uint32_t* counts, const std::uint32_t* totals,
                            const std::uint32_t* keys, const Digits& d) {
  const unsigned t = threadIdx.x, warp = t / warp_threads;
  for (int w = 0; w < warps; ++w) start[w][t] = 0;
  __syncthreads();
  std::int64_t i = d.first();
  for (unsigned s = 0; s < d.steps && i < d.n; ++s, i += warp_threads)
    atomicAdd(&start[warp][d.of(keys[i])], 1u);
  unsigned all;
  unsigned next = scan_threads<block_threads>(totals[t], all) + counts[t * gridDim.x + blockIdx.x];
  for (int w = 0; w < warps; ++w) next += std::exchange(start[w][t], next);
  __syncthreads();
}

__global__ void __launch_bounds__(block_threads)
    move_pairs(RadixSort::Pairs to, RadixSort::Pairs from, const std::uint32_t* __restrict__ counts,
               const std::uint32_t* __restrict__ totals, Digits d) {
  auto& start = shared<Starts, struct DigitStarts>();
  find_starts(start, counts, totals, from.keys, d);
  const unsigned warp = threadIdx.x / warp_threads, lane = threadIdx.x % warp_threads;
  std::int64_t i = d.first();
  for (unsigned s = 0; s < d.steps; ++s, i += warp_threads) {
    const bool mine = i < d.n;
    const std::uint32_t key = mine ? from.keys[i] : 0;
    const unsigned digit = mine ? d.of(key) : digits;
    const unsigned same = __match_any_sync(full_mask, digit), before = same & ((1u << lane) - 1);
    const unsigned at = mine ? start[warp][digit] + static_cast<unsigned>(__popc(before)) : 0;
    __syncwarp();
    if (mine && before == 0) start[warp][digit] += static_cast<unsigned>(__popc(same));
    __syncwarp();
    if (mine) to.keys[at] = key, to.values[at] = from.values[i];
  }
}

std::uint32_t* carve(std::byte* base, std::size_t& offset, std::int64_t count) {
  auto* p = reinterpret_cast<std::uint32_t*>(base + offset);
  offset += (static_cast<std::size_t>(count) * sizeof(std::uint32_t) + 255) / 256 * 256;
  return p;
}

}  // namespace

RadixSort::RadixSort(std::int64_t n, std::byte* workspace)
    : n_(n),
      steps_(static_cast<unsigned>(std::max<std::int64_t>(4, ceil_divide(n, most_blocks * block_threads)))) {
  blocks_ = blocks_for(n, std::int64_t{block_threads} * steps_);
  for (std::uint32_t** p : {&pairs.keys, &pairs.values, &other_.keys, &other_.values})
    *p = carve(workspace, bytes_, n);
  counts_ = carve(workspace, bytes_, digits * (std::int64_t{blocks_} + 1));
}

void RadixSort::run(Cuda cuda, int bits) {
  if (n_ == 0) return;
  std::uint32_t* totals = counts_ + digits * blocks_;
  for (int shift = 0; shift < bits; shift += digit_bits) {
    const Digits d{n_, steps_, shift};
    launch_kernel(count_digits, blocks_, block_threads, 0, cuda, counts_, pairs.keys, d);
    launch_kernel(sum_counts, digits / warps, block_threads, 0, cuda, counts_, totals, blocks_);
    launch_kernel(move_pairs, blocks_, block_threads, 0, cuda, other_, pairs, counts_, totals, d);
    std::swap(pairs, other_);
  }
}

}  // namespace ramie::kernels
