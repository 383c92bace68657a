// A backward as data: what draw and explain show.
//
//   KeepValues keep;                                     // so that every number is there to be shown
//   Tensor a = variable(2.0), b = variable(-3.0), loss = a * b + a;
//   const BackwardTrace t = trace_backward(loss, {{"a", a}, {"b", b}});
//   for (auto& step : t.steps) std::cout << t.values[step.value].op << step.incoming;
//
// It is the engine itself that runs, with the rules of the ops (and the hooks of tensors). Nothing is added
// to any x.grad(), and the graph stays as it is; one that backward() has freed is an error.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/autograd/engine.h>

namespace ramie {

// While it lives, the graphs that this thread records keep all their values, as long as the graph lives.
class KeepValues {
 public:
  KeepValues() : restore_(detail::keep_values, true) {}

 private:
  Restore<bool> restore_;
};

using Names = std::vector<std::pair<std::string, Tensor>>;

struct BackwardTrace {
  struct Value {        // what an op made, or a variable
    std::string label;  // the given name, or "v3"
    std::string op;     // that made it; "variable"
    Layout layout;
    std::vector<int> inputs;  // of its op: values; -1 is a constant
    Tensor data;              // undefined where nobody kept it: see KeepValues
    Tensor gradient;          // of the traced value by this one; undefined where none arrives
    Tensor grad;              // of a variable: x.grad(), what backward() has left so far
    bool leaf() const { return inputs.empty(); }
  };
  struct Given {      // what a step adds to the gradient of an input
    int input;        // of the op: 0, 1, ...
    int value;        // which value that is
    Tensor gradient;  // what is added,
    Tensor sum;       // and the sum so far, this included
    Tensor local;     // d op / d input, of ops that give one number or work element by element; or undefined
  };
  struct Step {  // one op
    int value;   // that it made
    Tensor incoming;
    std::vector<Given> given;
  };
  std::vector<Value> values;  // the oldest first, so inputs come before what is made of them
  std::vector<Step> steps;    // in the engine's order
  const Value& result() const { return values.back(); }
  bool has_grads() const;  // whether backward() has filled the gradient of a variable
};

// The gradient of y (of its sum, where y has several elements) by all values below it.
BackwardTrace trace_backward(const Tensor& y, const Names& names = {});

namespace detail {
std::vector<Node*> nodes_below(Node* top);  // itself included, the oldest first
}

}  // namespace ramie
