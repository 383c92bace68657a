// A chain of elementwise launches and the reduction of one of its values, as a single launch: a loss, or the
// gradient of a bias. The values are reduced block by block while they are in the cache, in the same tree as
// kernels::Reduce has, and so to the same bits.
//
//   // sum(x * y)
//   Chain chain{.inputs = {x.layout(), y.layout()},
//               .instructions = {{Elementwise(ops::multiply), {0, 1}, float32}}};
//   FusedReduce f(chain, 0, x.layout().compact(), {"sum", Reduce::Op::sum, {0}});
//   std::vector<Tensor> total = launch_all(f, {x, y});
#pragma once

#include <ramie/tensor/ops/fused.h>
#include <ramie/tensor/ops/reduce.h>

namespace ramie::kernels {

// The outputs are those of the chain, and the reduced value at last.
class FusedReduce {
 public:
  static constexpr const char* name = "fused_reduce";

  // What is reduced is the value of that instruction, seen in the given layout. fits(value, reduce) must
  // hold.
  FusedReduce(Chain chain, std::uint16_t instruction, const Layout& value, Reduce reduce);
  // Whether the blocks of the reduction lie side by side and are small enough for the cache.
  static bool fits(const Layout& value, const Reduce& reduce);

  bool operator==(const FusedReduce& o) const;
  std::string attributes() const;
  double flops(const Layouts& y, const Layouts& x) const;

  std::vector<Layout> outputs(std::span<const Tensor> x) const;
  bool may_overwrite(std::size_t result, std::size_t input) const;
  std::vector<int> donors(std::size_t inputs) const;
  std::size_t workspace(std::span<const Tensor> x) const;
  std::size_t cuda_workspace(std::span<const Tensor> x) const;
  void run(Cpu cpu, const View* y, const View* x) const noexcept;
  void run(Cuda cuda, const View* y, const View* x) const;

 private:
  std::size_t results() const {
    return fused_.chain().results.size() - (stored_ ? 0 : 1);
  }  // beside the total
  void run_alone(const View* y, const View* x) const;
  void run_first(const ReducePass& p, std::byte* to, const View* y, const View* x) const;
  void run_tasks(const ReducePass& p, std::byte* to, const View* y, const View* x, std::int64_t begin,
                 std::int64_t end) const;

  bool stored_;        // the reduced value is an output as well
  std::size_t value_;  // its place among the results of the chain, where it is the last if it is no output
  Fused fused_;
  Layout layout_, total_;
  Reduce reduce_;
  std::vector<ReducePass> passes_;
};

}  // namespace ramie::kernels
