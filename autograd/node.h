// The recorded graph: one node for each op that a gradient flows through.
//
// A node holds edges to the nodes of the op's inputs, the tensors that the rule saved (for all to see, count
// and free), and the rule. Time is a Lamport clock: every node is younger than its inputs, across threads
// too, so backward is a walk from the youngest to the oldest.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ramie/tensor/launch.h>
#include <ramie/tensor/tensor.h>

namespace ramie {

// The gradients of an op's inputs, in order. Made with braces, so that the order of launches is that of the
// text.
struct Grads {
  std::array<Tensor, 4> few;
  std::vector<Tensor> many;  // ops over any number of inputs
  int count = 0;
  template <class... T>
  requires(std::is_convertible_v<T, Tensor>&&...) Grads(T&&... t)
      : few{std::forward<T>(t)...}, count(sizeof...(T)) {}
  explicit Grads(std::vector<Tensor> all) : many(std::move(all)), count(static_cast<int>(many.size())) {}
  Tensor& operator[](int i) {
    return many.empty() ? few[static_cast<std::size_t>(i)] : many[static_cast<std::size_t>(i)];
  }
};

// Which inputs want a gradient; the others' may be left undefined, and costly ones should be. Of an op with
// more than 64 inputs, all from the 65th on count as wanted.
struct Needs {
  std::uint64_t bits = 0;
  bool operator[](int i) const { return i >= 64 || (bits >> i & 1); }
};

struct Node : Graph {
  const char* name;
  std::span<Ref<Node>> edges;  // empty where the input has no gradient
  std::span<Tensor> saved;
  int own = -1;  // which of the saved is the output: kept without its node, or it would own itself
  std::uint64_t time;
  std::uint64_t
      outermost;   // the smallest level of the leaves below; 0: a variable, for backward() is outside of all
  Layout layout;   // the output's, so a cotangent's
  Tensor pending;  // the sum of cotangents so far, while backward runs
  std::shared_ptr<Cell> slot;  // a variable's gradient
  bool argument = false;       // of a transform, whose backward stops here
  bool used_up = false;

  Node(const char* op, const Layout& l)
      : name(op), time(++context.clock), outermost(~std::uint64_t{0}), layout(l.compact()) {}
  virtual Grads backward(const Tensor& dy, Needs needs) = 0;
  const char* op() const override { return name; }
  Tensor gradient() const override { return slot ? get(slot) : Tensor(); }
  void destroy() override;
  void use_up();  // lets go of what only backward needed
};
inline Node* node(const Tensor& t) { return static_cast<Node*>(t.graph()); }

template <class T, class... A>
Ref<T> make_node(A&&... arguments) {
  constexpr int c = detail::class_of(sizeof(T));
  Ref<T> n(::new (detail::pool_take(c, sizeof(T))) T(std::forward<A>(arguments)...));
  n->size_class = c;
  return n;
}

// A variable, or an argument inside a transform of the given level (from 1; inner levels are larger): there
// the transform's backward stops. One that stands for an outside value leads on to it, for the transforms
// around.
struct Leaf final : Node {
  std::array<Ref<Node>, 1> input;
  explicit Leaf(const Layout& l);
  Leaf(const Layout& l, std::uint64_t level, Node* outside);
  Grads backward(const Tensor& dy, Needs) override { return {dy}; }
};

}  // namespace ramie
