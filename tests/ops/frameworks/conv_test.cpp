#include <ramie/autograd/ops/conv.h>

#include <ramie/autograd/ops/conv_patches.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/pool_adaptive.h>
#include <ramie/autograd/ops/resize.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

Padding padding(const Json& a) {
  const Json& p = a.at("padding");
  if (p.is_array()) {
    const std::vector<Padding::Pair> w = p;
    return w.size() == 1   ? Padding::given(w[0])
           : w.size() == 2 ? Padding::given(w[0], w[1])
                           : Padding::given(w[0], w[1], w[2]);
  }
  return p == "SAME"       ? Padding::same()
         : p == "VALID"    ? Padding::valid()
         : p == "CIRCULAR" ? Padding::circular()
         : p == "REFLECT"  ? Padding::reflect()
                           : Padding::causal();
}

PoolOptions pooled(const Json& a) {
  return {.window = numbers(a, "window_shape"),
          .strides = numbers(a, "strides"),
          .padding = padding(a),
          .count_include_pad = a.value("count_include_pad", true)};
}

Tensor convolved(const Tensors& x, const Json& a) {
  return conv(x[0], x[1],
              {.strides = numbers(a, "strides"),
               .padding = padding(a),
               .kernel_dilation = numbers(a, "kernel_dilation"),
               .feature_group_count = integer(a, "feature_group_count")});
}

Tensor transposed(const Tensors& x, const Json& a) {
  return conv_transpose(x[0], x[1],
                        {.strides = numbers(a, "strides"),
                         .padding = padding(a),
                         .kernel_dilation = numbers(a, "kernel_dilation"),
                         .transpose_kernel = flag(a, "transpose_kernel")});
}

Tensor resized(const Tensors& x, const Json& a) {
  const std::string method = a.at("method");
  const Resize kind = method == "nearest"   ? Resize::nearest
                      : method == "bicubic" ? Resize::cubic
                                            : Resize::linear;
  return resize(x[0], numbers(a, "shape"), kind, flag(a, "antialias"));
}

}  // namespace

const Family& family() {
  static const Family all{
      {"conv", "pool"},
      {
          {"conv", convolved},
          {"conv_transpose", transposed},
          {"max_pool", [](auto& x, auto& a) { return max_pool(x[0], pooled(a)); }},
          {"min_pool", [](auto& x, auto& a) { return min_pool(x[0], pooled(a)); }},
          {"avg_pool", [](auto& x, auto& a) { return avg_pool(x[0], pooled(a)); }},
          {"adaptive_avg_pool", [](auto& x, auto& a) { return adaptive_avg_pool(x[0], numbers(a, "size")); }},
          {"adaptive_max_pool", [](auto& x, auto& a) { return adaptive_max_pool(x[0], numbers(a, "size")); }},
          {"global_avg_pool", [](auto& x, auto& a) { return global_avg_pool(x[0], keepdims(a)); }},
          {"global_max_pool", [](auto& x, auto& a) { return global_max_pool(x[0], keepdims(a)); }},
          {"patches",
           [](auto& x, auto& a) {
             return patches(x[0], {.window = numbers(a, "window_shape"),
                                   .strides = numbers(a, "strides"),
                                   .padding = padding(a),
                                   .dilation = numbers(a, "kernel_dilation")});
           }},
          {"resize", resized},
      }};
  return all;
}

}  // namespace ramie::frameworks
