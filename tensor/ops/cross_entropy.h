// The cross-entropy of softmax(logits) and integer labels, in one pass over each row.
#pragma once

#include <array>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// logits [..., C], dense float32 or float64; labels [...], dense, of any integer dtype -> [...]:
// logsumexp(row) - row[label]. Labels outside of 0..C-1 are an error; on CUDA
// it comes with the next synchronisation, and their rows are NaN.
struct CrossEntropy {
  static constexpr const char* name = "softmax_cross_entropy_with_integer_labels";
  bool operator==(const CrossEntropy&) const = default;
  Layout outputs(const Layout& logits, const Layout& labels) const;
  void check(View logits, View labels) const;
  void run(Cpu, View y, View logits, View labels) const noexcept;
  void run(Cuda, View y, View logits, View labels) const;
};

// dy [...] -> [..., C]: dy (softmax(row) - one_hot(label)). The labels have been checked.
struct CrossEntropyBackward {
  static constexpr const char* name = "softmax_cross_entropy_backward";
  bool operator==(const CrossEntropyBackward&) const = default;
  Layout outputs(const Layout& dy, const Layout& logits, const Layout& labels) const;
  void run(Cpu, View dx, View dy, View logits, View labels) const noexcept;
  void run(Cuda, View dx, View dy, View logits, View labels) const;
};

// Both, with the same bits: {the losses [...], their gradients [..., C]}.
struct CrossEntropyWithGradient {
  static constexpr const char* name = "softmax_cross_entropy_with_gradient";
  bool operator==(const CrossEntropyWithGradient&) const = default;
  std::array<Layout, 2> outputs(const Layout& dy, const Layout& logits, const Layout& labels) const;
  void check(View dy, View logits, View labels) const;
  void run(Cpu, View y, View dx, View dy, View logits, View labels) const noexcept;
  void run(Cuda, View y, View dx, View dy, View logits, View labels) const;
};

}  // namespace ramie::kernels
