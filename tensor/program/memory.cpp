#include <ramie/tensor/program/memory.h>

#include <algorithm>
#include <map>

namespace ramie {
namespace {

std::size_t rounded(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + arena_alignment - 1) / arena_alignment * arena_alignment;
}

// Something that needs a place from step `first` to step `last`.
struct Block {
  std::size_t bytes;
  int first, last;
  std::size_t* offset;
  std::vector<std::uint32_t> shared = {};  // buffers that lie in it one after the other
};

// Free places of the arena, and its end.
class Gaps {
 public:
  std::size_t take(std::size_t bytes) {  // the smallest gap that fits
    auto best = gaps_.end();
    for (auto g = gaps_.begin(); g != gaps_.end(); ++g)
      if (g->second >= bytes && (best == gaps_.end() || g->second < best->second)) best = g;
    if (best == gaps_.end()) return grow(bytes);
    const auto [offset, length] = *best;
    gaps_.erase(best);
    if (length > bytes) gaps_[offset + bytes] = length - bytes;
    return offset;
  }
  void give(std::size_t offset, std::size_t bytes) {
    auto g = gaps_.emplace(offset, bytes).first;
    if (auto next = std::next(g); next != gaps_.end() && g->first + g->second == next->first) {
      g->second += next->second;
      gaps_.erase(next);
    }
    if (g == gaps_.begin()) return;
    if (auto before = std::prev(g); before->first + before->second == g->first) {
      before->second += g->second;
      gaps_.erase(g);
    }
  }
  std::size_t end() const { return end_; }

 private:
  std::size_t grow(std::size_t bytes) {  // a gap at the very end is part of it
    std::size_t offset = end_;
    if (!gaps_.empty() && gaps_.rbegin()->first + gaps_.rbegin()->second == end_) {
      offset = gaps_.rbegin()->first;
      gaps_.erase(offset);
    }
    end_ = offset + bytes;
    return offset;
  }
  std::map<std::size_t, std::size_t> gaps_;  // offset -> bytes; neighbours are joined
  std::size_t end_ = 0;
};

std::size_t sweep(std::vector<Block>& blocks, std::size_t steps) {
  std::vector<std::vector<Block*>> born(steps), dying(steps);
  for (auto& b : blocks) {
    born[static_cast<std::size_t>(b.first)].push_back(&b);
    dying[static_cast<std::size_t>(b.last)].push_back(&b);
  }
  Gaps gaps;
  for (std::size_t i = 0; i < steps; ++i) {
    std::sort(born[i].begin(), born[i].end(), [](auto* a, auto* b) { return a->bytes > b->bytes; });
    for (auto* b : born[i]) *b->offset = gaps.take(b->bytes);
    for (auto* b : dying[i]) gaps.give(*b->offset, b->bytes);
  }
  return gaps.end();
}

// The largest first, each at the lowest place where it meets nobody of its time. Mostly denser, but the work
// grows with the square of the number of blocks.
std::size_t by_size(std::vector<Block>& blocks) {
  std::vector<Block*> order;
  for (auto& b : blocks) order.push_back(&b);
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->bytes > b->bytes; });
  std::vector<Block*> placed;  // sorted by offset
  std::size_t end = 0;
  for (auto* b : order) {
    std::size_t at = 0;
    for (auto* p : placed) {
      if (p->last < b->first || b->last < p->first) continue;
      if (*p->offset >= at + b->bytes) break;
      at = std::max(at, *p->offset + p->bytes);
    }
    *b->offset = at;
    end = std::max(end, at + b->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), b,
                                   [](auto* x, auto* y) { return *x->offset < *y->offset; }),
                  b);
  }
  return end;
}

std::size_t most_alive(const std::vector<Block>& blocks, std::size_t steps) {
  std::vector<std::ptrdiff_t> change(steps + 1);
  for (auto& b : blocks) {
    change[static_cast<std::size_t>(b.first)] += static_cast<std::ptrdiff_t>(b.bytes);
    change[static_cast<std::size_t>(b.last) + 1] -= static_cast<std::ptrdiff_t>(b.bytes);
  }
  std::ptrdiff_t now = 0, most = 0;
  for (auto c : change) most = std::max(most, now += c);
  return static_cast<std::size_t>(most);
}

// The block that a step's output shares with the input that it is written over; null: it gets its own.
Block* shared_block(const Program& p, const Program::Step& step, std::size_t output,
                    const std::vector<Block*>& block_of) {
  const int from = output < step.over.size() ? step.over[output] : -1;
  if (from < 0) return nullptr;
  const std::uint32_t donor = step.in[static_cast<std::size_t>(from)].buffer;
  return p.buffers[donor].kind == Program::Kind::temporary ? block_of[donor] : nullptr;
}

class Planner {
 public:
  explicit Planner(const Program& p) : program_(p) {
    plan_.offset.assign(p.buffers.size(), 0);
    plan_.workspace.assign(p.steps.size(), 0);
    blocks_.reserve(p.buffers.size() + p.steps.size());
    add_buffers();
    for (std::size_t i = 0; i < p.steps.size(); ++i)
      if (p.steps[i].launch.workspace)
        blocks_.push_back({rounded(p.steps[i].launch.workspace), static_cast<int>(i), static_cast<int>(i),
                           &plan_.workspace[i]});
  }
  MemoryPlan run() {
    plan_.alive = most_alive(blocks_, program_.steps.size());
    place();
    for (auto& b : blocks_)
      for (auto id : b.shared) plan_.offset[id] = *b.offset;
    return std::move(plan_);
  }

 private:
  static constexpr std::size_t most_for_by_size = 4000;

  // Neither way of placing is always the denser one.
  void place() {
    const std::size_t swept = sweep(blocks_, program_.steps.size());
    plan_.arena = swept;
    if (blocks_.size() > most_for_by_size) return;
    std::vector<std::size_t> offsets;
    for (auto& b : blocks_) offsets.push_back(*b.offset);
    plan_.arena = by_size(blocks_);
    if (plan_.arena <= swept) return;
    plan_.arena = swept;
    for (std::size_t i = 0; i < blocks_.size(); ++i) *blocks_[i].offset = offsets[i];
  }

  void add_buffers() {
    const std::vector<Life> lives = find_lives(program_);
    const std::vector<bool> kept = find_kept(program_);
    std::vector<Block*> block_of(program_.buffers.size());
    for (auto& step : program_.steps)
      for (std::size_t k = 0; k < step.out.size(); ++k) {
        const std::uint32_t id = step.out[k].buffer;
        if (kept[id]) continue;
        Block* shared = shared_block(program_, step, k, block_of);
        if (shared) {
          shared->shared.push_back(id);
          shared->last = lives[id].last;
        } else {
          blocks_.push_back(
              {rounded(program_.buffers[id].bytes), lives[id].first, lives[id].last, &plan_.offset[id]});
        }
        block_of[id] = shared ? shared : &blocks_.back();
      }
  }
  const Program& program_;
  MemoryPlan plan_;
  std::vector<Block> blocks_;
};

}  // namespace

std::vector<Life> find_lives(const Program& p) {
  std::vector<Life> lives(p.buffers.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i)
    for (auto* list : {&p.steps[i].out, &p.steps[i].in})
      for (auto& o : *list) {
        if (o.buffer == Program::none) continue;
        Life& life = lives[o.buffer];
        if (life.first < 0) life.first = static_cast<int>(i);
        life.last = static_cast<int>(i);
      }
  return lives;
}

std::vector<bool> find_kept(const Program& p) {
  std::vector<bool> kept(p.buffers.size());
  p.for_each_kept([&](const Program::Operand& o) {
    if (o.buffer != Program::none) kept[o.buffer] = true;
  });
  return kept;
}

MemoryPlan plan_memory(const Program& program) { return Planner(program).run(); }

}  // namespace ramie
