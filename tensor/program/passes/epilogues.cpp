#include <algorithm>
#include <optional>

#include <ramie/tensor/ops/product_epilogue.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

using kernels::Chain, kernels::Conv2d, kernels::Elementwise, kernels::Fused, kernels::Matmul,
    kernels::ProductEpilogue;

std::optional<ProductEpilogue::Product> product_of(const Program::Step& s) {
  if (auto* k = kernel_of<Matmul>(s)) return *k;
  if (auto* k = kernel_of<Conv2d>(s)) return *k;
  return {};
}

// The step as a chain: a fused one, or a single op.
std::optional<Fused> chain_of(const Program::Step& s) {
  if (auto* f = kernel_of<Fused>(s)) return *f;
  auto* e = kernel_of<Elementwise>(s);
  const auto one_size = [&](auto& o) { return o.layout.size == s.out[0].layout.size; };
  if (!e || s.out[0].layout.size == 0 || !std::all_of(s.in.begin(), s.in.end(), one_size)) return {};
  Chain c{{}, {{*e, {0, 1, 2}, s.out[0].layout.dtype}}, {0}, {s.out[0].layout}};
  for (auto& o : s.in) c.inputs.push_back(o.layout);
  return Fused(std::move(c));
}

// Which of a step's outputs can lie over its input `at`.
std::optional<std::size_t> output_over(const Fused& f, std::size_t at) {
  const Chain& c = f.chain();
  for (std::size_t r = 0; r < c.outputs.size(); ++r)
    if (c.outputs[r].dtype == c.inputs[at].dtype && f.may_overwrite(r, at)) return r;
  return {};
}

class Joiner {
 public:
  explicit Joiner(Program& p) : program_(p), writers_(find_writers(p)), readers_(count_readers(p)) {}
  void run() {
    std::vector<bool> joined(program_.steps.size());
    for (auto& step : program_.steps)
      if (const int product = join(step); product >= 0) joined[static_cast<std::size_t>(product)] = true;
    remove_steps(program_, joined);
  }

 private:
  // Makes one step of a chain and the product that it alone reads; the product's number, or -1.
  int join(Program::Step& step) const {
    for (std::size_t at = 0; at < step.in.size(); ++at) {
      const auto& o = step.in[at];
      const int writer = o.buffer == Program::none ? -1 : writers_[o.buffer];
      if (writer < 0 || readers_[o.buffer] != 1 || !o.whole(program_)) continue;
      const auto& source = program_.steps[static_cast<std::size_t>(writer)];
      const auto product = product_of(source);
      if (!product || o.layout.dtype != source.out[0].layout.dtype) continue;
      const auto chain = chain_of(step);
      const auto over = chain ? output_over(*chain, at) : std::nullopt;
      if (!over) continue;
      step = joined(source, *product, step, *chain, at, *over);
      return writer;
    }
    return -1;
  }
  Program::Step joined(const Program::Step& source, const ProductEpilogue::Product& product,
                       const Program::Step& step, const Fused& chain, std::size_t at,
                       std::size_t over) const {
    const Device device = step.launch.device;
    const std::size_t scratch =
        std::max(source.launch.workspace, detail::scratch_bytes(chain, device, std::span<const Tensor>()));
    std::vector<Program::Operand> in = source.in;
    for (std::size_t i = 0; i < step.in.size(); ++i)
      if (i != at) in.push_back(step.in[i]);
    return {make_launch(ProductEpilogue(product, source.out[0].layout, chain, at, over), device, scratch),
            step.out, std::move(in)};
  }
  Program& program_;
  std::vector<int> writers_, readers_;
};

}  // namespace

// A chain that is alone in reading a product, a matrix product or a convolution, is run on its pieces.
void epilogues(Program& p) { Joiner(p).run(); }

}  // namespace ramie::passes
