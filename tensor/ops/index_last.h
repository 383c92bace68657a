// Which of several writers to one place comes last: what setting values at indices needs to know, so that
// repeated indices have one meaning on every device and for any number of threads.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// y[..., p] = the last j where indices[..., j] is p, or -1. Indices have no gaps; negative ones count from
// the end; others out of range are an error, as in index.h.
struct IndexLast {
  static constexpr const char* name = "index_set";
  bool operator==(const IndexLast&) const = default;
  std::int64_t length;
  Layout outputs(const Layout& indices) const;
  void check(View indices) const;
  void run(Cpu, View y, View indices) const noexcept;
  void run(Cuda, View y, View indices) const;
};

}  // namespace ramie::kernels
