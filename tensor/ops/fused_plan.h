// How the CPU runs a chain: a list of calls that work on slots, on one tile after the other. A slot is where
// an operand of a call lies: a number, an input, a result, or a register, which is a tile of a value's
// elements in the nearest cache.
//
//   FusedPlan plan(chain);
//   plan.run(begin, end, y, x);  // y[i]: where element `begin` of result i goes
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ramie/tensor/cpu/feed.h>
#include <ramie/tensor/ops/fused.h>

namespace ramie::kernels {

class FusedPlan {
 public:
  static constexpr std::int64_t longest_tile = 2048, shortest_tile = 64;
  static constexpr std::size_t cache_bytes = 3 << 13;  // of the first-level cache, for a tile of everything
  // Tiles must not lie a multiple of 4096 bytes apart: the processor takes a load for one of the bytes just
  // stored.
  static constexpr std::size_t apart = 192;
  static constexpr std::size_t register_bytes = 3 << 14, single_bytes = 16, max_slots = 512;

  explicit FusedPlan(const Chain& chain);
  class Walk;
  void run(std::int64_t begin, std::int64_t end, std::byte* const* y, const View* x) const noexcept;
  // How many elements are worth a thread.
  std::int64_t grain() const { return grain_; }
  // Bit i: the result may be written over input i.
  std::uint32_t donors(std::size_t result) const { return donors_[result]; }

 private:
  friend class FusedPlanner;
  struct Call {
    Loop loop;  // null: a conversion
    Convert convert;
    std::uint16_t to, from[most_operands];
    bool once;  // of one value, which stands for all elements
  };
  struct Port {  // the slot of an input or a result
    std::uint16_t slot, index;
    std::int64_t bytes;  // from one element to the next: 0 where an input is one value
  };
  std::vector<Call> calls_;
  std::vector<Operands::Number> numbers_;       // slots 0 and on
  std::vector<Port> inputs_, feeds_, results_;  // then the inputs, and so on
  // Then the registers, and those of one value.
  std::size_t registers_ = 0, singles_ = 0, spacing_ = 0;
  std::int64_t tile_ = longest_tile, grain_ = 1;
  std::vector<std::uint32_t> donors_;
};

// A run that pauses.
//
//   FusedPlan::Walk walk(plan, begin, y, x);
//   walk.run(100), walk.place(0, elsewhere), walk.run(200);
class FusedPlan::Walk {
 public:
  Walk(const FusedPlan& plan, std::int64_t begin, std::byte* const* y, const View* x);
  void run(std::int64_t n);  // the next n elements
  // The next elements of a result go there.
  void place(std::size_t result, std::byte* y) { slot_[plan_.results_[result].slot].data = y; }

 private:
  void set_feeds(std::int64_t begin, const View* x);
  void run_with_feeds(std::int64_t n);
  void run_calls(std::int64_t n);
  void advance(std::int64_t n);
  Feed* feed(std::size_t i) { return reinterpret_cast<Feed*>(feeds_) + i; }

  const FusedPlan& plan_;
  Source slot_[max_slots];
  alignas(64) std::byte memory_[register_bytes + max_slots * single_bytes];
  alignas(Feed) std::byte feeds_[Chain::max_inputs * sizeof(Feed)];
};

}  // namespace ramie::kernels
