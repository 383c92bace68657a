#include <ramie/tensor/ops/fused_plan.h>

#include <algorithm>
#include <new>

#include <ramie/tensor/cpu/feed.h>

namespace ramie::kernels {

struct FusedPlan::Frame {
  Source slot[max_slots];
  alignas(64) std::byte memory[register_bytes + max_slots * single_bytes];
};

void FusedPlan::place(Frame& frame, std::int64_t begin, std::byte* const* y, const View* x) const {
  Source* s = frame.slot;
  for (const auto& n : numbers_) *s++ = {n.bytes, 0};
  for (const Port& p : inputs_) *s++ = {x[p.index].data + begin * p.bytes, p.bytes ? 1 : 0};
  s += feeds_.size();
  for (const Port& p : results_) *s++ = {y[p.index], 1};
  std::byte* m = frame.memory;
  for (std::size_t i = 0; i < registers_; ++i, m += spacing_) *s++ = {m, 1};
  for (std::size_t i = 0; i < singles_; ++i, m += single_bytes) *s++ = {m, 0};
}

void FusedPlan::run_calls(Frame& frame, std::int64_t n) const {
  const Source* slot = frame.slot;
  for (const Call& c : calls_) {
    auto* y = const_cast<std::byte*>(slot[c.to].data);  // a register or a result
    Source x[] = {slot[c.from[0]], slot[c.from[1]], slot[c.from[2]]};
    const std::int64_t count = c.once ? 1 : n;
    if (count == 1)  // a vector of zeros behind one value is often computed faster than one of equal values
      for (Source& s : x) s.step = 1;
    c.loop ? c.loop(count, y, x) : c.convert(count, y, x[0].data, x[0].step);
  }
}

void FusedPlan::advance(Frame& frame, std::int64_t n) const {
  for (const Port& p : inputs_) frame.slot[p.slot].data += n * p.bytes;
  for (const Port& p : results_) frame.slot[p.slot].data += n * p.bytes;
}

void FusedPlan::run_tiles(Frame& frame, std::int64_t n) const {
  for (; n > tile_; n -= tile_, advance(frame, tile_)) run_calls(frame, tile_);
  run_calls(frame, n);
}

// Out of line: the feeds have tiles of their own, for which the others need no stack.
[[gnu::noinline]] void FusedPlan::run_with_feeds(Frame& frame, std::int64_t begin, std::int64_t end,
                                                 const View* x) const {
  alignas(Feed) std::byte memory[Chain::max_inputs * sizeof(Feed)];
  Feed* const feed = reinterpret_cast<Feed*>(memory);
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    const View& v = x[feeds_[i].index];
    ::new (feed + i) Feed(v, begin, v.layout->dtype, tile_);
  }
  for (std::int64_t n; begin < end; begin += n, advance(frame, n)) {
    n = std::min(tile_, end - begin);
    for (std::size_t i = 0; i < feeds_.size(); ++i) n = feed[i].limit(n);
    for (std::size_t i = 0; i < feeds_.size(); ++i) frame.slot[feeds_[i].slot] = feed[i].next(n);
    run_calls(frame, n);
  }
}

void FusedPlan::run(std::int64_t begin, std::int64_t end, std::byte* const* y, const View* x) const noexcept {
  Frame frame;
  place(frame, begin, y, x);
  if (feeds_.empty())
    run_tiles(frame, end - begin);
  else
    run_with_feeds(frame, begin, end, x);
}

}  // namespace ramie::kernels
