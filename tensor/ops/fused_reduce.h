// A chain of elementwise launches and reductions of its values, as a single launch: a loss, the gradient of a
// bias, mean and variance. The values are reduced piece by piece while they are in the nearest cache, in the
// same tree as kernels::Reduce has, and so to the same bits.
//
//   // sum(x * y) and max(x * y)
//   Chain chain{.inputs = {x.layout(), y.layout()},
//               .instructions = {{Elementwise(ops::multiply), {0, 1}, float32}}};
//   FusedReduce f(chain, {{0, x.layout().compact(), {"sum", Reduce::Op::sum, {0}}},
//                         {0, x.layout().compact(), {"max", Reduce::Op::max, {0}}}});
//   std::vector<Tensor> totals = launch_all(f, {x, y});
#pragma once

#include <ramie/tensor/ops/fused.h>
#include <ramie/tensor/ops/reduce.h>

namespace ramie::kernels {

// The outputs are those of the chain, and then the totals.
class FusedReduce {
 public:
  struct Tail {
    std::uint16_t instruction;  // whose value is reduced,
    Layout value;               // seen as this
    Reduce reduce;
    bool operator==(const Tail&) const = default;
  };
  static constexpr const char* name = "fused_reduce";
  static constexpr std::size_t max_tails = 4;

  // All tails have one shape and the same axes, and each fits.
  FusedReduce(Chain chain, std::vector<Tail> tails);
  // Whether the rows are not too wide: of wide ones a block takes a part.
  static bool fits(const Layout& value, const Reduce& reduce);

  bool operator==(const FusedReduce& o) const {
    return results_ == o.results_ && fused_ == o.fused_ && tails_ == o.tails_;
  }
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
  class Worker;
  void check() const;
  bool is_stored(std::size_t value) const { return value < results_; }
  void run_alone(const View* y, const View* x) const;
  void run_first(std::byte* const* to, const View* y, const View* x) const;

  std::size_t results_;              // of the chain; the reduced values that are none follow
  std::vector<std::size_t> values_;  // for each tail its place among these
  Fused fused_;                      // with all of them as results
  std::vector<Tail> tails_;
  std::vector<Layout> totals_;
  std::vector<ReducePass> passes_;
};

}  // namespace ramie::kernels
