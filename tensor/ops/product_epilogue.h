// A product and the chain of elementwise ops that follows it, as one launch: y = relu(x w + b), a convolution
// with its bias and activation. On the CPU the chain runs over each piece of the product while it is in the
// cache; the result has the bits of the two launches.
//
//   Chain chain{.inputs = {product, bias}, ...};                        // fused.h: the chain, one input is
//   the product launch_all(ProductEpilogue(Matmul{}, product, Fused(chain), 0, 0), {x, w, bias});
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/fused.h>
#include <ramie/tensor/ops/matmul.h>

namespace ramie::kernels {

// Inputs: the product's two, then the chain's without the product, in order. Outputs: the chain's.
class ProductEpilogue {
 public:
  using Product = std::variant<Matmul, Conv2d>;
  const char* name;

  // `product`: the layout of the product's value, which is the chain's input `input` and has the dtype of its
  // output `output`, over which it is computed (chain.may_overwrite(output, input)).
  ProductEpilogue(Product kernel, const Layout& product, Fused chain, std::size_t input, std::size_t output);
  bool operator==(const ProductEpilogue& o) const {
    return kernel_ == o.kernel_ && product_ == o.product_ && chain_ == o.chain_ && input_ == o.input_ &&
           output_ == o.output_;
  }
  std::string attributes() const { return chain_.attributes(); }
  double flops(const Layouts& y, const Layouts& x) const;
  std::vector<Layout> outputs(std::span<const Tensor> x) const;
  std::size_t workspace(std::span<const Tensor> x) const;
  std::size_t cuda_workspace(std::span<const Tensor> x) const;
  void run(Cpu cpu, const View* y, const View* x) const noexcept;
  void run(Cuda cuda, const View* y, const View* x) const;

 private:
  View product_view(const View* y) const { return {y[output_].data, &product_}; }
  void chain_views(const View* y, const View* x, View* out) const;  // the chain's inputs

  Product kernel_;
  Layout product_;
  Fused chain_;
  std::size_t input_, output_;
};

}  // namespace ramie::kernels
