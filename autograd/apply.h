// How an op gets its gradient: one function on one screen.
//
//   // y = a * b;   da = dy * b,  db = dy * a
//   Tensor multiply(const Tensor& a, const Tensor& b) {
//     return apply("multiply", {a, b},
//         Forward{[](auto& a, auto& b) { return launch(kernels::Multiply{}, a, b); }},
//         Saved{[](auto&, auto& a, auto& b) { return save(a, b); }},
//         Vjp{[](auto& dy, Needs needs, auto& a, auto& b) {
//           return Grads{needs[0] ? multiply(dy, b) : Tensor(), needs[1] ? multiply(dy, a) : Tensor()};
//         }});
//   }
//
// Forward launches on plain values. Saved names the tensors that the rule reads, the output among them if
// wanted. Vjp maps the output's cotangent to one for each input, with public ops, so that higher derivatives
// come free. The three may capture plain numbers and layouts, never tensors. Without Saved nothing is kept;
// an op without Vjp is an error that names it when a gradient reaches it. Outputs that are not floating have
// no gradient.
//
// Forward mode and vmap need no more: without a Jvp part a tangent goes through the Vjp rule two times, and
// without a Vmap part a batch goes through the op one by one. What is faster:
//
//   elementwise, linear, multilinear         say all about the tangent in a word; elementwise also about vmap
//   Jvp{[](Tangents t, auto& saved...) { return the output's tangent; }}
//   Vmap{[](Batch batch, auto& a, auto& b) { return the op with the batch as axis 0; }}
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include <ramie/autograd/trace.h>

namespace ramie {

// An op's input by reference, so that the list {a, b} copies no handle.
struct Input {
  Input(const Tensor& t) : tensor(&t) {}
  const Tensor* tensor;
};

template <class... T>
std::array<const Tensor*, sizeof...(T)> save(const T&... t) {
  return {&t...};
}

template <class F>
struct Forward {
  F f;
};
template <class F>
struct Saved {
  F f;
};
template <class F>
struct Vjp {
  F f;
};
template <class F>
struct Jvp {
  F f;
};
template <class F>
struct Vmap {
  F f;
};
template <class F>
Forward(F) -> Forward<F>;
template <class F>
Saved(F) -> Saved<F>;
template <class F>
Vjp(F) -> Vjp<F>;
template <class F>
Jvp(F) -> Jvp<F>;
template <class F>
Vmap(F) -> Vmap<F>;

// What many ops say instead of Jvp and Vmap.
struct ElementwiseOp {};  // all inputs and the output have one shape, and element i depends on elements i
struct LinearOp {};       // in all floating inputs together: the tangent is the op of the tangents
struct MultilinearOp {};  // in each floating input by itself: matmul, convolution
inline constexpr ElementwiseOp elementwise;
inline constexpr LinearOp linear;
inline constexpr MultilinearOp multilinear;

namespace detail {

struct SaveNothing {
  template <class... T>
  std::array<const Tensor*, 0> operator()(const T&...) const {
    return {};
  }
};
struct NoRule {};

template <template <class> class P, class T>
struct is_part : std::false_type {};
template <template <class> class P, class F>
struct is_part<P, P<F>> : std::true_type {};
// The function of the part of one kind, or the default.
template <template <class> class P, class D>
constexpr const D& part(const D& otherwise) {
  return otherwise;
}
template <template <class> class P, class D, class First, class... Rest>
constexpr const auto& part(const D& otherwise, const First& first, const Rest&... rest) {
  if constexpr (is_part<P, First>::value)
    return first.f;
  else
    return part<P>(otherwise, rest...);
}

[[noreturn]] void no_rule(const char* op);
void note_stack(Node& n);  // anomaly.h

// The tag among the parts, or the default.
template <class D>
constexpr const D& tag(const D& otherwise) {
  return otherwise;
}
template <class D, class First, class... Rest>
constexpr const auto& tag(const D& otherwise, const First& first, const Rest&... rest) {
  if constexpr (std::is_same_v<First, ElementwiseOp> || std::is_same_v<First, LinearOp> ||
                std::is_same_v<First, MultilinearOp>)
    return first;
  else
    return tag(otherwise, rest...);
}

// The rule called with as much as it takes: (dy, needs, saved...) or (dy, saved...).
template <class Rule, class... S>
Grads call_rule(const Rule& rule, const Tensor& dy, Needs needs, const S&... saved) {
  if constexpr (std::is_invocable_v<Rule, const Tensor&, Needs, const S&...>)
    return rule(dy, needs, saved...);
  else
    return rule(dy, saved...);
}

template <class Rule, std::size_t n, std::size_t m>
struct RuleNode final : Node {
  static_assert(std::is_trivially_destructible_v<Rule>,
                "a rule captures plain numbers; tensors go through save(...)");
  std::array<Ref<Node>, n> inputs;
  std::array<Tensor, m> kept;
  [[no_unique_address]] Rule rule;

  RuleNode(const char* op, const Layout& l, const Rule& r) : Node(op, l), rule(r) {
    edges = inputs;
    saved = kept;
  }
  Grads backward(const Tensor& dy, Needs needs) override {
    if constexpr (std::is_same_v<Rule, NoRule>) {
      no_rule(name);
    } else if (own < 0 || !context.grad_enabled) {
      return call(dy, needs, kept, std::make_index_sequence<m>());
    } else {  // a higher derivative goes through the output too
      std::array<Tensor, m> with_node = kept;
      auto& y = with_node[static_cast<std::size_t>(own)];
      y = y.alias(y.layout());
      y.attach(Ref<Graph>::share(this));
      return call(dy, needs, with_node, std::make_index_sequence<m>());
    }
  }
  template <std::size_t... i>
  Grads call(const Tensor& dy, Needs needs, const std::array<Tensor, m>& s, std::index_sequence<i...>) {
    return call_rule(rule, dy, needs, s[i]...);
  }
};

void check_op(const char* name, const Tensor& y, const std::vector<Tensor>& x);  // in anomaly mode

// Joins a node to y, above the levels up to `above`.
template <std::size_t n, std::size_t m, class Rule>
void join(const char* name, Tensor& y, const Input (&inputs)[n], const std::array<const Tensor*, m>& keep,
          const Rule& rule, std::uint64_t above = 0) {
  auto made = make_node<RuleNode<Rule, n, m>>(name, y.layout(), rule);
  for (std::size_t i = 0; i < n; ++i) {
    Node* from = node(*inputs[i].tensor);
    if (!from || (above && from->innermost <= above)) continue;
    made->lead_to(from, above);
    made->inputs[i] = Ref<Node>::share(from);
  }
  for (std::size_t i = 0; i < m; ++i) {
    const bool own = keep[i]->same(y);
    if (own) made->own = static_cast<int>(i);
    made->kept[i] = !own ? *keep[i] : is_traced(y) ? y : y.alias(y.layout());
  }
  if (is_traced(y)) made->cover(y);
  if (context.anomaly) [[unlikely]]
    note_stack(*made);
  if (above || !y.fresh()) y = y.alias(y.layout());
  if (keep_values) [[unlikely]]
    keep_value(*made, y);
  y.attach(std::move(made));
}

// Joins a node to y if a gradient flows through any input. Untracked, this costs a comparison.
template <std::size_t n, std::size_t m, class Rule>
void record(const char* name, Tensor& y, const Input (&inputs)[n], const std::array<const Tensor*, m>& keep,
            const Rule& rule) {
  std::uint64_t latest = 0;
  for (auto& x : inputs)
    if (auto* g = node(*x.tensor)) latest = std::max(latest, g->time);
  if (!latest || !context.grad_enabled || !is_floating(y.dtype())) return;
  context.clock = std::max(context.clock, latest);
  join(name, y, inputs, keep, rule);
}

// The parts of an op in a call of it.
template <std::size_t n, class F, class S, class V, class J, class M>
struct Parts;

template <std::size_t n, class F, class S, class V, class J, class M>
Tensor apply_parts(const Parts<n, F, S, V, J, M>& parts, const Input (&inputs)[n]) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    if ((is_traced(*inputs[i].tensor) || ...)) [[unlikely]] {
      const Tensor x[] = {*inputs[i].tensor...};
      return transformed(parts, x);
    }
    Tensor y = parts.forward(*inputs[i].tensor...);
    if (context.anomaly) [[unlikely]]
      check_op(parts.name, y, {*inputs[i].tensor...});
    record(parts.name, y, inputs, parts.keep(y, *inputs[i].tensor...), parts.rule);
    return y;
  }
  (std::make_index_sequence<n>());
}

template <std::size_t n, class F, class S, class V, class J, class M>
struct Parts final : OpCall {
  const F& forward;
  const S& keep;
  const V& rule;
  const J& jvp;
  const M& vmap;
  Parts(const char* op, const F& f, const S& s, const V& v, const J& j, const M& m)
      : OpCall(op, n), forward(f), keep(s), rule(v), jvp(j), vmap(m) {}

  template <class Use>
  static auto each(const Use& use) {
    return [&]<std::size_t... i>(std::index_sequence<i...>) { return use(i...); }
    (std::make_index_sequence<n>());
  }
  Tensor call(const Tensor* x) const override {
    return each([&](auto... i) { return apply_parts(*this, {Input(x[i])...}); });
  }
  void join(Tensor& y, const Tensor* x, std::uint64_t level) const override {
    each([&](auto... i) {
      const Input inputs[] = {x[i]...};
      for (auto& in : inputs)
        if (auto* g = node(*in.tensor)) context.clock = std::max(context.clock, g->time);
      detail::join(name, y, inputs, keep(y, x[i]...), rule, level);
    });
  }
  Tensor push(const Tensor& y, const Tensor* x, Tangents t) const override {
    if constexpr (std::is_same_v<J, LinearOp>) {
      return call(filled(x, t).data());
    } else if constexpr (std::is_same_v<J, MultilinearOp>) {
      return push_each(x, t);
    } else {
      return with_saved(y, x, t, [&](const auto&... saved) { return push_saved(y, t, saved...); });
    }
  }
  Tensor map([[maybe_unused]] Batch batch, [[maybe_unused]] const Tensor* x) const override {
    if constexpr (!std::is_same_v<M, NoRule>)
      return each([&](auto... i) -> Tensor { return vmap(batch, x[i]...); });
    else if constexpr (std::is_same_v<J, ElementwiseOp>)
      return call(all_batched(batch, x, n).data());
    else
      return {};
  }

 private:
  Tensor push_each(const Tensor* x, Tangents t) const {
    const std::vector<Tensor> tangents = filled(x, t);
    Tensor sum;
    for (std::size_t i = 0; i < n; ++i) {
      if (!t[i]) continue;
      std::vector<Tensor> one(x, x + n);
      one[i] = tangents[i];
      sum = add_tangents(sum, call(one.data()));
    }
    return sum;
  }
  template <class... K>
  Tensor push_saved(const Tensor& y, Tangents t, const K&... saved) const {
    if constexpr (std::is_same_v<J, ElementwiseOp>) {
      Tensor sum;
      for (int i = 0; i < static_cast<int>(n); ++i)
        if (const Tensor& dx = t[static_cast<std::size_t>(i)])
          sum = add_tangents(sum, pull(dx, Needs{std::uint64_t{1} << i}, saved...)[i]);
      return sum;
    } else if constexpr (std::is_same_v<J, NoRule>) {
      return push_by_pulling(y, t, [&](const Tensor& u, Needs needs) { return pull(u, needs, saved...); });
    } else {
      return jvp(t, saved...);
    }
  }
  template <class... K>
  Grads pull(const Tensor& dy, Needs needs, const K&... saved) const {
    if constexpr (std::is_same_v<V, NoRule>)
      no_rule(name);
    else
      return call_rule(rule, dy, needs, saved...);
  }
  // Ops save what the graph asks for: here, what the inputs with tangents do.
  template <class Use>
  Tensor with_saved(const Tensor& y, const Tensor* x, Tangents t, const Use& use) const {
    const std::vector<Tensor> marked = mark(x, t);
    const auto picks = each([&](auto... i) { return keep(y, marked[i]...); });
    const auto plain = [&](const Tensor* p) {
      return p >= marked.data() && p < marked.data() + n ? x[p - marked.data()] : *p;
    };
    return [&]<std::size_t... k>(std::index_sequence<k...>) { return use(plain(picks[k])...); }
    (std::make_index_sequence<std::tuple_size_v<decltype(picks)>>());
  }
};

}  // namespace detail

// Forward first; the other parts in any order, each of them may be left out.
template <std::size_t n, class F, class... P>
Tensor apply(const char* name, const Input (&inputs)[n], const Forward<F>& f, const P&... parts) {
  using namespace detail;
  static constexpr SaveNothing nothing;
  static constexpr NoRule none;
  const auto& saved = part<Saved>(nothing, parts...);
  const auto& rule = part<Vjp>(none, parts...);
  const auto& jvp = part<Jvp>(tag(none, parts...), parts...);
  const auto& vmap = part<Vmap>(none, parts...);
  using All = Parts<n, F, std::decay_t<decltype(saved)>, std::decay_t<decltype(rule)>,
                    std::decay_t<decltype(jvp)>, std::decay_t<decltype(vmap)>>;
  return apply_parts(All(name, f.f, saved, rule, jvp, vmap), inputs);
}

// For ops over any number of inputs, which are linear in all together: forward, the gradients (which save
// nothing), and the op over a batch, of which all inputs come batched.
using ManyForward = std::function<Tensor(std::span<const Tensor> x)>;
using ManyVjp = std::function<Grads(const Tensor& dy, Needs needs)>;
Tensor apply_all(const char* name, std::span<const Tensor> inputs, const ManyForward& forward,
                 const ManyVjp& vjp, const ManyForward& vmap);

}  // namespace ramie
