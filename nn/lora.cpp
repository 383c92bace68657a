#include <ramie/nn/lora.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {

LoRA::LoRA(std::int64_t in, std::int64_t rank, std::int64_t out, const LoRAOptions& o, Rngs& rngs)
    : lora_a(o.a_initializer(rngs.params(), {in, rank}, o.param_dtype)),
      lora_b(o.b_initializer(rngs.params(), {rank, out}, o.param_dtype)),
      base_module(o.base_module),
      in_features(in),
      out_features(out) {}

Tensor LoRA::operator()(const Tensor& x) {
  return call(x, [&](const Tensor& x) {
    const Tensor y = matmul(detail::dense("LoRA", x, lora_a, {}), lora_b);
    return base_module ? y + (*base_module)(x) : y;
  });
}

LoRALinear::LoRALinear(const Linear& linear, const LoRALinearOptions& o, Rngs& rngs)
    : kernel(linear.kernel),
      bias(linear.bias),
      in_features(linear.in_features),
      out_features(linear.out_features),
      lora(in_features, o.lora_rank, out_features,
           {.param_dtype = o.lora_param_dtype,
            .a_initializer = o.a_initializer,
            .b_initializer = o.b_initializer},
           rngs) {}

Tensor LoRALinear::operator()(const Tensor& x) {
  return call(x, [&](const Tensor& x) {
    const Tensor y = detail::dense("LoRALinear", x, kernel, bias);
    return y + lora(x);
  });
}

}  // namespace ramie::nn
