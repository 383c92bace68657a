// A fused chain's own kernel, compiled at run time, where that is possible.
#pragma once

#include <memory>
#include <string>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {
struct Chain;
}

namespace ramie::gpu {

class FusedKernel {
 public:
  explicit FusedKernel(const kernels::Chain& chain);
  ~FusedKernel();
  FusedKernel(const FusedKernel&) = delete;
  FusedKernel& operator=(const FusedKernel&) = delete;

  // Why there is none for the current device; empty: there is one. The first call compiles it.
  std::string why_none() const;
  // On the current device. False: there is none, and nothing was done.
  bool run(Cuda cuda, const View* y, const View* x) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ramie::gpu
