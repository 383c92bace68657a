// A program on a GPU as one CUDA graph: a run is one launch, beside copies of its arguments and results.
//
// The graph knows the addresses with which it was captured. Arguments and variables are used where they lie;
// one that lies elsewhere in the next run, or is held by somebody else so that it must not be written over,
// makes the program captured anew, and if that happens soon again it gets a place of its own, to and from
// which it is copied. Results always are copies, so that whoever holds one of step k keeps it.
//
// The first run goes launch by launch, since kernels are loaded then, which must not happen in a capture; so
// do all runs where a kernel cannot be captured, or with RAMIE_CUDA_GRAPHS=0.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <ramie/tensor/program/executable.h>

struct CUgraphExec_st;

namespace ramie::gpu {

class Order;

class GraphRunner {
 public:
  explicit GraphRunner(Executable& executable);
  ~GraphRunner();
  GraphRunner(const GraphRunner&) = delete;
  GraphRunner& operator=(const GraphRunner&) = delete;

  void run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells, std::span<Tensor> results);
  const GraphStatistics& statistics() const { return statistics_; }

 private:
  struct Given {
    std::span<const Tensor* const> arguments;
    std::span<Cell* const> cells;
  };
  struct Slot {  // an argument or a variable that the graph reads or writes
    std::uint32_t buffer;
    std::size_t number;  // of the argument or the state
    bool state;
    bool written;                // the new value replaces the old one where it lies
    std::int64_t low, high;      // the bytes that it spans, from its first element
    std::byte* bound = nullptr;  // its address as the graph knows it
    Tensor own = {};             // its own place, once it has moved too often
    Tensor next = {};            // what the variable gets of that place
    int moves = 0;
  };
  struct Output {  // what the graph leaves
    std::uint32_t buffer;
    Layout layout;
    int slot;            // of the variable in whose place it lies, or, if it is staged, lay; -1: none
    bool staged;         // a variable's old value, saved before it is replaced
    bool given = false;  // the caller gets a copy
    Tensor place = {}, copy = {};
  };
  struct Replacement {  // of a variable's value, at the end of the graph
    Program::Operand by;
    std::size_t slot;
  };
  struct Copies;

  bool replaces(const Program::State& s) const;
  void add_slots();
  void add_slot(const Program::Operand& o, std::size_t number, bool state, bool written);
  void add_outputs();
  int add_output(Output output);
  int output_at(const Program::Operand& o);

  const Tensor& value_of(const Slot& s, const Given& given) const;
  std::byte* address_of(const Output& o) const;
  Tensor empty_at_home(const Layout& layout) const;
  bool fits(const Slot& s, const Given& given) const;
  bool rebind(Slot& s, const Given& given);
  bool bind(const Given& given);
  bool capture();
  void save_and_replace(CUstream_st* stream) const;

  void wait(Order& order, const Given& given) const;
  void launch(CUstream_st* stream, const Given& given);
  Tensor tensor_at(const Program::Operand& o, const Given& given) const;
  void give(const Given& given, std::span<Tensor> results);

  Executable& executable_;
  const Program& program_;
  const int device_;
  CUstream_st* const home_;  // its memory belongs to this stream
  std::vector<Slot> slots_;
  std::vector<int> slot_of_;  // of each state; -1: none
  std::vector<Output> outputs_;
  std::vector<int> output_of_;  // of each buffer; -1: none
  std::vector<Replacement> replacements_;
  std::vector<Tensor> new_states_;
  CUgraphExec_st* graph_ = nullptr;
  bool bound_ = false;  // the graph knows the slots' addresses
  std::uint64_t runs_ = 0, captured_at_ = 0;
  GraphStatistics statistics_;
};

}  // namespace ramie::gpu
