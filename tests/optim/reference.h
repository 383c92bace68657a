// The optimizers' reference data, tests/data/optim.json: seven steps of two parameters.
#pragma once

#include <string>

#include <ramie/optim/transformation.h>

#include "support/ops.h"

namespace ramie::optim {

inline const oracle::Json& reference() {
  static const oracle::Json json = oracle::read("optim.json");
  return json;
}
inline std::vector<double> numbers(const oracle::Json& json) { return json.get<std::vector<double>>(); }

// {"b": [...], "w": [...]} as tensors.
inline State state_of(const oracle::Json& values, DType dtype) {
  State out;
  for (auto& [name, shape] : reference().at("shapes").items())
    out.add(
        name,
        from_vector(numbers(values.at(name)), Shape(shape.get<std::vector<std::int64_t>>())).astype(dtype));
  return out;
}
inline State params(DType dtype = float64) { return state_of(reference().at("parameters"), dtype); }
inline State grads(std::size_t step, DType dtype = float64) {
  return state_of(reference().at("gradients")[step], dtype);
}

// The cases of one optimizer, for each dtype that was recorded.
inline std::vector<oracle::Json> cases(const std::string& name, DType dtype) {
  std::vector<oracle::Json> out;
  for (auto& c : reference().at(dtype == float64 ? "float64" : "float32"))
    if (c.at("name") == name) out.push_back(c);
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

inline void expect_near(const State& state, const oracle::Json& expected, double tolerance) {
  for (auto& [path, value] : state) {
    SCOPED_TRACE(path);
    ramie::expect_near(value, numbers(expected.at(path)), value.shape(), tolerance);
  }
}
inline void expect_equal(const State& a, const State& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_EQ(a[i].second.to_vector<double>(), b[i].second.to_vector<double>()) << a[i].first;
  }
}
inline std::string paths(const State& state) {
  std::string out;
  for (auto& [path, value] : state) out += (out.empty() ? "" : " ") + path;
  return out;
}

// optax's seven steps: the updates, and the parameters, by update() and by apply().
inline void expect_steps(const GradientTransformation& tx, const oracle::Json& c, DType dtype) {
  SCOPED_TRACE(c.at("name").get<std::string>() + " " + c.at("settings").dump());
  const double tolerance = dtype == float64 ? 1e-12 : 1e-6;
  State p = params(dtype), q = params(dtype), s = tx.init(p), t = tx.init(q);
  for (std::size_t step = 0; step < c.at("steps").size(); ++step) {
    SCOPED_TRACE(step);
    const oracle::Json& expected = c["steps"][step];
    const State updates = tx.update(grads(step, dtype), s, p);
    for (std::size_t i = 0; i < p.size(); ++i) p[i].second = p[i].second + updates[i].second;
    tx.apply(grads(step, dtype), t, q);
    expect_near(updates, expected.at("updates"), tolerance);
    expect_near(p, expected.at("parameters"), tolerance);
    expect_equal(q, p);
  }
}

}  // namespace ramie::optim
