// Functional models, as in Flax Linen: a model is an ordinary function that declares its parameters where it
// uses them. Their shapes follow from the input, their names from the order of the calls.
//
//   namespace linen = nn::linen;
//   Tensor mlp(linen::Scope& scope, Tensor x) {
//     x = relu(linen::dense(scope, x, {.features = 256}));           // Dense_0.kernel, Dense_0.bias
//     return linen::dense(scope, x, {.features = 10});               // Dense_1.kernel, Dense_1.bias
//   }
//   auto [y, params] = linen::init_with_output(mlp, random::key(0), x);
//   Tensor logits = linen::apply(mlp, params, x);
//   nn::State grads = grad([&](const nn::State& p) { return loss(linen::apply(mlp, p, x)); })(params);
//
// Parameters are a State, a value that grad, vmap and jit take and give. A function may call others in scopes
// of their own: block(scope.child("Block"), x) has Block_0.Dense_0.kernel. A key gives the numbers that it
// gives the same model in Flax Linen. Parameters are all the state there is: running averages and caches are
// for modules (nn/module.h).
//
// Source: flax.linen, and the flax.nn of before 2021.
#pragma once

#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <ramie/autograd/ops/conv_padding.h>
#include <ramie/autograd/vmap.h>
#include <ramie/nn/initializers.h>
#include <ramie/nn/state.h>

namespace ramie::nn {

// The number of elements of all parameters.
std::int64_t parameter_count(const State& params);

namespace linen {

// Random keys by name: Keys{{"params", random::key(0)}, {"dropout", random::key(1)}}. One alone is "params".
struct Keys : std::map<std::string, Tensor, std::less<>> {
  Keys() = default;
  Keys(Tensor params) { emplace("params", std::move(params)); }
  Keys(std::initializer_list<value_type> keys) : map(keys) {}
};

namespace detail {

// Where a model's values come from.
struct Source {
  Keys keys;
  const State* given = nullptr;  // by apply; else they are drawn
  State drawn = {};
  std::size_t next = 0;  // where the next one is, if they come in order
};

}  // namespace detail

// The parameters and random keys below one path, for the function that declares them.
class Scope {
 public:
  explicit Scope(detail::Source& source) : source_(source) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // A parameter of that name and shape. init draws it, with the scope's next key.
  Tensor param(std::string_view name, const Initializer& init, const Shape& shape, DType dtype = float32);
  // The scope of a part: child("Block") is Block_0, then Block_1; named("head") is head. It lives as long as
  // this one.
  Scope& child(std::string_view type);
  Scope& named(std::string_view name);
  // Another key with each call. Where nobody gave one of that name, it comes from "params".
  Tensor make_rng(std::string_view name);
  const std::string& path() const { return path_; }  // "Block_0.Dense_1"

 private:
  std::string reserved(std::string_view name);  // its path
  Tensor given(const std::string& path, const Shape& shape, DType dtype);

  detail::Source& source_;
  std::string path_, folded_;  // folded_: the names without dots, which go into the keys
  std::set<std::string, std::less<>> names_;
  std::map<std::string, int, std::less<>> parts_, keys_;  // how many there are already
  std::list<Scope> children_;
};

// (result, parameters) of f(scope, x...), with new parameters; the parameters alone.
template <class F, class... A>
auto init_with_output(const F& f, const Keys& keys, const A&... x) {
  detail::Source source{keys};
  Scope scope(source);
  auto y = f(scope, x...);
  return std::pair(std::move(y), std::move(source.drawn));
}
template <class F, class... A>
State init(const F& f, const Keys& keys, const A&... x) {
  return init_with_output(f, keys, x...).second;
}

// The result of f(scope, x...) with these parameters; also with keys: apply(f, params, {{"dropout", key}},
// x). Of other parameters than f's own it takes no notice.
template <class F, class... A>
auto apply(const F& f, const State& params, const Keys& keys, const A&... x) {
  detail::Source source{keys, &params};
  Scope scope(source);
  return f(scope, x...);
}
template <class F, class... A>
auto apply(const F& f, const State& params, const A&... x) {
  return apply(f, params, Keys(), x...);
}

namespace detail {

Tensor no_examples(const Layout& x);         // of a batch of x: [0, ...]
Layout one_example(const Tensor& batch);     // of a batch: without its first axis
void check_independent(const State& drawn);  // of what is mapped

}  // namespace detail

// (the result's dtype and shape, parameters) for inputs of these dtypes and shapes. Only the parameters are
// computed: the rest runs for a batch of no examples.
//   auto [out, params] = linen::init_by_shape(mlp, random::key(0), Layout(float32, {1, 784}));
template <class F, class... L>
std::pair<Layout, State> init_by_shape(const F& f, const Keys& keys, const L&... inputs) {
  State params;
  const auto once = [&](const auto&... x) {
    auto [y, drawn] = init_with_output(f, keys, x...);
    detail::check_independent(params = std::move(drawn));
    return y;
  };
  const Tensor y = vmap(once)(detail::no_examples(inputs)...);
  return {detail::one_example(y), std::move(params)};
}

// A function and its parameters, one value: Model<mlp> model(params); y = model(x). Transforms take it as
// they take its parameters, and its gradient is a Model too.
template <auto f>
struct Model {
  State params;
  explicit Model(State p) : params(std::move(p)) {}
  template <class... A>
  auto operator()(const A&... x) const {
    return apply(f, params, x...);
  }
  auto tree() { return std::tie(params); }
};

// ---- Layers: nn's, for any number of input features. With .name = "head" they are that in place of Dense_0.

struct DenseOptions {
  std::int64_t features;
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
  std::string name = {};
};
// x [..., in] -> [..., features]. kernel [in, features], bias [features].
Tensor dense(Scope& scope, const Tensor& x, const DenseOptions& options);

// One number for each axis; none given: 1.
struct ConvOptions {
  std::int64_t features;
  Shape kernel_size;
  Shape strides = {};
  Padding padding = Padding::same();
  Shape input_dilation = {}, kernel_dilation = {};
  std::int64_t feature_group_count = 1;
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
  std::string name = {};
};
// x [N, ..., in] with 1 to 3 axes between -> [N, ..., features]; several batch axes, or none, too. kernel
// [kernel_size..., in / groups, features], bias [features].
Tensor conv(Scope& scope, const Tensor& x, const ConvOptions& options);

struct EmbedOptions {
  std::int64_t num_embeddings, features;
  DType param_dtype = float32;
  Initializer embedding_init =
      initializers::variance_scaling(1, initializers::Fan::out, initializers::Distribution::normal);
  std::string name = {};
};
// Rows of embedding [num_embeddings, features], by integers of any shape.
Tensor embed(Scope& scope, const Tensor& indices, const EmbedOptions& options);

struct LayerNormOptions {
  double epsilon = 1e-6;
  bool use_bias = true, use_scale = true;
  DType param_dtype = float32;
  std::string name = {};
};
// Over the last axis. scale and bias [features].
Tensor layer_norm(Scope& scope, const Tensor& x, const LayerNormOptions& options = {});

struct DropoutOptions {
  double rate;
  bool deterministic = false;
  std::string name = {};
};
// With keys: apply(model, params, {{"dropout", key}}, x).
Tensor dropout(Scope& scope, const Tensor& x, const DropoutOptions& options);

}  // namespace linen
}  // namespace ramie::nn
