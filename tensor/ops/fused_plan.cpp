#include <ramie/tensor/ops/fused_plan.h>

#include <algorithm>
#include <new>

namespace ramie::kernels {

FusedPlan::Walk::Walk(const FusedPlan& plan, std::int64_t begin, std::byte* const* y, const View* x)
    : plan_(plan) {
  Source* s = slot_;
  for (const auto& n : plan.numbers_) *s++ = {n.bytes, 0};
  for (const Port& p : plan.inputs_) *s++ = {x[p.index].data + begin * p.bytes, p.bytes ? 1 : 0};
  s += plan.feeds_.size();
  for (const Port& p : plan.results_) *s++ = {y[p.index], 1};
  std::byte* m = memory_;
  for (std::size_t i = 0; i < plan.registers_; ++i, m += plan.spacing_) *s++ = {m, 1};
  for (std::size_t i = 0; i < plan.singles_; ++i, m += single_bytes) *s++ = {m, 0};
  if (!plan.feeds_.empty()) set_feeds(begin, x);
}

[[gnu::noinline]] void FusedPlan::Walk::set_feeds(std::int64_t begin, const View* x) {
  for (std::size_t i = 0; i < plan_.feeds_.size(); ++i) {
    const View& v = x[plan_.feeds_[i].index];
    ::new (feed(i)) Feed(v, begin, v.layout->dtype, plan_.tile_);
  }
}

void FusedPlan::Walk::run_calls(std::int64_t n) {
  for (const Call& c : plan_.calls_) {
    auto* y = const_cast<std::byte*>(slot_[c.to].data);  // a register or a result
    Source x[] = {slot_[c.from[0]], slot_[c.from[1]], slot_[c.from[2]]};
    const std::int64_t count = c.once ? 1 : n;
    if (count == 1)  // a vector of zeros behind one value is often computed faster than one of equal values
      for (Source& s : x) s.step = 1;
    c.loop ? c.loop(count, y, x) : c.convert(count, y, x[0].data, x[0].step);
  }
}

void FusedPlan::Walk::advance(std::int64_t n) {
  for (const Port& p : plan_.inputs_) slot_[p.slot].data += n * p.bytes;
  for (const Port& p : plan_.results_) slot_[p.slot].data += n * p.bytes;
}

void FusedPlan::Walk::run(std::int64_t n) {
  if (!plan_.feeds_.empty()) return run_with_feeds(n);
  for (std::int64_t k; n > 0; n -= k, advance(k)) run_calls(k = std::min(n, plan_.tile_));
}

void FusedPlan::Walk::run_with_feeds(std::int64_t n) {
  for (std::int64_t k; n > 0; n -= k, advance(k)) {
    k = std::min(n, plan_.tile_);
    for (std::size_t i = 0; i < plan_.feeds_.size(); ++i) k = feed(i)->limit(k);
    for (std::size_t i = 0; i < plan_.feeds_.size(); ++i) slot_[plan_.feeds_[i].slot] = feed(i)->next(k);
    run_calls(k);
  }
}

void FusedPlan::run(std::int64_t begin, std::int64_t end, std::byte* const* y, const View* x) const noexcept {
  Walk(*this, begin, y, x).run(end - begin);
}

}  // namespace ramie::kernels
