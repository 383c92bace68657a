// What a model computes on its way: the output of each module by path, and values that modules sow.
//
//   auto [output, seen] = nn::capture(model, x);
//   seen.at("conv1");                      // a State: what conv1 gave
//   seen.at("attention.weights");          // what it sowed: sow("weights", w)
//
// A module's second call is "conv1#2", the third "conv1#3". They are in the order in which they were done;
// the output of the model itself is not among them. Where the model is not called as model(x...):
//
//   nn::Intermediates seen(model);         // or of some modules: seen(model, nn::is_a<nn::Conv>)
//   auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);
//   seen.state().at("conv1");
//
// Inside nn::value_and_grad gradients lead through captured values, so that a loss may use them. Under vmap
// capture inside of the mapped function, and return the State. What checkpoint runs again in backward is seen
// again. nn/call.h says which modules are seen.
//
// Source: flax.nnx.capture, Module.sow.
#pragma once

#include <memory>
#include <utility>

#include <ramie/nn/module_paths.h>
#include <ramie/nn/state.h>

namespace ramie::nn {

// What the model computes on this thread while this lives. The model must stay where it is.
class Intermediates {
 public:
  template <class M>
  explicit Intermediates(const M& model) : Intermediates(nullptr, ModulePaths(model)) {}
  template <class M>
  Intermediates(const M& model, const ModuleFilter& filter) : Intermediates(filter, ModulePaths(model)) {}
  const State& state() const;
  State take();  // and begins anew

 private:
  class Log;
  Intermediates(const ModuleFilter& filter, ModulePaths paths);
  std::shared_ptr<Log> log_;
  detail::Observing observing_;
};

// (what the model gives, what it computed on the way)
template <class M, class... A>
auto capture(M&& model, A&&... arguments) {
  Intermediates seen(model);
  auto output = model(std::forward<A>(arguments)...);
  return std::pair(std::move(output), seen.take());
}

}  // namespace ramie::nn
