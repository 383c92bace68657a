// How transforms see ops. A value inside vmap or jvp is traced: an op that meets one gives the call to the
// innermost transform among its inputs, which runs the op again on what lies below, one level further out,
// until plain values are left. Levels are numbered from the outside, so that derivatives of different
// transforms are never confused.
//
//   jvp    a Dual: the value and its tangent, and an op pushes tangents forward by its Jvp rule
//   vmap   a Batched: one tensor with the whole batch as its first axis, and an op runs once by its Vmap rule
//   grad   nodes; where they stand above a traced value, they keep it as their `below`
//
// Read Siskind and Pearlmutter, "Nesting forward-mode AD in a functional framework", and JAX's autodidax.
#pragma once

#include <map>
#include <string>

#include <ramie/autograd/node.h>

namespace ramie {

// The tangents of an op's inputs; undefined where an input has none.
using Tangents = std::span<const Tensor>;

// Which inputs of an op under vmap have the batch as their first axis.
struct Batch {
  std::int64_t size = 0;
  std::uint64_t bits = 0;
  bool operator[](int i) const { return bits >> i & 1; }
};

// How often each op under vmap ran by a rule, and how often by slices, one by one, since the last reset.
struct VmapCount {
  std::int64_t by_rule = 0, by_slices = 0;
};
using VmapCounts = std::map<std::string, VmapCount, std::less<>>;
VmapCounts vmap_counts();
void reset_vmap_counts();
std::string str(const VmapCounts& counts);  // a line for each op

namespace detail {

struct Tracer : Graph {
  std::uint64_t level;
  explicit Tracer(std::uint64_t l) : level(l) { traced = true; }
  Tensor gradient() const override { return {}; }
};
struct Dual final : Tracer {
  Tensor primal, tangent;
  Dual(std::uint64_t l, Tensor p, Tensor t) : Tracer(l), primal(std::move(p)), tangent(std::move(t)) {}
  const char* op() const override { return "jvp"; }
  Tensor inner() const override { return primal; }
  Tensor detached() const override { return primal.detach(); }
};
struct Batched final : Tracer {
  Tensor values;  // the batch is axis 0
  Batched(std::uint64_t l, Tensor v) : Tracer(l), values(std::move(v)) {}
  const char* op() const override { return "vmap"; }
  Tensor inner() const override { return values; }
  Tensor detached() const override;
};
Tensor make_dual(std::uint64_t level, const Tensor& primal, const Tensor& tangent);
Tensor make_batched(std::uint64_t level, const Tensor& values);
// x's own tracer of this level, if it has one.
const Dual* as_dual(const Tensor& x, std::uint64_t level);
const Batched* as_batched(const Tensor& x, std::uint64_t level);

inline bool is_traced(const Tensor& x) { return x.graph() && x.graph()->traced; }
std::uint64_t tracer_level(const Tensor& x);  // of the innermost vmap or jvp that traces x; 0: of none
bool has_node(const Tensor& x);               // somewhere below
// A value without its own node; what traces it stays.
inline Tensor without_node(const Tensor& x) {
  if (!x.graph() || !x.graph()->is_node) return x;
  return x.graph()->traced ? node(x)->below : x.alias(x.layout());
}
// x as the levels up to this one know it: without the nodes of the transforms inside.
Tensor outside_of(const Tensor& x, std::uint64_t level);

// One call of an op, for the transforms.
class OpCall {
 public:
  OpCall(const char* op, int inputs) : name(op), count(inputs) {}
  virtual Tensor call(const Tensor* x) const = 0;  // again, on other inputs
  // Joins y, the op of what lies below x, to the graph above the level.
  virtual void join(Tensor& y, const Tensor* x, std::uint64_t level) const = 0;
  // The output's tangent; undefined where it has none.
  virtual Tensor push(const Tensor& y, const Tensor* x, Tangents t) const = 0;
  // The op over a batch by its rule; undefined if it has none.
  virtual Tensor map(Batch batch, const Tensor* x) const = 0;

  const char* name;
  int count;

 protected:
  ~OpCall() = default;
};
// What the op gives when some of its inputs are traced.
Tensor transformed(const OpCall& op, const Tensor* x);

// Steps that rules of ops share. Tangents as an op's inputs: zeros where there is none.
std::vector<Tensor> filled(const Tensor* x, Tangents t);
// A batch with all its inputs batched, for ops that work element by element.
std::vector<Tensor> all_batched(Batch batch, const Tensor* x, int count);
// Copies of the inputs that have tangents, as if they were in a graph.
std::vector<Tensor> mark(const Tensor* x, Tangents t);
Tensor add_tangents(const Tensor& a, const Tensor& b);  // a may be undefined
// J t from a rule for J^T u: the derivative of the linear map u -> J^T u, applied to t.
Tensor push_by_pulling(const Tensor& y, Tangents t, const std::function<Grads(const Tensor& u, Needs)>& vjp);

}  // namespace detail
}  // namespace ramie
