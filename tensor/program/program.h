// A program: the launches of a function, written down as data in the order in which they ran. Passes rewrite
// it (passes.h), an Executable runs it (executable.h), and a course can look into it:
//
//   Program program = record([&](const auto& x) { return std::vector{relu(x[0] * 2)}; }, {x});
//   std::cout << program;         // a:float32[3] -> ...
//   run(program, {y});
//
// Every buffer is written by at most one step, before anybody reads it. A view is no step: what a step reads
// and writes is a layout somewhere in a buffer.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ramie/tensor/launch.h>

namespace ramie {

// Where everything lies while a program runs (memory.h computes it).
struct MemoryPlan {
  std::vector<std::size_t> offset;     // of each buffer in the arena, if it lies there
  std::vector<std::size_t> workspace;  // of each step's scratch
  std::size_t arena = 0;               // bytes
  std::size_t alive = 0;               // the largest number of bytes in use at one time
};

struct Program {
  enum class Kind : std::uint8_t { temporary, constant, argument, state };
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct Buffer {
    Kind kind = Kind::temporary;
    std::size_t bytes = 0;
    Tensor value = {};  // a constant's; it begins where the buffer does
    int number = -1;    // which argument or state it is
  };
  struct Operand {
    std::uint32_t buffer = none;  // none: an undefined Tensor
    std::ptrdiff_t offset = 0;    // in bytes
    Layout layout = {};
    // All of a buffer, in order.
    bool whole(const Program& p) const {
      return offset == 0 && layout.dense && layout.bytes() == p.buffers[buffer].bytes;
    }
  };
  struct Step {
    Launch launch;
    std::vector<Operand> out, in;
    std::vector<int> over = {};  // output i is written over input over[i]; empty or -1: over none
  };
  // A variable that the function has read or assigned. Cells that were found in its arguments are given anew
  // for each run; the others are those that were there at recording time.
  struct State {
    std::weak_ptr<Cell> cell;
    int slot = -1;        // which of the arguments' cells; -1: none
    Operand before = {};  // its value at the start
    Operand after = {};   // and at the end
    bool assigned = false;
  };

  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<Operand> arguments, results;
  std::vector<State> states;
  std::optional<MemoryPlan> memory;  // without one every buffer has its own place
  Device device;

  // Calls f(operand) for everything that must be there at the end: results and new states.
  template <class F>
  void for_each_kept(const F& f) {
    for (auto& r : results) f(r);
    for (auto& s : states)
      if (s.assigned) f(s.after);
  }
  template <class F>
  void for_each_kept(const F& f) const {
    const_cast<Program*>(this)->for_each_kept([&](const Operand& o) { f(o); });
  }
};

// What running it once costs, by the kernels' own account.
struct Cost {
  std::size_t launches = 0;
  double flops = 0, bytes = 0;  // bytes read and written by the launches
};
Cost cost(const Program& program);

// A listing like a jaxpr, and its head line: launches, FLOPs, bytes, memory.
std::string str(const Program& program);
std::ostream& operator<<(std::ostream& out, const Program& program);
void print(const Program& program);  // to standard output

// The program as a drawing of steps and buffers: for graphviz, or as it is.
std::string to_dot(const Program& program);
std::string to_svg(const Program& program);
// Writes one or the other, by the path's ending. Throws if the file cannot be written.
void draw(const Program& program, const std::string& path);

}  // namespace ramie
