#include <ramie/autograd/node.h>

namespace ramie {

void Node::use_up() {
  used_up = true;
  for (auto& t : saved) t = Tensor();
  for (auto& e : edges) e = Ref<Node>();
}

// Destruction is a loop, whatever the nodes hold: one that dies while another is destroyed waits in the list,
// so that a chain of a million ops does not overflow the stack.
void Node::destroy() {
  next_dead = std::exchange(context.dead, this);
  if (std::exchange(context.destroying, true)) return;
  while (Graph* d = context.dead) {
    context.dead = d->next_dead;
    const int c = d->size_class;
    d->~Graph();
    detail::pool_give(c, d);
  }
  context.destroying = false;
}

Leaf::Leaf(const Layout& l) : Node("variable", l) {
  outermost = 0;
  slot = std::make_shared<Cell>();
}

Leaf::Leaf(const Layout& l, std::uint64_t level, Node* outside) : Node("argument", l) {
  outermost = level;
  argument = true;
  if (!outside) return;
  input[0] = Ref<Node>::share(outside);
  edges = input;
  time = context.clock = std::max(context.clock, outside->time + 1);
  outermost = std::min(level, outside->outermost);
}

}  // namespace ramie
