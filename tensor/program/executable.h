// A program that is ready to run: its memory is there and every pointer is known but those of arguments,
// states and results. A run costs a call for each launch and a few comparisons for each of those.
//
//   Executable ready(std::make_shared<const Program>(program));
//   ready.run(arguments, cells, results);
//
// One Executable runs on one thread at a time; several may share their program. On a GPU it becomes one CUDA
// graph (cuda/graph.h).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ramie/tensor/program/arena_guard.h>
#include <ramie/tensor/program/program.h>

namespace ramie {

namespace gpu {
class GraphRunner;
}

struct GraphStatistics {
  std::uint64_t captures = 0;  // graphs that were made
  std::uint64_t launches = 0;  // runs that were the launch of a graph
  std::string why_none;        // why runs go launch by launch; empty: they do not
};

class Executable {
 public:
  explicit Executable(std::shared_ptr<const Program> program);
  ~Executable();

  // Arguments must have the program's layouts, as must the values of the cells, one for each state. Fills one
  // Tensor for each result and stores the new states; if it throws, they are as before. A state's old value
  // is written over only where nobody else holds it.
  void run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells, std::span<Tensor> results);
  const Program& program() const { return *program_; }
  GraphStatistics graph() const;

 private:
  friend class gpu::GraphRunner;
  struct Call {
    Runner run;
    const void* kernel;
    std::byte* workspace;
    View *out, *in;
  };
  struct Use {  // where a buffer's address stands
    View* view;
    std::ptrdiff_t offset;
  };
  struct Place {
    std::byte* data = nullptr;
    std::uint32_t first = 0, last = 0;  // its uses
  };
  struct Fresh {  // a buffer that somebody outside will hold
    std::uint32_t buffer;
    Layout layout;
    int over = -1;       // the state whose old value it may be written over
    Tensor tensor = {};  // undefined while it is written there
  };
  struct Dropped {  // lets go of them at the end of a run, also after an exception
    std::vector<Fresh>& fresh;
    ~Dropped() {
      for (auto& f : fresh) f.tensor = Tensor();
    }
  };
  void find_fresh();
  void allocate();
  void allocate_all();
  void bind_views();
  void place(std::uint32_t buffer, std::byte* data);
  void take_fresh(std::span<Cell* const> cells);
  int find_in_place(std::size_t state) const;
  bool stays(std::size_t state) const;
  void launch_all() const;
  void run_launches(std::span<const Tensor* const> arguments, std::span<Cell* const> cells,
                    std::span<Tensor> results);
  Tensor tensor_at(const Program::Operand& o, std::span<const Tensor* const> arguments,
                   std::span<Cell* const> cells) const;

  std::shared_ptr<const Program> program_;
  std::vector<View> views_;
  std::vector<Use> uses_;
  std::vector<Place> places_;
  std::vector<Call> calls_;
  std::vector<Fresh> fresh_;
  std::vector<int> in_place_;  // of each state
  std::vector<int> fresh_of_;  // of each buffer; -1: none
  Tensor arena_;
  std::optional<ArenaGuard> guard_;
  std::vector<Tensor> own_;     // places of temporaries where there is no plan
  std::vector<Tensor> states_;  // new values, before they are stored
#if RAMIE_CUDA
  std::unique_ptr<gpu::GraphRunner> graph_;
#endif
};

}  // namespace ramie
