// LoRA: a product of two thin matrices, learned beside a layer that stays as it is.
//
//   nn::LoRALinear layer(784, 256, {.lora_rank = 8}, rngs);           // linear(x) + x lora_a lora_b
//   nn::LoRA beside(784, 8, 256, {.base_module = linear}, rngs);      // beside any layer
//   auto step = nn::value_and_grad(loss_fn, nn::is<nn::LoRAParam>);   // trains the thin ones alone
//
// Source: flax.nnx.LoRA, LoRALinear; Hu et al., 2021.
#pragma once

#include <optional>

#include <ramie/nn/linear.h>
#include <ramie/nn/sequential.h>

namespace ramie::nn {

struct LoRAParamKind : ParamKind {
  const char* name() const override { return "LoRAParam"; }
};
using LoRAParam = Variable<LoRAParamKind>;

struct LoRAOptions {
  std::optional<Any> base_module = {};
  DType param_dtype = float32;
  Initializer a_initializer = initializers::he_uniform();
  Initializer b_initializer = initializers::zeros();
};

struct LoRA : Module<LoRA> {
  LoRAParam lora_a, lora_b;  // [in, rank], [rank, out]
  std::optional<Any> base_module;
  std::int64_t in_features, out_features;

  LoRA(std::int64_t in_features, std::int64_t lora_rank, std::int64_t out_features,
       const LoRAOptions& options, Rngs& rngs);
  LoRA(std::int64_t in_features, std::int64_t lora_rank, std::int64_t out_features, Rngs& rngs)
      : LoRA(in_features, lora_rank, out_features, LoRAOptions(), rngs) {}
  Tensor operator()(const Tensor& x);
  using fields =
      Fields<&LoRA::lora_a, &LoRA::lora_b, &LoRA::base_module, &LoRA::in_features, &LoRA::out_features>;
};

struct LoRALinearOptions {
  std::int64_t lora_rank;
  DType lora_param_dtype = float32;
  Initializer a_initializer = initializers::he_uniform();
  Initializer b_initializer = initializers::zeros();
  LinearOptions linear = {};
};

struct LoRALinear : Module<LoRALinear> {
  Param kernel;  // [in, out]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;
  LoRA lora;

  LoRALinear(std::int64_t in_features, std::int64_t out_features, const LoRALinearOptions& options,
             Rngs& rngs)
      : LoRALinear(Linear(in_features, out_features, options.linear, rngs), options, rngs) {}
  // A trained layer, whose weights it shares.
  LoRALinear(const Linear& linear, const LoRALinearOptions& options, Rngs& rngs);
  Tensor operator()(const Tensor& x);
  using fields = Fields<&LoRALinear::kernel, &LoRALinear::bias, &LoRALinear::in_features,
                        &LoRALinear::out_features, &LoRALinear::lora>;
};

}  // namespace ramie::nn
