// Layers against Flax's own numbers (tests/oracles/flax_layers.py): initial values, paths, output, gradients;
// and against themselves when cloned, split, recorded and printed.
//
//   check_cases("nn/layers.json", {
//       {"linear", check<Linear>([](DType t, Rngs& rngs) { return Linear(4, 3, {.param_dtype = t}, rngs);
//       })},
//   });
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/transforms.h>

#include "support/ops.h"

namespace ramie::nn {

using Inputs = std::vector<Tensor>;
template <class Layer>
using Call = std::function<Tensor(Layer&, const Inputs&)>;  // by default of the first input alone

inline Tensor tensor_of(const oracle::Json& json) { return to_tensor(oracle::array(json)); }

// Normal numbers and orthogonal matrices differ from Flax's by a last bit or two.
template <class Layer>
void expect_initial(const oracle::Json& expected, const Layer& layer, double tolerance) {
  std::vector<std::string> paths;
  for (auto& found : variables(layer)) paths.push_back(found.path);
  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(paths, expected.at("paths").get<std::vector<std::string>>());
  const State params = state(layer, is<Param>);
  ASSERT_EQ(params.size(), expected.at("parameters").size());
  for (auto& [path, value] : params) {
    SCOPED_TRACE(path);
    const oracle::Json& p = expected["parameters"].at(path);
    std::vector<double> numbers;
    for (auto& bits : p.at("bits")) numbers.push_back(oracle::float32(bits));
    expect_near(value, numbers, Shape(p.at("shape").get<std::vector<std::int64_t>>()), tolerance);
  }
}

// What is zero but for rounding, as attention's by the bias of its keys, is not compared digit by digit.
inline void expect_near_gradient(const Tensor& found, const oracle::Array& expected) {
  constexpr double rounding = 1e-13;
  const auto small = [](double x) { return std::abs(x) < rounding; };
  if (std::all_of(expected.data.begin(), expected.data.end(), small))
    EXPECT_LT(max(abs(found)).item(), rounding);
  else
    expect_near(found, expected);
}

template <class Layer>
void expect_gradients(const oracle::Json& c, const Layer& layer, const Inputs& inputs,
                      const Call<Layer>& call) {
  const Tensor cotangent = tensor_of(c.at("cotangent"));
  const auto loss = [&](Layer& l, const Inputs& x) { return sum(call(l, x) * cotangent); };
  if (!c.at("gradients").empty()) {
    Layer own = clone(layer);
    const State grads = grad(loss)(own, inputs);
    ASSERT_EQ(grads.size(), c["gradients"].size());
    for (auto& [path, value] : grads) {
      SCOPED_TRACE(path);
      expect_near_gradient(value, oracle::array(c["gradients"].at(path)));
    }
  }
  Inputs x = inputs, floating;
  for (auto& v : x)
    if (is_floating(v.dtype())) floating.push_back(v = variable(v));
  if (floating.empty()) return;
  Layer own = clone(layer);
  const Inputs by_inputs = gradients(loss(own, x), floating);
  std::size_t i = 0;
  for (auto& expected : c.at("input_gradients"))
    if (!expected.is_null()) expect_near(by_inputs[i++], oracle::array(expected));
}

// The second call of a recorded layer replays, and has moved its state as the first.
template <class Layer>
void expect_the_same_recorded(const Layer& layer, const Inputs& x, const Call<Layer>& call) {
  Layer eager = clone(layer), recorded = clone(layer);
  const auto program = jit([call](Layer& l, const Inputs& inputs) { return call(l, inputs); });
  for (int i = 0; i < 2; ++i) expect_near(program(recorded, x), call(eager, x), 1e-12);
}

template <class Layer>
void expect_the_same_split_and_printed(const oracle::Json& c, const Layer& layer, const Inputs& x,
                                       const Call<Layer>& call) {
  auto [graphdef, params, others] = split(layer, is<Param>, rest);
  Layer merged = merge(graphdef, params, others);
  expect_near(call(merged, x), oracle::array(c.at("output")));
  std::ostringstream text;
  text << layer;
  for (auto& [path, value] : params)
    EXPECT_NE(text.str().find(path.substr(path.rfind('.') + 1) + " = "), std::string::npos) << text.str();
}

using Check = std::function<void(const oracle::Json&)>;

template <class Layer>
Check check(
    std::function<Layer(DType, Rngs&)> make,
    Call<Layer> call = [](Layer& layer, const Inputs& x) { return layer(x[0]); }, double tolerance = 0) {
  return [=](const oracle::Json& c) {
    Rngs rngs(0), again(0);
    const Layer start = make(float32, rngs);
    EXPECT_EQ(state(rngs).at("default.count").item(), c.at("initial").at("keys").get<double>());
    expect_initial(c.at("initial"), start, tolerance);
    Layer layer = make(float64, again);
    for (auto& [path, value] : c.at("parameters").items()) update(layer, State{{path, tensor_of(value)}});
    Inputs x;
    for (auto& json : c.at("inputs")) x.push_back(tensor_of(json));
    expect_gradients(c, layer, x, call);
    expect_the_same_recorded(layer, x, call);
    expect_the_same_split_and_printed(c, layer, x, call);
  };
}

// How each case of a file is checked, by its name.
inline void check_cases(const std::string& file, const std::map<std::string, Check>& checks) {
  const oracle::Json cases = oracle::read(file);
  EXPECT_EQ(cases.size(), checks.size());
  for (auto& c : cases) {
    SCOPED_TRACE(c.at("name"));
    checks.at(c["name"])(c);
  }
}

}  // namespace ramie::nn
