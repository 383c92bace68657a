// The backward engine.
//
//   std::vector<Tensor> g = gradients(y, {a, b});          // zeros where y does not depend on them
//   backward(loss);                                        // adds to x.grad() of every variable below
//
// Threads may run backward at the same time, through graphs that share no variable; grad and vjp (grad.h)
// have leaves of their own for each call.
#pragma once

#include <vector>

#include <ramie/autograd/node.h>

namespace ramie {

struct BackwardOptions {
  bool retain_graph = false;  // keep what the rules saved, for another backward through the same graph
  // Record the backward itself, for higher derivatives; retains the graph too. After backward(), x.grad()
  // then holds its graph, and that holds x: zero_grad(x) frees them.
  bool create_graph = false;
};

// A variable of the tape: a tensor whose gradient backward() sums in x.grad(). The value must be floating.
Tensor variable(const Tensor& value);
Tensor variable(double value);  // float32, no axes
// Forgets the gradient of a variable.
void zero_grad(const Tensor& variable);

// The gradients by `wrt`, any tensors of the graph, for the given cotangent of y (1 by default, where y has
// one element).
std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, const Tensor& cotangent,
                              BackwardOptions options = {});
std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, BackwardOptions options = {});

// Of several values at once; an undefined cotangent counts as zeros.
std::vector<Tensor> gradients(const std::vector<Tensor>& y, const std::vector<Tensor>& wrt,
                              const std::vector<Tensor>& cotangents, BackwardOptions options = {});

void backward(const Tensor& y, BackwardOptions options = {});
void backward(const Tensor& y, const Tensor& cotangent, BackwardOptions options = {});

namespace detail {
// The same by nodes, where each of them ends the way: what lies beyond gets nothing from here.
std::vector<Tensor> gradients_at(const std::vector<Tensor>& y, const std::vector<Node*>& targets,
                                 const std::vector<Tensor>& cotangents, bool create_graph);
}  // namespace detail

// While it lives, nothing is recorded on this thread.
class NoGrad {
 public:
  NoGrad() : restore_(context.grad_enabled, false) {}

 private:
  Restore<bool> restore_;
};
template <class F>
auto no_grad(F&& f) {
  NoGrad guard;
  return f();
}
// The same value, with no way back: gradients of every order stop here.
Tensor stop_gradient(const Tensor& x);

}  // namespace ramie
