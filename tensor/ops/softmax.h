// Row kernels of the softmax family: one pass for the maximum, one for the exponentials and their sum, one to
// scale; on CUDA they are passes over registers. An exponential counts as one operation. They work along the
// last axis of dense float32 or float64 tensors; a row's bits depend on its length alone.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Softmax {  // exp(x - max) / sum
  static constexpr const char* name = "softmax";
  bool operator==(const Softmax&) const = default;
  double flops(const Layouts&, const Layouts& x) const { return 5.0 * static_cast<double>(x[0]->size); }
  Layout outputs(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

struct LogSoftmax {  // x - max - log(sum)
  static constexpr const char* name = "log_softmax";
  bool operator==(const LogSoftmax&) const = default;
  double flops(const Layouts&, const Layouts& x) const { return 5.0 * static_cast<double>(x[0]->size); }
  Layout outputs(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

struct Logsumexp {  // [..., n] -> [...]; -inf where all are -inf, or there are none
  static constexpr const char* name = "logsumexp";
  bool operator==(const Logsumexp&) const = default;
  double flops(const Layouts&, const Layouts& x) const { return 4.0 * static_cast<double>(x[0]->size); }
  Layout outputs(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

struct SoftmaxBackward {  // y (dy - sum(dy y)), y = softmax(x)
  static constexpr const char* name = "softmax_backward";
  bool operator==(const SoftmaxBackward&) const = default;
  double flops(const Layouts& y, const Layouts&) const { return 4.0 * static_cast<double>(y[0]->size); }
  Layout outputs(const Layout& dy, const Layout& y) const;
  void run(Cpu, View dx, View dy, View y) const noexcept;
  void run(Cuda, View dx, View dy, View y) const;
};

struct LogSoftmaxBackward {  // dy - exp(y) sum(dy), y = log_softmax(x)
  static constexpr const char* name = "log_softmax_backward";
  bool operator==(const LogSoftmaxBackward&) const = default;
  double flops(const Layouts& y, const Layouts&) const { return 4.0 * static_cast<double>(y[0]->size); }
  Layout outputs(const Layout& dy, const Layout& y) const;
  void run(Cpu, View dx, View dy, View y) const noexcept;
  void run(Cuda, View dx, View dy, View y) const;
};

// Throws unless x is what these kernels take: dense, float32 or float64, of at least one axis.
void check_rows(const char* op, const Layout& x);

// Tensors as rows of the last axis.
struct Rows {
  std::int64_t count, length;
  explicit Rows(const Layout& x) : count(1), length(x.shape.back()) {
    for (int i = 0; i + 1 < x.rank(); ++i) count *= x.shape[i];
  }
  // Rows for one thread at least.
  std::int64_t grain() const { return std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, length)); }
};

}  // namespace ramie::kernels
