// Functions of Tensors with a gradient of their own, as custom.h and checkpoint.h make them: any number of
// inputs and outputs, seen as lists.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <ramie/autograd/trace.h>
#include <ramie/autograd/tree.h>

namespace ramie::detail {

using Tensors = std::vector<Tensor>;

// The form of a result, which is known when the function has run, and the Tensors in it.
template <class Y>
using Form = std::shared_ptr<std::optional<Y>>;
template <class Y>
Tensors flat(const Form<Y>& form, const Y& y) {
  *form = y;
  each_tensor(**form, [](Tensor& t) { t = Tensor(); });
  return tensors_of(y);
}

// What running forward leaves: the outputs, what the rule keeps, and the rule, from the kept tensors and the
// outputs' cotangents (none undefined) to those of the inputs.
struct Pass {
  Tensors outputs, kept;
  std::function<Tensors(const Tensors& kept, const Tensors& cotangents)> pull;
};

struct Function {
  const char* name;
  std::function<Tensors(const Tensors& x)> value;
  std::function<Pass(const Tensors& x)> forward;
  // Outputs and their tangents, or empty: then tangents are pulled two times.
  std::function<std::pair<Tensors, Tensors>(const Tensors& x, const Tensors& tangents)> push;
};
Tensors call_function(const Function& f, const Tensors& x);

// A node for several outputs: each has one that hands its cotangent on.
struct FunctionNode final : Node {
  std::vector<Ref<Node>> inputs;
  Tensors kept, arrived;  // a cotangent for each output
  std::vector<std::pair<Layout, Device>> outputs;
  std::function<Tensors(const Tensors& kept, const Tensors& cotangents)> pull;

  explicit FunctionNode(const char* op) : Node(op, Layout()) { collects = true; }
  void lead_from(const Tensor& x, std::uint64_t above);  // the next input
  void lead_from_node(Node* n, std::uint64_t above = 0);
  Grads backward(const Tensor&, Needs) override;
  void clear() override;
};
// The outputs joined to the node; those that are not floating stay as they are.
Tensors join_outputs(const Ref<FunctionNode>& made, const Tensors& y);

// A function of plain lists from one that is to run inside a vmap of this level, and back.
Tensors enter_batch(std::uint64_t level, const Tensors& batches);
Tensors leave_batch(std::uint64_t level, std::int64_t size, const Tensors& y);
// x's batches, all of one size: the unbatched are repeated.
struct Batches {
  Tensors values;
  std::int64_t size;
};
Batches batches_of(std::uint64_t level, const Tensors& x);

}  // namespace ramie::detail
