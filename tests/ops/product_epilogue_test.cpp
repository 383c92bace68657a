#include <ramie/tensor/ops/product_epilogue.h>

#include "support/ops.h"

namespace ramie {
namespace {

using kernels::Chain, kernels::Conv2d, kernels::Elementwise, kernels::Fused, kernels::Matmul,
    kernels::ProductEpilogue;
namespace ops = kernels::ops;

void expect_same_bits(const Tensor& a, const Tensor& b) {
  ASSERT_TRUE(a.layout().same(b.layout())) << str(a.layout()) << " and " << str(b.layout());
  const Tensor x = contiguous(a).to(cpu()), y = contiguous(b).to(cpu());
  EXPECT_EQ(0, std::memcmp(x.view().data, y.view().data, x.layout().bytes())) << a << b;
}

// relu(product + bias), with the sum as a second result, seen flat.
Fused bias_relu(const Tensor& product, const Tensor& bias) {
  const DType t = product.dtype();
  return Fused(
      {.inputs = {product.layout(), bias.layout()},
       .instructions = {{Elementwise(ops::add), {0, 1, 0}, t}, {Elementwise(ops::relu), {2, 0, 0}, t}},
       .results = {1, 0},
       .outputs = {product.layout(), {t, {product.size()}}}});
}
void expect_as_apart(const ProductEpilogue::Product& kernel, const Tensor& x, const Tensor& w) {
  const Tensor product = std::visit([&](auto& k) { return launch(k, x, w); }, kernel);
  const Tensor bias = broadcast_to(random_normal({product.shape(-1)}, product.dtype()), product.shape());
  const Fused chain = bias_relu(product, bias);
  const auto y = launch_all(ProductEpilogue(kernel, product.layout(), chain, 0, 0), {x, w, bias});
  expect_same_bits(y[0], relu(product + bias));
  expect_same_bits(y[1], reshape(product + bias, {-1}));
}

TEST(ProductEpilogue, OfMatrixProducts) {
  for (const DType t : {float32, float64, bfloat16, float16})
    for (const Shape& mnk : {Shape{1, 1, 1},
                             {1, 10, 16},
                             {5, 1, 7},
                             {3, 4, 5},
                             {32, 256, 300},
                             {784, 16, 1},
                             {130, 70, 33},
                             {64, 64, 0},
                             {0, 3, 4}}) {
      SCOPED_TRACE(str(mnk));
      expect_as_apart(Matmul{}, random_normal({mnk[0], mnk[2]}, t), random_normal({mnk[2], mnk[1]}, t));
    }
}

TEST(ProductEpilogue, OfBatchedAndStridedProducts) {
  expect_as_apart(Matmul{}, random_normal({3, 4, 5}, float32), random_normal({3, 5, 6}, float32));
  expect_as_apart(Matmul{}, transpose(random_normal({40, 50}, float32)), random_normal({40, 20}, float32));
  expect_as_apart(Matmul{}, random_normal({40, 50}, float32), transpose(random_normal({20, 50}, float32)));
}

TEST(ProductEpilogue, OfConvolutions) {
  for (const DType t : {float32, float64})
    for (const Shape& s : {Shape{2, 5, 5, 1, 4}, {1, 7, 9, 3, 5}, {3, 14, 14, 8, 32}, {2, 28, 28, 1, 32}}) {
      SCOPED_TRACE(str(s));
      const Tensor x = random_normal({s[0], s[1], s[2], s[3]}, t), w = random_normal({3, 3, s[3], s[4]}, t);
      expect_as_apart(Conv2d{{.padding = {{{1, 1}, {1, 1}}}}}, x, w);
      expect_as_apart(Conv2d{{.strides = {2, 2}}}, x, w);
    }
}

TEST(ProductEpilogue, TheProductMayBeAnyInput) {
  const Tensor x = random_normal({20, 30}, float32), w = random_normal({30, 10}, float32);
  const Tensor product = launch(Matmul{}, x, w), other = random_normal({20, 10}, float32);
  const Fused chain({.inputs = {other.layout(), product.layout()},
                     .instructions = {{Elementwise(ops::subtract), {0, 1, 0}, float32}},
                     .results = {0},
                     .outputs = {product.layout()}});
  const auto y = launch_all(ProductEpilogue(Matmul{}, product.layout(), chain, 1, 0), {x, w, other});
  expect_same_bits(y[0], other - product);
}

TEST(ProductEpilogue, SameBitsForAnyThreads) {
  const Tensor x = random_normal({100, 80}, float32), w = random_normal({80, 120}, float32);
  const Tensor product = launch(Matmul{}, x, w),
               bias = broadcast_to(random_normal({120}, float32), {100, 120});
  expect_same_bits_for_any_threads([&] {
    return launch_all(ProductEpilogue(Matmul{}, product.layout(), bias_relu(product, bias), 0, 0),
                      {x, w, bias})[0];
  });
}

TEST(ProductEpilogue, Errors) {
  const Tensor product = zeros({2, 3}), bias = zeros({2, 3});
  EXPECT_EQ(error_of([&] {
              ProductEpilogue(Matmul{}, Layout(float32, {2, 4}), bias_relu(product, bias), 0, 0);
            }),
            "[matmul_epilogue] the product float32[2,4] cannot be input 0 of the chain, under its output 0.");
  EXPECT_EQ(error_of([&] {
              launch_all(ProductEpilogue(Conv2d{}, product.layout(), bias_relu(product, bias), 0, 0),
                         {zeros({1, 3, 3, 1}), zeros({1, 1, 1, 1}), bias});
            }),
            "[conv2d_epilogue] the product is float32[1,3,3,1], not float32[2,3].");
}

}  // namespace
}  // namespace ramie
