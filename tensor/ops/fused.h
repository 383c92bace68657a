// A chain of elementwise launches as a single one. What it stores is what they would have stored, to the bit:
// only the memory between them is gone.
//
//   // relu(x + row), and its sign; `row` is seen in x's shape, with strides of 0
//   using kernels::Cast, kernels::Elementwise, kernels::Fused;
//   Fused f({.inputs = {x.layout(), row.layout()},
//            .instructions = {{Elementwise(ops::add), {0, 1}, float32},    // value 2 is x + row
//                             {Elementwise(ops::relu), {2}, float32},      // value 3
//                             {Elementwise(ops::sign), {3}, float32}},     // value 4
//            .results = {1, 2},                                            // of the instructions 1 and 2
//            .outputs = {x.layout().compact(), x.layout().compact()}});
//   std::vector<Tensor> y = launch_all(f, {x, row});
//
// On the CPU the loops of all instructions run over one tile after the other, which stays in the nearest
// cache; a GPU gets a kernel of the chain's own, compiled at run time (cuda/fused_source.h), or, where that
// is not possible, the instructions' own kernels one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/cast.h>
#include <ramie/tensor/ops/elementwise.h>

namespace ramie::gpu {
class FusedKernel;
}

namespace ramie::kernels {

// All inputs and values have the same number of elements, in row-major order; their shapes need not be the
// same.
struct Chain {
  struct Instruction {
    std::variant<Elementwise, Cast> kernel;
    std::array<std::uint16_t, most_operands> operands;  // the tensors in their order; see value()
    DType dtype;                                        // of its value
    bool operator==(const Instruction& o) const;        // in the operands that it has
    int tensors() const;
    bool reads(std::size_t value) const;
    const char* name() const;
  };
  static constexpr std::size_t max_inputs = 16, max_instructions = 64;

  std::vector<Layout> inputs;  // of any strides
  std::vector<Instruction> instructions;
  std::vector<std::uint16_t> results;  // the instructions whose values are outputs
  std::vector<Layout> outputs;         // dense

  // Values are numbered through: first the inputs, then the instructions' values.
  std::size_t values() const { return inputs.size() + instructions.size(); }
  DType dtype(std::size_t value) const {
    return value < inputs.size() ? inputs[value].dtype : instructions[value - inputs.size()].dtype;
  }
  std::int64_t size() const { return inputs[0].size; }
  std::string text() const;  // "multiply, add, relu"
  void check() const;        // throws if it is not as said above
  bool operator==(const Chain&) const = default;
};

class FusedPlan;  // a chain made ready for the CPU: all that does not depend on where the operands are

struct Fused {
  static constexpr const char* name = "fused";

  explicit Fused(Chain chain);
  const Chain& chain() const { return chain_; }
  const FusedPlan& plan() const { return *plan_; }
  bool operator==(const Fused& o) const { return chain_ == o.chain_; }
  std::string attributes() const { return chain_.text(); }
  double flops(const Layouts& y, const Layouts& x) const;

  std::vector<Layout> outputs(std::span<const Tensor> x) const;     // x is as chain().inputs
  bool may_overwrite(std::size_t result, std::size_t input) const;  // if no other input is the same buffer
  std::vector<int> donors(std::size_t inputs) const;                // one choice of these
  std::size_t cuda_workspace(std::span<const Tensor> x) const;
  void run(Cpu, const View* y, const View* x) const noexcept;
  void run_piece(std::int64_t begin, std::int64_t end, const View* y, const View* x) const noexcept;
  void run(Cuda cuda, const View* y, const View* x) const;

 private:
  Chain chain_;
  std::shared_ptr<const FusedPlan> plan_;
  std::shared_ptr<const gpu::FusedKernel> gpu_;
};

}  // namespace ramie::kernels
