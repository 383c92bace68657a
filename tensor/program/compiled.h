// A recorded function ready for calls from any thread, and a cache of those.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <ramie/tensor/program/executable.h>
#include <ramie/tensor/program/key.h>
#include <ramie/tensor/program/passes.h>

namespace ramie {

class Compiled {
 public:
  Compiled(Program recorded, const std::vector<Pass>& passes);

  // Whether its variables still have the layouts with which it was recorded. `cells` are those of the call's
  // arguments. Throws if a variable is gone.
  bool accepts(std::span<Cell* const> cells) const;
  // On an Executable that no other thread is using. Two threads may not change the same variable at a time.
  void run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells, std::span<Tensor> results);
  std::size_t results() const { return program_->results.size(); }

  // Of all threads' runs together.
  GraphStatistics graph() const;

  const Program& recorded() const { return recorded_; }  // before all passes
  const Program& program() const { return *program_; }

 private:
  struct Running {
    std::unique_ptr<Executable> executable;
    std::vector<Cell*> cells;                   // one for each state
    std::vector<std::shared_ptr<Cell>> locked;  // those that are no argument's
  };
  class Turn;
  void find_cells(Running& r, std::span<Cell* const> cells) const;
  std::unique_ptr<Running> begin(std::span<Cell* const> cells);
  void end(std::unique_ptr<Running> r) noexcept;
  void check_alone(const Running& r) const;

  Program recorded_;
  std::shared_ptr<const Program> program_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Running>> idle_;
  std::vector<const Running*> busy_;
};

struct JitStatistics {
  std::uint64_t recordings = 0;  // calls that recorded a program
  std::uint64_t replays = 0;     // calls that ran one
  std::uint64_t eager = 0;  // calls that ran the function itself: inside of another jit, under DisableJit, or
                            // where a gradient from outside leads through
  std::uint64_t evictions = 0;  // programs that were dropped for newer ones
};

class JitCache {
 public:
  JitCache(std::vector<Pass> passes, std::size_t limit) : passes_(std::move(passes)), limit_(limit) {}
  struct Entry {
    Key key;
    std::vector<std::uint32_t> ties;       // for each of the arguments' cells, where it came first
    std::vector<Cell*> cells;              // those of the last call
    std::shared_ptr<Compiled> compiled;    // null: such calls are not replayed
    std::shared_ptr<const void> skeleton;  // the function's result without its tensors
    std::uint64_t used = 0;
  };
  std::shared_ptr<Entry> find(const Key& key, std::span<Cell* const> cells);
  void add(const Key& key, std::span<Cell* const> cells, std::optional<Program> program,
           std::shared_ptr<const void> skeleton);
  void count_eager();
  JitStatistics statistics() const;
  std::size_t size() const;
  void clear();
  // Of the newest call. Throws if there was none.
  std::shared_ptr<const Compiled> latest() const;

 private:
  const std::vector<Pass> passes_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Entry>> entries_;
  std::shared_ptr<Entry> latest_;
  std::uint64_t clock_ = 0;
  static bool fits(Entry& entry, const Key& key, std::span<Cell* const> cells);
  JitStatistics statistics_;
};

}  // namespace ramie
