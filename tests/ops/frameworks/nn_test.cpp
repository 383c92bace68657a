#include <ramie/autograd/ops/attention.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/normalization.h>
#include <ramie/autograd/scan.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

NormOptions options(const Json& a) { return {.epsilon = a.at("epsilon").get<double>()}; }

// In training from x, scale and bias; in evaluation with a mean and a variance too.
Tensor batch_normed(const Tensors& x, const Json& a) {
  if (x.size() == 3) return batch_norm(x[0], x[1], x[2], options(a)).y;
  return normalize(x[0], x[3], x[4], x[1], x[2], options(a).epsilon);
}

Tensor attended(const Tensors& x, const Json& a) {
  AttentionOptions options{.is_causal = flag(a, "is_causal")};
  if (a.contains("scale")) options.scale = a.at("scale").get<double>();
  if (x.size() == 4) (x[3].dtype() == bool_ ? options.mask : options.bias) = x[3];
  return dot_product_attention(x[0], x[1], x[2], options);
}

// All states, and the last: step(state, input) -> state.
template <class Step>
Tensors states(const Tensors& x, const Step& step, bool reverse = false) {
  const auto cell = [&](const Tensor& h, const Tensor& x) {
    const Tensor next = step(h, x);
    return std::pair(next, next);
  };
  auto [last, all] = scan(cell, x[1], x[0], {.reverse = reverse});
  return {all, last};
}

Tensors rnn(const Tensors& x, const Json&) {
  return states(
      x, [&](const Tensor& h, const Tensor& in) { return tanh(matmul(in, x[2]) + matmul(h, x[3]) + x[4]); });
}

// The state is h and the cell's memory side by side, the gates are i, f, g, o.
Tensors lstm(const Tensors& x, const Json&) {
  const std::int64_t n = x[3].shape()[0];
  return states(x, [&, n](const Tensor& state, const Tensor& in) {
    const Tensor gates = matmul(in, x[2]) + matmul(slice(state, 1, 0, n), x[3]) + x[4];
    const auto gate = [&](std::int64_t k) { return slice(gates, 1, k * n, (k + 1) * n); };
    const Tensor memory = sigmoid(gate(1)) * slice(state, 1, n, 2 * n) + sigmoid(gate(0)) * tanh(gate(2));
    return concatenate({sigmoid(gate(3)) * tanh(memory), memory}, 1);
  });
}

Tensors linear_recurrence(const Tensors& x, const Json& a) {
  const double decay = a.at("decay");
  return states(
      x, [decay](const Tensor& h, const Tensor& in) { return h * decay + in; }, a.value("reverse", false));
}

}  // namespace

const Family& family() {
  static const Family all{
      {"nn"},
      {
          {"layer_norm", [](auto& x, auto& a) { return layer_norm(x[0], x[1], x[2], options(a)); }},
          {"rms_norm", [](auto& x, auto& a) { return rms_norm(x[0], x[1], options(a).epsilon); }},
          {"group_norm",
           [](auto& x, auto& a) {
             return group_norm(x[0], integer(a, "num_groups"), x[1], x[2], options(a));
           }},
          {"instance_norm", [](auto& x, auto& a) { return instance_norm(x[0], x[1], x[2], options(a)); }},
          {"batch_norm", batch_normed},
          {"dot_product_attention", attended},
          {"rnn", rnn},
          {"lstm", lstm},
          {"linear_recurrence", linear_recurrence},
      }};
  return all;
}

}  // namespace ramie::frameworks
