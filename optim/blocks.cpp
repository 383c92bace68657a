#include <ramie/optim/blocks.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include <ramie/autograd/ops/shape.h>
#include <ramie/optim/detail/blocks.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

using detail::each;
using detail::norm;
using detail::squares;

GradientTransformation clip_by_block_rms(double threshold) {
  if (!(threshold > 0))
    fail("clip_by_block_rms", fmt::format("the threshold is {}: it must be positive.", threshold));
  return each([threshold](const Tensor& u, const Tensor&) {
    return u / maximum(sqrt(mean(squares(u))) / threshold, 1).astype(u.dtype());
  });
}

GradientTransformation scale_by_trust_ratio(double min_norm, double trust_coefficient, double eps) {
  return each([=](const Tensor& u, const Tensor& p) {
    const Tensor of_param = maximum(norm(p), min_norm), of_update = maximum(norm(u), min_norm);
    const Tensor ratio = trust_coefficient * of_param / (of_update + eps);
    return u * where(logical_or(of_param == 0, of_update == 0), 1, ratio).astype(u.dtype());
  });
}

GradientTransformation scale_by_param_block_norm(double min_scale) {
  return each([min_scale](const Tensor& u, const Tensor& p) {
    return u * maximum(norm(p), min_scale).astype(u.dtype());
  });
}
GradientTransformation scale_by_param_block_rms(double min_scale) {
  return each([min_scale](const Tensor& u, const Tensor& p) {
    return u * maximum(sqrt(mean(squares(p))), min_scale).astype(u.dtype());
  });
}

GradientTransformation centralize() {
  return each([](const Tensor& u, const Tensor&) {
    if (u.rank() < 2) return u;
    Shape axes;
    for (int axis = 1; axis < u.rank(); ++axis) axes.push_back(axis);
    return u - mean(u, axes, true);
  });
}

namespace {

// The second largest axis and the largest; nothing where a parameter is not factored.
struct Axes {
  int second, largest;
};
std::optional<Axes> factored_axes(const FactoredScaling& o, const Tensor& p) {
  if (!o.factored || p.rank() < 2) return {};
  std::vector<int> axes(static_cast<std::size_t>(p.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::stable_sort(axes.begin(), axes.end(), [&](int a, int b) { return p.shape(a) < p.shape(b); });
  const Axes out{axes[axes.size() - 2], axes.back()};
  if (p.shape(out.second) < o.min_dim_size_to_factor) return {};
  return out;
}

// state: "count", then for each parameter "v_row" and "v_col", or "v".
State init_factored(const FactoredScaling& o, const State& params) {
  State out{{"count", zeros({}, int32).to(device_of(params))}};
  for (auto& [path, p] : params)
    if (const auto axes = factored_axes(o, p)) {
      out.add("v_row." + path, zeros_like(mean(p, {axes->largest})));
      out.add("v_col." + path, zeros_like(mean(p, {axes->second})));
    } else {
      out.add("v." + path, zeros_like(p));
    }
  return out;
}

// g over the root of what the row and the column say of its squares.
Tensor scale_factored(const Tensor& g, Axes axes, const Tensor& row, const Tensor& column) {
  const int left = axes.second > axes.largest ? axes.second - 1 : axes.second;  // of the row's axes
  const Tensor of_row = rsqrt(row / mean(row, {left}, true));
  return g * expand_dims(of_row, axes.largest) * expand_dims(rsqrt(column), axes.second);
}

State update_factored(const FactoredScaling& o, State updates, State& state) {
  const Tensor step = (state[0].second - o.step_offset + 1).astype(float64);
  const Tensor decay = 1 - power(step, -o.decay_rate);
  std::size_t next = 1;
  const auto move = [&](const Tensor& value) {
    Tensor& v = state[next++].second;
    const Tensor d = decay.astype(v.dtype());
    return v = d * v + (1 - d) * value;
  };
  for (auto& [path, g] : updates) {
    const Tensor grad_squared = square(g) + o.epsilon;
    if (const auto axes = factored_axes(o, g)) {
      const Tensor row = move(mean(grad_squared, {axes->largest}));
      const Tensor column = move(mean(grad_squared, {axes->second}));
      g = scale_factored(g, *axes, row, column);
    } else {
      g = g * rsqrt(move(grad_squared));
    }
  }
  state[0].second = state[0].second + 1;
  return updates;
}

}  // namespace

GradientTransformation scale_by_factored_rms(FactoredScaling o) {
  return General{[o](const State& params) { return init_factored(o, params); },
                 [o](State updates, State& state, const State&, const ExtraArgs&) {
                   return update_factored(o, std::move(updates), state);
                 }};
}

}  // namespace ramie::optim
