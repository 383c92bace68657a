#include <ramie/autograd/node.h>
#include <ramie/autograd/trace.h>

namespace ramie {

void Node::use_up() {
  used_up = true;
  for (auto& t : saved) t = Tensor();
  for (auto& e : edges) e = Ref<Node>();
  if (notes) notes->value = Tensor();
}

void detail::keep_value(Node& n, const Tensor& y) {
  if (is_traced(y)) return;
  if (!n.notes) n.notes = std::make_unique<Notes>();
  n.notes->value = y.alias(y.layout());  // without the node, or it would own itself
}

void Node::cover(const Tensor& value) {
  traced = true;
  below = value;
  tracer = detail::tracer_level(value);
  nodes_below = detail::has_node(value);
}

Leaf::Leaf(const Layout& l) : Node("variable", l) {
  outermost = 0;
  slot = std::make_shared<Cell>();
}

Leaf::Leaf(const Layout& l, std::uint64_t level, Node* outside) : Node("argument", l) {
  outermost = innermost = level;
  argument = true;
  if (!outside) return;
  input[0] = Ref<Node>::share(outside);
  edges = input;
  time = context.clock = std::max(context.clock, outside->time + 1);
  lead_to(outside);
}

Passage::Passage(Node* inside) : Node("argument", inside->layout) {
  input[0] = Ref<Node>::share(inside);
  edges = input;
  time = context.clock = std::max(context.clock, inside->time + 1);
  outermost = innermost = inside->outermost;
}

}  // namespace ramie
