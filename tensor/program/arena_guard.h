// In sanitizer builds, a program's arena is poisoned wherever no buffer is in use: a kernel that reads a
// buffer after its time, or beyond its end, is found as in any other memory. Otherwise this is nothing.
#pragma once

#include <vector>

#include <ramie/tensor/pool.h>
#include <ramie/tensor/program/memory.h>

namespace ramie {

#ifdef RAMIE_POISONS_POOL
class ArenaGuard {
 public:
  ArenaGuard(const Program& p, std::byte* arena) : arena_(arena) {
    if (!p.memory || p.device != cpu()) return;
    bytes_ = p.memory->arena;
    opened_.resize(p.steps.size());
    closed_.resize(p.steps.size());
    find_regions(p);
  }
  void start() const { detail::poison(arena_, bytes_); }
  void before(std::size_t step) const {
    if (bytes_) open(opened_[step]);
  }
  void after(std::size_t step) const {
    if (!bytes_) return;
    for (auto& r : closed_[step]) detail::poison(arena_ + r.offset, r.bytes);
    for (auto& r : opened_[step])
      if (!r.only_here) detail::unpoison(arena_ + r.offset, r.bytes);  // it may lie over what was just closed
  }

 private:
  struct Region {
    std::size_t offset, bytes;
    bool only_here;  // in use during this step alone
  };
  void open(const std::vector<Region>& regions) const {
    for (auto& r : regions) detail::unpoison(arena_ + r.offset, r.bytes);
  }
  void find_regions(const Program& p) {
    const std::vector<Life> lives = find_lives(p);
    const std::vector<bool> kept = find_kept(p);
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      for (auto& o : p.steps[i].out) {
        if (kept[o.buffer]) continue;
        const auto last = static_cast<std::size_t>(lives[o.buffer].last);
        const Region r{p.memory->offset[o.buffer], p.buffers[o.buffer].bytes, last == i};
        opened_[i].push_back(r);
        closed_[last].push_back(r);
      }
      const Region scratch{p.memory->workspace[i], p.steps[i].launch.workspace, true};
      opened_[i].push_back(scratch);
      closed_[i].push_back(scratch);
    }
  }
  std::byte* arena_;
  std::size_t bytes_ = 0;
  std::vector<std::vector<Region>> opened_, closed_;
};
#else
class ArenaGuard {
 public:
  ArenaGuard(const Program&, std::byte*) {}
  void start() const {}
  void before(std::size_t) const {}
  void after(std::size_t) const {}
};
#endif

}  // namespace ramie
