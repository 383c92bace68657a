#include <ramie/tensor/ops/product_epilogue.h>

#include <fmt/format.h>

#include <array>

#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

const char* name_of(const ProductEpilogue::Product& p) {
  return std::holds_alternative<Matmul>(p) ? "matmul_epilogue" : "conv2d_epilogue";
}

// What is run on a piece of the product.
struct Tail {
  const Fused& chain;
  const View* y;
  std::array<View, Chain::max_inputs> x;
};

}  // namespace

ProductEpilogue::ProductEpilogue(Product kernel, const Layout& product, Fused chain, std::size_t input,
                                 std::size_t output)
    : name(name_of(kernel)),
      kernel_(kernel),
      product_(product),
      chain_(std::move(chain)),
      input_(input),
      output_(output) {
  const Chain& c = chain_.chain();
  if (input >= c.inputs.size() || output >= c.outputs.size() || c.inputs[input].size != product.size ||
      c.inputs[input].dtype != product.dtype || !c.inputs[input].dense ||
      c.outputs[output].dtype != product.dtype || !chain_.may_overwrite(output, input))
    fail(name, fmt::format("the product {} cannot be input {} of the chain, under its output {}.",
                           str(product), input, output));
}

double ProductEpilogue::flops(const Layouts& y, const Layouts& x) const {
  const Layout* const product[] = {&product_};
  return std::visit([&](auto& k) { return k.flops(product, x.first(2)); }, kernel_) + chain_.flops(y, x);
}

std::vector<Layout> ProductEpilogue::outputs(std::span<const Tensor> x) const {
  const Layout given = std::visit([&](auto& k) { return k.outputs(x[0].layout(), x[1].layout()); }, kernel_);
  if (!given.same(product_)) fail(name, fmt::format("the product is {}, not {}.", str(given), str(product_)));
  return chain_.chain().outputs;
}

std::size_t ProductEpilogue::workspace(std::span<const Tensor> x) const {
  return std::visit([&](auto& k) { return k.workspace(x[0].layout(), x[1].layout()); }, kernel_);
}

void ProductEpilogue::chain_views(const View* y, const View* x, View* out) const {
  const std::size_t n = chain_.chain().inputs.size();
  for (std::size_t i = 0, next = 2; i < n; ++i) out[i] = i == input_ ? product_view(y) : x[next++];
}

void ProductEpilogue::run(Cpu cpu, const View* y, const View* x) const noexcept {
  Tail tail{chain_, y, {}};
  chain_views(y, x, tail.x.data());
  const Epilogue epilogue{[](const void* self, std::byte*, std::int64_t begin, std::int64_t end) {
                            const Tail& t = *static_cast<const Tail*>(self);
                            t.chain.run_piece(begin, end, t.y, t.x.data());
                          },
                          &tail};
  std::visit([&](auto& k) { k.run(Cpu{cpu.workspace, &epilogue}, product_view(y), x[0], x[1]); }, kernel_);
}

}  // namespace ramie::kernels
