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
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include <ramie/autograd/node.h>

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

// The tangents of the inputs; undefined where an input has none.
using Tangents = std::span<const Tensor>;

// Which inputs of an op under vmap have the batch as their first axis.
struct Batch {
  std::int64_t size = 0;
  std::uint64_t bits = 0;
  bool operator[](int i) const { return bits >> i & 1; }
};

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

// Joins a node to y if a gradient flows through any input. Untracked, this costs a comparison.
template <std::size_t n, std::size_t m, class Rule>
void record(const char* name, Tensor& y, const Input (&inputs)[n], const std::array<const Tensor*, m>& keep,
            const Rule& rule) {
  std::uint64_t latest = 0;
  for (auto& x : inputs)
    if (auto* g = node(*x.tensor)) latest = std::max(latest, g->time);
  if (!latest || !context.grad_enabled || !is_floating(y.dtype())) return;
  context.clock = std::max(context.clock, latest);
  if (!y.fresh()) y = y.alias(y.layout());  // forward passed an input through
  auto made = make_node<RuleNode<Rule, n, m>>(name, y.layout(), rule);
  for (std::size_t i = 0; i < n; ++i) {
    Node* from = node(*inputs[i].tensor);
    if (from) made->outermost = std::min(made->outermost, from->outermost);
    made->inputs[i] = Ref<Node>::share(from);
  }
  for (std::size_t i = 0; i < m; ++i) {
    const bool own = keep[i]->same(y);
    if (own) made->own = static_cast<int>(i);
    made->kept[i] = own ? y.alias(y.layout()) : *keep[i];
  }
  y.attach(std::move(made));
}

template <std::size_t n, class F, class S, class V>
Tensor apply_parts(const char* name, const Input (&inputs)[n], const F& f, const S& keep, const V& rule) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    Tensor y = f(*inputs[i].tensor...);
    record(name, y, inputs, keep(y, *inputs[i].tensor...), rule);
    return y;
  }
  (std::make_index_sequence<n>());
}

}  // namespace detail

// Forward first; the other parts in any order, each of them may be left out.
template <std::size_t n, class F, class... Parts>
Tensor apply(const char* name, const Input (&inputs)[n], const Forward<F>& f, const Parts&... parts) {
  return detail::apply_parts(name, inputs, f.f, detail::part<Saved>(detail::SaveNothing{}, parts...),
                             detail::part<Vjp>(detail::NoRule{}, parts...));
}

// For ops over any number of inputs, whose rule saves nothing: it gives Grads(std::vector<Tensor>), and may
// hold shapes and the like but no tensors. y is the forward's result.
Tensor apply_all(const char* name, Tensor y, std::span<const Tensor> inputs,
                 std::function<Grads(const Tensor&, Needs)> rule);

}  // namespace ramie
