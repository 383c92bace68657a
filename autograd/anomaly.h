// Who made the first NaN.
//
//   const AnomalyMode guard;
//   backward(loss);       // [sqrt] the gradient of input 0 has NaN ... where the op ran: ...
//
// While the guard lives on a thread, each op there is checked as it runs and in backward: a NaN in a result
// that no input has, or in a gradient that no cotangent has, is an error that names the op, what it read, and
// the stack where it ran. Each check waits for the op, so this is slow, and jitted functions run op by op.
// Stacks have names where the program is linked with -rdynamic (CMake: ENABLE_EXPORTS).
//
// Source: torch.autograd.detect_anomaly, jax_debug_nans.
#pragma once

#include <string>

#include <ramie/autograd/node.h>

namespace ramie {

class AnomalyMode {
 public:
  AnomalyMode() : restore_(context.anomaly, true) {}

 private:
  Restore<bool> restore_;
};

namespace detail {

bool has_nan(const Tensor& x);
// After an op ran: an error if it made a NaN.
void check_result(const char* op, const Tensor& y, const Tensor* x, int inputs);
// Writes down where an op runs; after its rule ran: an error if it made a NaN.
void note_stack(Node& n);
void check_rule(const Node& n, const Tensor& dy, const Grads& g);
std::string stack_trace();  // a line for each function that has a name, ramie's own left out

}  // namespace detail
}  // namespace ramie
