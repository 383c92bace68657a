#include <ramie/optim/wrappers.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/optim/detail/substate.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

using detail::add_all;
using detail::choose;
using detail::put;
using detail::take;

State detail::choose(const Tensor& condition, const State& a, const State& b) {
  State out;
  for (std::size_t i = 0; i < a.size(); ++i) out.add(a[i].first, where(condition, a[i].second, b[i].second));
  return out;
}

namespace {

Tensor counter(const State& params) { return zeros({}, int32).to(device_of(params)); }

void check_period(const char* name, int sync_period) {
  if (sync_period < 1) fail(name, fmt::format("sync_period is {}: it must be at least 1.", sync_period));
}

struct IfFinite {
  GradientTransformation inner;
  int max_consecutive_errors;

  State init(const State& params) const {
    State out{{"notfinite_count", counter(params)},
              {"last_finite", full({}, true).to(device_of(params))},
              {"total_notfinite", counter(params)}};
    add_all(out, "inner.", inner.init(params));
    return out;
  }

  State update(State updates, State& state, const State& params, const ExtraArgs& extra) const {
    Tensor finite = state[1].second == state[1].second;
    for (auto& [path, u] : updates) finite = logical_and(finite, all(isfinite(u)));
    const Tensor errors = where(finite, 0, state[0].second + 1);
    const Tensor good = logical_or(finite, errors > max_consecutive_errors);
    const State before = take(state, "inner.");
    State after = before;
    updates = inner.update(std::move(updates), after, params, extra);
    for (auto& [path, u] : updates) u = where(good, u, 0);
    put(state, "inner.", choose(good, after, before));
    state[0].second = errors;
    state[1].second = finite;
    state[2].second = where(finite, state[2].second, state[2].second + 1);
    return updates;
  }
};

struct Lookahead {
  GradientTransformation fast;
  LookaheadOptions o;

  State init(const State& params) const {
    State out{{"steps_since_sync", counter(params)}};
    add_all(out, "slow.", params);
    add_all(out, "fast.", fast.init(params));
    return out;
  }

  State update(State updates, State& state, const State& params, const ExtraArgs& extra) const {
    const Tensor step = state[0].second, sync = step == o.sync_period - 1;
    State inner = take(state, "fast."), slow = take(state, "slow.");
    updates = fast.update(std::move(updates), inner, params, extra);
    for (std::size_t i = 0; i < updates.size(); ++i) {
      Tensor &u = updates[i].second, &s = slow[i].second;
      const Tensor way = params[i].second + u - s;
      u = where(sync, u - (1 - o.slow_step_size) * way, u);
      s = where(sync, s + o.slow_step_size * way, s);
    }
    if (o.reset_state) inner = choose(sync, fast.init(params), inner);
    put(state, "fast.", std::move(inner));
    put(state, "slow.", std::move(slow));
    state[0].second = where(sync, 0, step + 1);
    return updates;
  }
};

struct Sam {
  GradientTransformation optimizer, adversary;
  SamOptions o;

  State init(const State& params) const {
    State out{{"steps_since_sync", counter(params)}};
    if (!o.opaque_mode) add_all(out, "cache.", params);
    add_all(out, "opt.", optimizer.init(params));
    add_all(out, "adv.", adversary.init(params));
    return out;
  }

  State update(const State& updates, State& state, const State& params, const ExtraArgs& extra) const {
    return o.opaque_mode ? whole(updates, state, params, extra) : one(updates, state, params, extra);
  }

 private:
  State one(const State& updates, State& state, const State& params, const ExtraArgs& extra) const {
    const Tensor step = state[0].second, last = step == o.sync_period - 1;
    const State cache = choose(step == 0, params, take(state, "cache."));
    State up = ascend(updates, state, params, extra, last);
    const State opt = take(state, "opt.");
    State moved = opt;
    const State down = optimizer.update(updates, moved, cache, extra);
    for (std::size_t i = 0; i < up.size(); ++i)
      up[i].second = where(last, cache[i].second - params[i].second + down[i].second, up[i].second);
    put(state, "opt.", choose(last, moved, opt));
    put(state, "cache.", cache);
    state[0].second = where(last, 0, step + 1);
    return up;
  }

  State whole(State grad, State& state, const State& params, const ExtraArgs& extra) const {
    if (!extra.value_fn)
      fail("sam",
           "opaque_mode asks for other gradients: optimizer.update(model, grads, {.value_fn = "
           "optim::value_fn(loss_fn, model, ...)}).");
    State opt = take(state, "opt."), adv = take(state, "adv."), at = params;
    for (int i = 0; i + 1 < o.sync_period; ++i) {
      const State up = adversary.update(std::move(grad), adv, at, extra);
      for (std::size_t p = 0; p < up.size(); ++p) at[p].second = at[p].second - up[p].second;
      grad = extra.value_fn(at).second;
    }
    State down = optimizer.update(std::move(grad), opt, params, extra);
    put(state, "adv.", o.reset_state ? adversary.init(params) : std::move(adv));
    put(state, "opt.", std::move(opt));
    return down;
  }

  State ascend(const State& updates, State& state, const State& params, const ExtraArgs& extra,
               const Tensor& last) const {
    const State before = take(state, "adv.");
    State after = before;
    State up = adversary.update(updates, after, params, extra);
    for (auto& [path, u] : up) u = -u;
    put(state, "adv.", choose(last, o.reset_state ? adversary.init(params) : before, after));
    return up;
  }
};

template <class T>
GradientTransformation general(const T& t) {
  return General{[t](const State& params) { return t.init(params); },
                 [t](State updates, State& state, const State& params, const ExtraArgs& extra) {
                   return t.update(std::move(updates), state, params, extra);
                 }};
}

}  // namespace

GradientTransformation apply_if_finite(const GradientTransformation& inner, int max_consecutive_errors) {
  return general(IfFinite{inner, max_consecutive_errors});
}
GradientTransformation lookahead(const GradientTransformation& fast, LookaheadOptions o) {
  check_period("lookahead", o.sync_period);
  return general(Lookahead{fast, o});
}
GradientTransformation sam(const GradientTransformation& optimizer, const GradientTransformation& adversary,
                           SamOptions o) {
  check_period("sam", o.sync_period);
  return general(Sam{optimizer, adversary, o});
}

}  // namespace ramie::optim
