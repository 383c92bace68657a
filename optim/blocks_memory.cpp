// Blocks whose memory is smaller than the parameter.
#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/optim/blocks.h>
#include <ramie/optim/detail/blocks.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

struct Novograd {
  NovogradScaling o;

  State init(const State& params) const {
    State out{{"count", zeros({}, int32).to(device_of(params))}};
    for (auto& [path, p] : params) out.add("mu." + path, zeros_like(p));
    for (auto& [path, p] : params) out.add("nu." + path, zeros({}, p.dtype()).to(p.device()));
    return out;
  }
  State update(State updates, State& state, const State& params) const {
    const Tensor first = state[0].second == 0;
    for (std::size_t i = 0; i < updates.size(); ++i) {
      Tensor &u = updates[i].second, &mu = state[1 + i].second, &nu = state[1 + updates.size() + i].second;
      const Tensor squares = sum(detail::squares(u)).astype(nu.dtype());
      nu = where(first, squares, o.b2 * nu + (1 - o.b2) * squares);
      const Tensor step = u / (sqrt(nu + o.eps_root) + o.eps) + o.weight_decay * params[i].second;
      u = mu = where(first, step, o.b1 * mu + step);
    }
    state[0].second = state[0].second + 1;
    return updates;
  }
};

// state: for each parameter "nu", then "mu.0", "mu.1", ... for its axes, with a 1 for each of the others.
struct Sm3 {
  double b1, b2, eps;

  static Tensor largest(const Tensor& x, int axis) {
    Shape others;
    for (int a = 0; a < x.rank(); ++a)
      if (a != axis) others.push_back(a);
    return others.empty() ? x : max(x, others, true);
  }
  State init(const State& params) const {
    State out;
    for (auto& [path, p] : params) {
      out.add("nu." + path, zeros_like(p));
      for (int axis = 0; axis < p.rank(); ++axis)
        out.add(fmt::format("mu.{}.{}", axis, path), zeros_like(largest(p, axis)));
    }
    return out;
  }
  State update(State updates, State& state) const {
    std::size_t next = 0;
    for (auto& [path, u] : updates) {
      Tensor& nu = state[next++].second;
      Tensor least;
      for (int axis = 0; axis < u.rank(); ++axis) {
        const Tensor& mu = state[next + static_cast<std::size_t>(axis)].second;
        least = least ? minimum(least, mu) : mu;
      }
      const Tensor squares = (b2 == 1 ? 1 : 1 - b2) * square(u);
      const Tensor sums = least ? squares + b2 * least : squares;
      for (int axis = 0; axis < u.rank(); ++axis) state[next++].second = largest(sums, axis);
      u = nu = b1 * nu + (1 - b1) * u * where(sums > 0, rsqrt(sums + eps), 0);
    }
    return updates;
  }
};

// The norms of a parameter's units: those of whole vectors, and of what leads to each element of the last
// axes.
Tensor unit_norms(const Tensor& x) {
  Shape axes;
  int longer = 0;
  for (int axis = 0; axis < x.rank(); ++axis) longer += x.shape(axis) > 1;
  const int last = longer <= 1 ? x.rank() : x.rank() <= 3 ? 1 : x.rank() - 1;
  for (int axis = 0; axis < last; ++axis) axes.push_back(axis);
  return axes.empty() ? abs(x) : sqrt(sum(detail::squares(x), axes, true)).astype(x.dtype());
}

}  // namespace

GradientTransformation scale_by_novograd(NovogradScaling o) {
  const Novograd n{o};
  return General{[n](const State& params) { return n.init(params); },
                 [n](State updates, State& state, const State& params, const ExtraArgs&) {
                   return n.update(std::move(updates), state, params);
                 }};
}
GradientTransformation scale_by_sm3(double b1, double b2, double eps) {
  const Sm3 s{b1, b2, eps};
  return General{[s](const State& params) { return s.init(params); },
                 [s](State updates, State& state, const State&, const ExtraArgs&) {
                   return s.update(std::move(updates), state);
                 }};
}

GradientTransformation adaptive_grad_clip(double clipping, double eps) {
  if (!(clipping > 0))
    fail("adaptive_grad_clip", fmt::format("clipping is {}: it must be positive.", clipping));
  return detail::each([=](const Tensor& u, const Tensor& p) {
    if (p.rank() > 5)
      fail("adaptive_grad_clip",
           fmt::format("a parameter is {}: it knows the units of up to 5 axes.", str(p.layout())));
    const Tensor norm = unit_norms(u), most = clipping * maximum(unit_norms(p), eps);
    return where(norm < most, u, u * (most / maximum(norm, 1e-6)));
  });
}

}  // namespace ramie::optim
