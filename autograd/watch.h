// Who looks on while the engine runs a backward on this thread: how the teaching tools see what it really
// does.
#pragma once

#include <ramie/autograd/node.h>

namespace ramie::detail {

class BackwardWatcher {
 public:
  // After n's rule made the gradients g of its inputs from dy.
  virtual void step(const Node& n, const Tensor& dy, Needs needs, const Grads& g) = 0;

 protected:
  ~BackwardWatcher() = default;
};
inline constinit thread_local BackwardWatcher* backward_watcher = nullptr;

}  // namespace ramie::detail
