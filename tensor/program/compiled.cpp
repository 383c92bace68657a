#include <ramie/tensor/program/compiled.h>

#include <algorithm>
#include <unordered_map>

#include <ramie/tensor/error.h>

namespace ramie {

Compiled::Compiled(Program recorded, const std::vector<Pass>& passes) : recorded_(std::move(recorded)) {
  Program program = recorded_;
  run_passes(program, passes);
  program_ = std::make_shared<const Program>(std::move(program));
}

bool Compiled::accepts(std::span<Cell* const> cells) const {
  for (auto& s : program_->states) {
    const auto own = s.slot < 0 ? s.cell.lock() : nullptr;
    const Cell* cell = s.slot < 0 ? own.get() : cells[static_cast<std::size_t>(s.slot)];
    if (!cell)
      fail("jit",
           "a variable that the function has used is gone: keep the model that it belongs to, or pass "
           "it as an argument.");
    const bool defined = s.before.buffer != Program::none;
    if (defined != static_cast<bool>(cell->value)) return false;
    if (defined && (cell->value.layout() != s.before.layout || cell->value.device() != program_->device))
      return false;
  }
  return true;
}

void Compiled::find_cells(Running& r, std::span<Cell* const> cells) const {
  r.locked.clear();
  r.cells.clear();
  for (auto& s : program_->states) {
    if (s.slot < 0) r.locked.push_back(s.cell.lock());
    r.cells.push_back(s.slot < 0 ? r.locked.back().get() : cells[static_cast<std::size_t>(s.slot)]);
  }
}

void Compiled::check_alone(const Running& r) const {
  for (auto* other : busy_)
    for (std::size_t i = 0; i < r.cells.size(); ++i)
      if (program_->states[i].assigned && r.cells[i] == other->cells[i])
        fail("jit",
             "another thread is running this function on the same variables, which it changes: let one "
             "thread train a model, or give each its own (nn::clone).");
}

std::unique_ptr<Compiled::Running> Compiled::begin(std::span<Cell* const> cells) {
  std::unique_lock lock(mutex_);
  if (idle_.empty()) {
    lock.unlock();
    auto made = std::make_unique<Running>(Running{std::make_unique<Executable>(program_), {}, {}});
    lock.lock();
    idle_.push_back(std::move(made));
  }
  std::unique_ptr<Running> r = std::move(idle_.back());
  idle_.pop_back();
  find_cells(*r, cells);
  if (!busy_.empty()) check_alone(*r);
  busy_.push_back(r.get());
  return r;
}
void Compiled::end(std::unique_ptr<Running> r) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(busy_, r.get());
  idle_.push_back(std::move(r));
}

class Compiled::Turn {
 public:
  Turn(Compiled& c, std::span<Cell* const> cells) : compiled_(c), running_(c.begin(cells)) {}
  ~Turn() { compiled_.end(std::move(running_)); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Running& operator*() { return *running_; }

 private:
  Compiled& compiled_;
  std::unique_ptr<Running> running_;
};

void Compiled::run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells,
                   std::span<Tensor> results) {
  Turn turn(*this, cells);
  (*turn).executable->run(arguments, (*turn).cells, results);
}

GraphStatistics Compiled::graph() const {
  GraphStatistics sum;
  const std::lock_guard lock(mutex_);
  for (auto& r : idle_) {
    const GraphStatistics one = r->executable->graph();
    sum.captures += one.captures;
    sum.launches += one.launches;
    if (sum.why_none.empty()) sum.why_none = one.why_none;
  }
  return sum;
}

// ---- the cache -------------------------------------------------------------------------------------------

namespace {

std::vector<std::uint32_t> find_ties(std::span<Cell* const> cells) {
  std::unordered_map<const Cell*, std::uint32_t> first;
  std::vector<std::uint32_t> ties;
  for (auto* c : cells)
    ties.push_back(first.try_emplace(c, static_cast<std::uint32_t>(ties.size())).first->second);
  return ties;
}

}  // namespace

bool JitCache::fits(Entry& e, const Key& key, std::span<Cell* const> cells) {
  if (!(e.key == key)) return false;
  if (!std::equal(cells.begin(), cells.end(), e.cells.begin(), e.cells.end())) {
    if (find_ties(cells) != e.ties) return false;
    e.cells.assign(cells.begin(), cells.end());
  }
  return !e.compiled || e.compiled->accepts(cells);
}

std::shared_ptr<JitCache::Entry> JitCache::find(const Key& key, std::span<Cell* const> cells) {
  const std::lock_guard lock(mutex_);
  if (!latest_ || !fits(*latest_, key, cells)) {
    const auto at =
        std::find_if(entries_.begin(), entries_.end(), [&](auto& e) { return fits(*e, key, cells); });
    if (at == entries_.end()) return nullptr;
    latest_ = *at;
  }
  latest_->used = ++clock_;
  ++(latest_->compiled ? statistics_.replays : statistics_.eager);
  return latest_;
}

void JitCache::add(const Key& key, std::span<Cell* const> cells, std::optional<Program> program,
                   std::shared_ptr<const void> skeleton) {
  auto entry = std::make_shared<Entry>();
  entry->key = key;
  entry->ties = find_ties(cells);
  entry->cells.assign(cells.begin(), cells.end());
  entry->skeleton = std::move(skeleton);
  if (program) entry->compiled = std::make_shared<Compiled>(std::move(*program), passes_);
  const std::lock_guard lock(mutex_);
  ++(program ? statistics_.recordings : statistics_.eager);
  if (entries_.size() >= limit_) {
    const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                         [](auto& a, auto& b) { return a->used < b->used; });
    if (oldest != entries_.end()) entries_.erase(oldest);
    ++statistics_.evictions;
  }
  entry->used = ++clock_;
  entries_.push_back(entry);
  latest_ = std::move(entry);
}

void JitCache::count_eager() {
  const std::lock_guard lock(mutex_);
  ++statistics_.eager;
}
JitStatistics JitCache::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}
std::size_t JitCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}
void JitCache::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  latest_.reset();
}
std::shared_ptr<const Compiled> JitCache::latest() const {
  const std::lock_guard lock(mutex_);
  if (!latest_ || !latest_->compiled)
    fail("jit", "there is no program yet: it is recorded by the function's first call.");
  return latest_->compiled;
}

}  // namespace ramie
