// The recorded graph: one node for each op that a gradient flows through.
//
// A node holds edges to the nodes of the op's inputs, the tensors that the rule saved (for all to see, count
// and free), and the rule. Time is a Lamport clock: every node is younger than its inputs, across threads
// too, so backward is a walk from the youngest to the oldest.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
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

// What few nodes have.
struct Notes {
  struct Hook {
    int id;
    std::function<Tensor(const Tensor&)> f;
  };
  std::vector<Hook> hooks;  // see and may change the gradient that arrives
  std::string label;        // the path of a model's variable
  std::string where;        // the stack where the op ran, in anomaly mode
  Tensor value;             // what the node made, while detail::keep_values
};

struct Node : Graph {
  const char* name;
  std::span<Ref<Node>> edges;  // empty where the input has no gradient
  std::span<Tensor> saved;
  int own = -1;  // which of the saved is the output: kept without its node, or it would own itself
  std::uint64_t time;
  // The smallest and the largest level of the leaves below. 0: a variable, for backward() is outside of all.
  std::uint64_t outermost = ~std::uint64_t{0}, innermost = 0;
  Layout layout;               // the output's, so a cotangent's
  Tensor pending;              // the sum of cotangents so far, while backward runs
  std::shared_ptr<Cell> slot;  // a variable's gradient
  bool argument = false;       // of a transform, whose backward stops here
  bool used_up = false;
  bool collects = false;     // takes no sum of cotangents: nodes hand them over one by one
  bool nodes_below = false;  // where it is traced: whether there are nodes in `below`
  // Where another transform traces the value, too (trace.h): what that one knows, and its level.
  Tensor below;
  std::uint64_t tracer = 0;
  std::unique_ptr<Notes> notes;

  Node(const char* op, const Layout& l) : name(op), time(++context.clock), layout(l.compact()) {
    is_node = true;
  }
  virtual Grads backward(const Tensor& dy, Needs needs) = 0;
  const char* op() const override { return name; }
  Tensor gradient() const override { return slot ? get(slot) : Tensor(); }
  Tensor inner() const override { return below; }
  Tensor detached() const override { return below.detach(); }
  virtual void clear() { pending = Tensor(); }
  Notes& noted() {
    if (!notes) notes = std::make_unique<Notes>();
    return *notes;
  }
  void use_up();                    // lets go of what only backward needed
  void cover(const Tensor& value);  // stands above a traced value
  // An edge to the input's node. Levels up to `above` do not come along here.
  void lead_to(const Node* input, std::uint64_t above = 0) {
    outermost = std::min(outermost, std::max(input->outermost, above ? above + 1 : 0));
    innermost = std::max(innermost, input->innermost);
  }
};
// The node that made x; null too where x is a transform's.
inline Node* node(const Tensor& t) {
  Graph* g = t.graph();
  return g && g->is_node ? static_cast<Node*>(g) : nullptr;
}

namespace detail {
// While set, this thread's nodes keep what they make, for people to look at (KeepValues, backward_trace.h).
inline constinit thread_local bool keep_values = false;
void keep_value(Node& n, const Tensor& y);
}  // namespace detail

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

// The same value for the levels outside of some transform: to the transforms within it is a constant.
struct Passage final : Node {
  std::array<Ref<Node>, 1> input;
  explicit Passage(Node* inside);
  Grads backward(const Tensor& dy, Needs) override { return {dy}; }
};

}  // namespace ramie
