// The transformations that compute each parameter op by op, most of them with a memory of gradients.
#include <ramie/autograd/ops/reduce.h>
#include <ramie/optim/detail/blocks.h>
#include <ramie/optim/detail/substate.h>
#include <ramie/optim/scaling.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

namespace ramie::optim {

using detail::bias_correction;
using detail::stepping;
using detail::Values;

GradientTransformation detail::stepping(const std::vector<std::string>& names, const Step& f,
                                        const std::vector<double>& initial) {
  const auto init = [=](const State& params) {
    State out{{"count", zeros({}, int32).to(device_of(params))}};
    for (std::size_t i = 0; i < names.size(); ++i)
      for (auto& [path, p] : params)
        out.add(names[i] + "." + path, full_like(p, i < initial.size() ? initial[i] : 0));
    return out;
  };
  const auto update = [f, width = names.size()](State updates, State& state, const State& params,
                                                const ExtraArgs&) {
    state[0].second = state[0].second + 1;
    std::vector<Tensor> values(width);
    for (std::size_t p = 0; p < updates.size(); ++p) {
      const auto at = [&](std::size_t i) -> Tensor& { return state[1 + i * updates.size() + p].second; };
      for (std::size_t i = 0; i < width; ++i) values[i] = at(i);
      updates[p].second = f(state[0].second, updates[p].second, params[p].second, values);
      for (std::size_t i = 0; i < width; ++i) at(i) = std::move(values[i]);
    }
    return updates;
  };
  return General{init, update};
}
Tensor detail::bias_correction(double b, const Tensor& step) {
  return 1 / (1 - power(b, step.astype(float64)));
}

GradientTransformation scale_by_adan(AdanScaling o) {
  return stepping({"m", "v", "n", "g"}, [o](const Tensor& step, const Tensor& g, const Tensor&, Values s) {
    const Tensor change = where(step == 1, 0, g - s[3]), ahead = g + (1 - o.b2) * change;
    s[0] = o.b1 * s[0] + (1 - o.b1) * g;
    s[1] = o.b2 * s[1] + (1 - o.b2) * change;
    s[2] = o.b3 * s[2] + (1 - o.b3) * square(ahead);
    s[3] = g;
    const auto corrected = [&](const Tensor& mean, double b) {
      return mean * bias_correction(b, step).astype(g.dtype());
    };
    return (corrected(s[0], o.b1) + (1 - o.b2) * corrected(s[1], o.b2)) /
           (sqrt(corrected(s[2], o.b3) + o.eps_root) + o.eps);
  });
}

GradientTransformation scale_by_rprop(double learning_rate, RpropScaling o) {
  const auto f = [o](const Tensor&, const Tensor& g, const Tensor&, Values s) {
    Tensor &size = s[0], &before = s[1];
    const Tensor agrees = g * before, turned = agrees < 0;
    const Tensor moved =
        clip(where(agrees > 0, o.eta_plus * size, o.eta_minus * size), o.min_step_size, o.max_step_size);
    size = where(agrees == 0, size, moved);
    return before = where(turned, 0, size * sign(g));
  };
  return stepping({"step_sizes", "prev_updates"}, f, {learning_rate});
}

GradientTransformation scale_by_optimistic_gradient(double alpha, double beta) {
  return stepping({"previous_gradient"}, [=](const Tensor& step, const Tensor& g, const Tensor&, Values s) {
    const Tensor before = where(step == 1, g, s[0]);
    s[0] = g;
    return (alpha + beta) * g - beta * before;
  });
}

GradientTransformation add_noise(double eta, double gamma, const Tensor& key) {
  const auto init = [key](const State& params) {
    return State{{"count", zeros({}, int32).to(device_of(params))}, {"rng_key", key.to(device_of(params))}};
  };
  const auto update = [=](State updates, State& state, const State&, const ExtraArgs&) {
    const Tensor count = state[0].second = state[0].second + 1;
    const Tensor deviation = sqrt(eta / power(count.astype(float64), gamma));
    const auto keys = random::split(state[1].second);
    state[1].second = keys[0];
    const auto each = random::split(keys[1], static_cast<std::int64_t>(updates.size()));
    for (std::size_t i = 0; i < updates.size(); ++i) {
      Tensor& u = updates[i].second;
      u = u + deviation.astype(u.dtype()) * random::normal(each[i], u.shape(), u.dtype());
    }
    return updates;
  };
  return General{init, update};
}

GradientTransformation zero_nans() {
  return detail::each([](const Tensor& u, const Tensor&) { return where(isnan(u), 0, u); });
}
GradientTransformation keep_params_nonnegative() {
  return detail::each([](const Tensor& u, const Tensor& p) { return where(p + u < 0, -p, u); });
}

}  // namespace ramie::optim
