// The inverse of the Hessian, as far as the last steps tell it. The state keeps the differences of parameters
// and of gradients, oldest first, and 1 / (their product) as weights; 0 where there is none yet.
#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/optim/blocks.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

using Tensors = std::vector<Tensor>;

Tensor dot(const Tensors& a, const Tensors& b) {
  Tensor total;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Tensor product = sum(a[i] * b[i]).astype(promote(a[i].dtype(), float32));
    total = total ? total + product : product;
  }
  return total ? total : zeros({});
}
void add_scaled(Tensors& x, const Tensor& by, const Tensors& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = x[i] + by.astype(x[i].dtype()) * y[i];
}
Tensors at(const Tensors& memory, int i) {
  Tensors out;
  for (auto& m : memory) out.push_back(m[i]);
  return out;
}
// Without its oldest row, and with a new one.
Tensor pushed(const Tensor& memory, const Tensor& row) {
  return concatenate({slice(memory, 0, 1, memory.shape(0)), expand_dims(row, 0)}, 0);
}
Tensors values(const State& state, std::size_t begin, std::size_t n) {
  Tensors out;
  for (std::size_t i = begin; i < begin + n; ++i) out.push_back(state[i].second);
  return out;
}

struct Lbfgs {
  int memory_size;
  bool scale_init_precond;

  State init(const State& params) const {
    DType widest = float32;
    for (auto& [path, p] : params) widest = promote(widest, p.dtype());
    const Device device = device_of(params);
    State out{{"count", zeros({}, int32).to(device)},
              {"weights_memory", zeros({memory_size}, widest).to(device)}};
    for (const char* name : {"params.", "updates."})
      for (auto& [path, p] : params) out.add(name + path, zeros_like(p));
    for (const char* name : {"diff_params_memory.", "diff_updates_memory."})
      for (auto& [path, p] : params)
        out.add(name + path, stack(Tensors(static_cast<std::size_t>(memory_size), zeros_like(p))));
    return out;
  }

  State update(State updates, State& state, const State& params) const {
    const std::size_t n = params.size();
    const Tensors now = values(params, 0, n), g = values(updates, 0, n);
    const Tensor later = state[0].second > 0;
    Tensors steps, changes;
    for (std::size_t i = 0; i < n; ++i) {
      steps.push_back(where(later, now[i] - state[2 + i].second, 0));
      changes.push_back(where(later, g[i] - state[2 + n + i].second, 0));
    }
    remember(state, now, g, steps, changes);
    const Tensors direction = precondition(state, g, first_scale(later, g, steps, changes));
    for (std::size_t i = 0; i < n; ++i) updates[i].second = direction[i];
    return updates;
  }

 private:
  static void remember(State& state, const Tensors& now, const Tensors& g, const Tensors& steps,
                       const Tensors& changes) {
    const std::size_t n = now.size();
    const Tensor product = dot(changes, steps), weight = where(product == 0, 0, 1 / product);
    state[0].second = state[0].second + 1;
    state[1].second = pushed(state[1].second, weight.astype(state[1].second.dtype()));
    for (std::size_t i = 0; i < n; ++i) {
      state[2 + i].second = now[i];
      state[2 + n + i].second = g[i];
      Tensor &s = state[2 + 2 * n + i].second, &y = state[2 + 3 * n + i].second;
      s = pushed(s, steps[i]);
      y = pushed(y, changes[i]);
    }
  }

  // What the Hessian's inverse is taken for before the memory corrects it: at first, a step of at most 1.
  Tensor first_scale(const Tensor& later, const Tensors& g, const Tensors& steps,
                     const Tensors& changes) const {
    if (!scale_init_precond) return ones_like(dot(g, g));
    const Tensor squares = dot(changes, changes);
    const Tensor curvature = where(squares > 0, dot(changes, steps) / squares, 1);
    return where(later, curvature, minimum(1 / sqrt(dot(g, g)), 1));
  }

  // The two loops of Nocedal.
  Tensors precondition(const State& state, Tensors g, const Tensor& scale) const {
    const std::size_t n = g.size();
    const Tensor& weights = state[1].second;
    const Tensors s = values(state, 2 + 2 * n, n), y = values(state, 2 + 3 * n, n);
    Tensors alphas(static_cast<std::size_t>(memory_size));
    for (int i = memory_size; i-- > 0;) {
      Tensor& alpha = alphas[static_cast<std::size_t>(i)];
      alpha = weights[i] * dot(at(s, i), g);
      add_scaled(g, -alpha, at(y, i));
    }
    for (auto& v : g) v = v * scale.astype(v.dtype());
    for (int i = 0; i < memory_size; ++i) {
      const Tensor beta = weights[i] * dot(at(y, i), g);
      add_scaled(g, alphas[static_cast<std::size_t>(i)] - beta, at(s, i));
    }
    return g;
  }
};

}  // namespace

GradientTransformation scale_by_lbfgs(int memory_size, bool scale_init_precond) {
  if (memory_size < 1)
    fail("scale_by_lbfgs", fmt::format("memory_size is {}: it must be at least 1.", memory_size));
  const Lbfgs l{memory_size, scale_init_precond};
  return General{[l](const State& params) { return l.init(params); },
                 [l](State updates, State& state, const State& params, const ExtraArgs&) {
                   return l.update(std::move(updates), state, params);
                 }};
}

}  // namespace ramie::optim
