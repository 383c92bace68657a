#include <gtest/gtest.h>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/embed.h>
#include <ramie/nn/lora.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/prelu.h>
#include <ramie/nn/view.h>
#include <ramie/nn/weight_norm.h>

#include "nn/layer_cases.h"

namespace ramie::nn {
namespace {

constexpr double last_bits = 1e-6;

template <class Options>
Options of(DType t, Options options) {
  options.param_dtype = t;
  return options;
}

Check embed(Call<Embed> call) {
  return check<Embed>([](DType t, Rngs& r) { return Embed(5, 3, {.param_dtype = t}, r); }, std::move(call),
                      last_bits);
}
Check general(const Numbers& in, const Numbers& out, const LinearGeneralOptions& o = {}) {
  return check<LinearGeneral>([=](DType t, Rngs& r) { return LinearGeneral(in, out, of(t, o), r); });
}
Check summed(const std::string& formula, const Shape& kernel, const std::optional<Shape>& bias) {
  return check<Einsum>(
      [=](DType t, Rngs& r) { return Einsum(formula, kernel, bias, {.param_dtype = t}, r); });
}
template <class Norm, class Options>
Check norm(std::int64_t features, const Options& o) {
  return check<Norm>([=](DType t, Rngs& r) { return Norm(features, of(t, o), r); });
}
Check convolution(std::int64_t in, std::int64_t out, const ConvOptions& o) {
  return check<Conv>([=](DType t, Rngs& r) { return Conv(in, out, of(t, o), r); });
}
Check transposed(std::int64_t in, std::int64_t out, const ConvTransposeOptions& o) {
  return check<ConvTranspose>([=](DType t, Rngs& r) { return ConvTranspose(in, out, of(t, o), r); });
}
LoRA with_base(DType t, Rngs& r) {
  const Linear base(4, 3, {.param_dtype = t}, r);
  return LoRA(4, 2, 3, {.base_module = base, .param_dtype = t}, r);
}

std::map<std::string, Check> dense() {
  return {
      {"embed", embed([](Embed& m, const Inputs& x) { return m(x[0]); })},
      {"embed attend", embed([](Embed& m, const Inputs& x) { return m.attend(x[0]); })},
      {"linear", check<Linear>([](DType t, Rngs& r) { return Linear(4, 3, {.param_dtype = t}, r); })},
      {"linear_general", general(4, {2, 3})},
      {"linear_general axes", general({2, 3}, {4, 5}, {.axis = {1, -1}})},
      {"linear_general between", general(3, 2, {.axis = 1, .use_bias = false})},
      {"linear_general batch", general(3, {2, 2}, {.batch_axis = {{0, 2}}})},
      {"einsum", summed("nta,hab->nthb", {3, 2, 4}, Shape{3, 4})},
      {"einsum dots", summed("...ab, bc -> ...ac", {3, 4}, Shape{4})},
      {"einsum bare", summed("ab,bc->ca", {3, 4}, {})},
      {"prelu", check<PReLU>([](DType t, Rngs&) { return PReLU(0.01, t); })},
      {"lora", check<LoRA>([](DType t, Rngs& r) { return LoRA(4, 2, 3, {.param_dtype = t}, r); })},
      {"lora base", check<LoRA>(with_base)},
      {"lora_linear", check<LoRALinear>([](DType t, Rngs& r) {
         return LoRALinear(4, 3, {.lora_rank = 2, .lora_param_dtype = t, .linear = {.param_dtype = t}}, r);
       })},
  };
}

std::map<std::string, Check> norms() {
  return {
      {"batch_norm", norm<BatchNorm>(4, BatchNormOptions{})},
      {"layer_norm", norm<LayerNorm>(4, LayerNormOptions{})},
      {"layer_norm bare", norm<LayerNorm>(4, LayerNormOptions{.use_bias = false, .use_scale = false})},
      {"layer_norm axes",
       norm<LayerNorm>(4, LayerNormOptions{.reduction_axes = {-2, -1}, .use_fast_variance = false})},
      {"layer_norm features", norm<LayerNorm>(3, LayerNormOptions{.epsilon = 1e-3, .feature_axes = {1}})},
      {"rms_norm", norm<RMSNorm>(4, RMSNormOptions{})},
      {"rms_norm axes", norm<RMSNorm>(12, RMSNormOptions{.reduction_axes = {1, 2}, .feature_axes = {1, 2}})},
      {"group_norm", norm<GroupNorm>(6, GroupNormOptions{.num_groups = 3})},
      {"group_norm size", norm<GroupNorm>(6, GroupNormOptions{.group_size = 3, .use_bias = false})},
      {"instance_norm", norm<InstanceNorm>(3, InstanceNormOptions{})},
  };
}

std::map<std::string, Check> convolutions() {
  const Padding valid = Padding::valid(), circular = Padding::circular();
  return {
      {"conv 1d", convolution(2, 3, {.kernel_size = {3}})},
      {"conv valid", convolution(2, 3, {.kernel_size = {3}, .strides = {2}, .padding = valid})},
      {"conv circular", convolution(2, 3, {.kernel_size = {4}, .padding = circular, .kernel_dilation = {2}})},
      {"conv reflect", convolution(2, 3, {.kernel_size = {3}, .padding = Padding::reflect()})},
      {"conv causal",
       convolution(2, 3, {.kernel_size = {3}, .padding = Padding::causal(), .kernel_dilation = {2}})},
      {"conv groups", convolution(4, 6, {.kernel_size = {3}, .feature_group_count = 2, .use_bias = false})},
      {"conv 2d", convolution(2, 3, {.kernel_size = {3, 2}, .strides = {2, 1}})},
      {"conv 2d circular", convolution(2, 2, {.kernel_size = {3, 3}, .padding = circular})},
      {"conv given",
       convolution(
           2, 2,
           {.kernel_size = {2, 3}, .padding = Padding::given({1, 0}, {2, 1}), .input_dilation = {1, 2}})},
      {"conv no batch", convolution(2, 2, {.kernel_size = {2, 2}})},
      {"conv two batches", convolution(2, 2, {.kernel_size = {2}})},
      {"conv 3d", convolution(2, 2, {.kernel_size = {2, 3, 2}, .strides = {1, 2, 1}})},
      {"conv_transpose 1d", transposed(2, 3, {.kernel_size = {3}, .strides = {2}})},
      {"conv_transpose 2d", transposed(2, 3, {.kernel_size = {3, 2}, .strides = {2, 1}, .padding = valid})},
      {"conv_transpose kernel",
       transposed(2, 3, {.kernel_size = {3}, .strides = {2}, .transpose_kernel = true})},
      {"conv_transpose circular",
       transposed(2, 2, {.kernel_size = {3, 4}, .strides = {2, 1}, .padding = circular})},
      {"conv_transpose circular kernel",
       transposed(2, 2, {.kernel_size = {4}, .padding = circular, .transpose_kernel = true})},
      {"conv_transpose given",
       transposed(
           2, 2,
           {.kernel_size = {3}, .strides = {2}, .padding = Padding::given({2, 1}), .kernel_dilation = {2}})},
      {"conv_transpose 3d",
       transposed(2, 2, {.kernel_size = {2, 2, 2}, .strides = {2, 1, 2}, .use_bias = false})},
      {"conv_transpose no batch", transposed(2, 2, {.kernel_size = {3, 3}})},
  };
}

TEST(Layers, AreFlaxs) {
  std::map<std::string, Check> all = dense();
  all.merge(norms());
  all.merge(convolutions());
  check_cases("nn/layers.json", all);
}

template <class Norm, class Options>
Check masked(std::int64_t features, const Options& o) {
  return check<Norm>([=](DType t, Rngs& r) { return Norm(features, of(t, o), r); },
                     [](Norm& m, const Inputs& x) { return m(x[0], x[1]); });
}
Linear linear(DType t, Rngs& r) { return Linear(4, 3, {.param_dtype = t}, r); }
Conv conv(DType t, Rngs& r) { return Conv(6, 2, {.kernel_size = {2, 2}, .param_dtype = t}, r); }
template <class Norm, class Layer, class Options>
Check wrapped(Layer layer, const Options& o, double tolerance = 0) {
  return check<Norm>([=](DType t, Rngs& r) { return Norm(layer(t, r), of(t, o), r); },
                     [](Norm& m, const Inputs& x) { return m(x[0]); }, tolerance);
}

TEST(Layers, MasksAndNormalizedKernelsAreFlaxs) {
  using Weight = WeightNormOptions;
  check_cases(
      "nn/normalized.json",
      {
          {"batch_norm", masked<BatchNorm>(4, BatchNormOptions{})},
          {"batch_norm axis", masked<BatchNorm>(3, BatchNormOptions{.axis = 1, .use_fast_variance = false})},
          {"layer_norm", masked<LayerNorm>(6, LayerNormOptions{})},
          {"layer_norm slow", masked<LayerNorm>(6, LayerNormOptions{.use_fast_variance = false})},
          {"rms_norm", masked<RMSNorm>(6, RMSNormOptions{})},
          {"group_norm", masked<GroupNorm>(6, GroupNormOptions{.num_groups = 3})},
          {"instance_norm", masked<InstanceNorm>(6, InstanceNormOptions{})},
          {"weight linear", wrapped<WeightNorm>(linear, Weight{})},
          {"weight conv", wrapped<WeightNorm>(conv, Weight{.feature_axes = {-2, -1}})},
          {"weight bare", wrapped<WeightNorm>(linear, Weight{.use_scale = false, .epsilon = 0.1})},
          {"spectral linear", wrapped<SpectralNorm>(linear, SpectralNormOptions{})},
          {"spectral conv", wrapped<SpectralNorm>(conv, SpectralNormOptions{.n_steps = 3})},
      });
}

// The kernels stay as they are; the iteration goes on, but not in an eval_view.
TEST(Layers, NormalizedKernelsAreOnesOfTheCall) {
  Rngs rngs(0);
  const Tensor x = ramie::ones({2, 4});
  const Linear inner = linear(float64, rngs);
  const auto kernel = inner.kernel.value().to_vector<double>();
  WeightNorm by_length(inner, rngs);
  SpectralNorm by_sigma(inner, {.param_dtype = float64}, rngs);
  by_length(x);
  for (int i = 0; i < 200; ++i) by_sigma(x);
  EXPECT_EQ(inner.kernel.value().to_vector<double>(), kernel);
  const Tensor gram = matmul(transpose(inner.kernel), inner.kernel), u = by_sigma.batch_stats.at("kernel.u");
  const Tensor sigma = by_sigma.batch_stats.at("kernel.sigma");
  expect_near(matmul(u, gram), u * square(sigma), 1e-8);
  SpectralNorm evaluating = eval_view(by_sigma);
  by_sigma.batch_stats.at("kernel.u").store(ramie::ones({1, 3}, float64));
  evaluating(x);
  EXPECT_EQ(evaluating.batch_stats.at("kernel.u").value().to_vector<double>(),
            (std::vector<double>{1, 1, 1}));
}

TEST(Layers, MasksAndNormalizedKernelsTellWhatFits) {
  Rngs rngs(0);
  const Tensor x = ramie::ones({2, 3});
  EXPECT_EQ(
      error_of([&] { LayerNorm(3, rngs)(x, x); }),
      "[LayerNorm] the mask is float32[2,3], but says of each element whether it counts: use (mask != 0).");
  EXPECT_EQ(error_of([&] {
              RMSNorm(3, rngs)(x, ramie::ones({1, 2, 3}) == 1);
            }),
            "[RMSNorm] the mask bool[1,2,3] does not broadcast to the input float32[2,3].");
  EXPECT_EQ(error_of([&] { BatchNorm(3, {.axis = 0}, rngs)(x); }),
            "[BatchNorm] the input is float32[2,3], but its axis 0 must have num_features = 3 elements.");
  EXPECT_EQ(error_of([&] { WeightNorm(PReLU(), rngs); }),
            "[WeightNorm] the layer has no parameter that the filter takes: give .variable_filter.");
  EXPECT_EQ(error_of([&] { SpectralNorm(conv(float32, rngs), {.error_on_non_matrix = true}, rngs); }),
            "[SpectralNorm] 'kernel' is float32[2,2,6,2], but only matrices are wanted: leave "
            "error_on_non_matrix out to take it as one of its last axis.");
  EXPECT_EQ(error_of([&] { SpectralNorm(linear(float32, rngs), {.n_steps = 0}, rngs); }),
            "[SpectralNorm] n_steps is 0: it must be at least 1.");
}

TEST(Layers, DenseOnesTellWhatFits) {
  Rngs rngs(0);
  const Tensor x = ramie::ones({2, 3});
  EXPECT_EQ(error_of([&] { Embed(5, 3, rngs)(x); }),
            "[Embed] the input is float32[2,3], but rows have integer numbers: use .astype(int32).");
  EXPECT_EQ(error_of([&] { Embed(5, 4, rngs).attend(x); }),
            "[Embed] the query is float32[2,3], but its last axis must have features = 4 elements.");
  EXPECT_EQ(error_of([&] {
              LinearGeneral({3, 2}, 4, {.axis = {1, 0}}, rngs)(ramie::ones({3, 3}));
            }),
            "[LinearGeneral] the input is float32[3,3], but its axes (1, 0) must have in_features = (3, 2) "
            "elements.");
  EXPECT_EQ(error_of([&] {
              LinearGeneral(3, 4, {.batch_axis = {{0, 4}}}, rngs)(x);
            }),
            "[LinearGeneral] the input is float32[2,3], but its axes (-1,) must have in_features = (3,) "
            "elements, and its first axes (4,).");
  EXPECT_EQ(error_of([&] {
              LinearGeneral({3, 2}, 4, rngs);
            }),
            "[LinearGeneral] in_features (3, 2) and axis (-1,) differ in length.");
  EXPECT_EQ(error_of([&] {
              LinearGeneral(3, 4, {.batch_axis = {{1, 2}}}, rngs);
            }),
            "[LinearGeneral] batch axes are the leading ones: there is 1, but no 0.");
  EXPECT_EQ(error_of([&] {
              Einsum("ab,bc", {3, 4}, rngs);
            }),
            "[Einsum] \"ab,bc\": it needs two operands, x and the kernel, and a result: \"ab,bc->ac\".");
  EXPECT_EQ(error_of([&] { Einsum("ab,bc->ac", {3}, rngs); }),
            "[Einsum] \"ab,bc->ac\": \"bc\" does not name the 1 axes of the kernel (3,).");
  EXPECT_EQ(error_of([&] { LoRALinear(4, 3, {.lora_rank = 2}, rngs)(x); }),
            "[LoRALinear] the input is float32[2,3], but its last axis must have in_features = 4 elements.");
}

TEST(Layers, NormsAndConvolutionsTellWhatFits) {
  Rngs rngs(0);
  const Tensor x = ramie::ones({2, 3});
  EXPECT_EQ(error_of([&] { LayerNorm(4, rngs)(x); }),
            "[LayerNorm] the input is float32[2,3], but its axes (-1,) must have num_features = 4 elements.");
  EXPECT_EQ(error_of([&] { GroupNorm(48, rngs); }),
            "[GroupNorm] 48 features do not divide into 32 groups: give .num_groups or .group_size.");
  EXPECT_EQ(error_of([&] { GroupNorm(8, {.group_size = 3}, rngs); }),
            "[GroupNorm] 8 features do not divide into groups of 3.");
  EXPECT_EQ(error_of([&] { GroupNorm(32, rngs)(x); }),
            "[GroupNorm] the input is float32[2,3], but its last axis must have num_features = 32 elements.");
  EXPECT_EQ(error_of([&] {
              Conv(3, 4, {.kernel_size = {3, 3}}, rngs)(x);
            }),
            "[Conv] the input is float32[2,3], but the kernel has 2 axes besides the features: it needs 3 or "
            "more.");
  EXPECT_EQ(error_of([&] { ConvTranspose(3, 4, {}, rngs); }),
            "[ConvTranspose] kernel_size () has 0 axes, but there are 1 to 3: .kernel_size = {3, 3}.");
}

TEST(Layers, OnlyTheThinMatricesOfLoRAAreLearned) {
  Rngs rngs(0);
  const Linear trained(4, 3, rngs);
  LoRALinear layer(trained, {.lora_rank = 2}, rngs);
  const State grads = grad([](LoRALinear& m, const Tensor& x) { return sum(m(x)); }, is<LoRAParam>)(
      layer, ramie::ones({2, 4}));
  ASSERT_EQ(grads.size(), 2u);
  EXPECT_EQ(grads[0].first, "lora.lora_a");
  EXPECT_EQ(layer.kernel.cell(), trained.kernel.cell());
}

}  // namespace
}  // namespace ramie::nn
