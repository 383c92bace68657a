// What transformations of one parameter at a time share.
#pragma once

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/optim/transformation.h>

namespace ramie::optim::detail {

// No state; each update becomes f(update, parameter).
template <class F>
GradientTransformation each(F f) {
  return General{[](const State&) { return State(); },
                 [f](State updates, State&, const State& params, const ExtraArgs&) {
                   for (std::size_t i = 0; i < updates.size(); ++i)
                     updates[i].second = f(updates[i].second, params[i].second);
                   return updates;
                 }};
}

// With a count of the steps, from 1 on, and some values of each parameter's shape: f(step, update, parameter,
// values) moves the values and gives the update.
using Values = std::span<Tensor>;
using Step =
    std::function<Tensor(const Tensor& step, const Tensor& update, const Tensor& param, Values values)>;
GradientTransformation stepping(const std::vector<std::string>& names, const Step& f,
                                const std::vector<double>& initial = {});
// 1 / (1 - b^step), float64.
Tensor bias_correction(double b, const Tensor& step);

// In float32 for half types, whose squares would overflow.
inline Tensor squares(const Tensor& x) { return square(x.astype(promote(x.dtype(), float32))); }
inline Tensor norm(const Tensor& x) { return sqrt(sum(squares(x))); }

}  // namespace ramie::optim::detail
