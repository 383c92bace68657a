// Small ops with rules, planted faults among them, for the tests of the engine.
#pragma once

#include <cmath>
#include <cstdint>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>

namespace ramie::toy {

struct Map {  // a double function on dense float32 or float64 on the CPU
  static constexpr const char* name = "map";
  double (*f)(double);
  Layout outputs(const Layout& x) const { return x.compact(); }
  void run(Cpu, View y, View x) const noexcept {
    visit(x.layout->dtype, [&]<class T>(Type<T>) {
      for (std::int64_t i = 0; i < x.size(); ++i) y.as<T>()[i] = convert<T>(f(convert<double>(x.as<T>()[i])));
    });
  }
};
inline Tensor map(double (*f)(double), const Tensor& x) {
  return transfer(launch(Map{f}, contiguous(transfer(x, cpu()))), x.device());
}

// An op with the forward x -> x and the given rule.
template <class V>
Tensor identity(const char* name, const Tensor& x, Vjp<V> rule) {
  return apply(name, {x}, Forward{[](auto& v) { return map([](double u) { return u; }, v); }}, rule);
}

// Saves its input.
inline Tensor cube(const Tensor& x) {
  return apply("cube", {x}, Forward{[](auto& v) { return map([](double u) { return u * u * u; }, v); }},
               Saved{[](auto&, auto& v) { return save(v); }},
               Vjp{[](auto& dy, auto& v) { return Grads{dy * v * v * 3}; }});
}
// Saves its output.
inline Tensor exponential(const Tensor& x) {
  return apply(
      "exponential", {x}, Forward{[](auto& v) { return map([](double u) { return std::exp(u); }, v); }},
      Saved{[](auto& y, auto&) { return save(y); }}, Vjp{[](auto& dy, auto& y) { return Grads{dy * y}; }});
}

}  // namespace ramie::toy
