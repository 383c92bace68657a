// What the linear algebra's files share.
#pragma once

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>

namespace ramie::detail {

// Throws unless x has two axes, which `square` are equally long.
void check_matrices(const char* op, const Tensor& x, bool square);

// The last two axes in front of, or behind, what they become.
Shape with_last(Shape shape, int axes, std::initializer_list<std::int64_t> by);
// x with a batch's axes in front of its own last ones.
Tensor with_batch(const Tensor& x, const Shape& batch, int own);

// Computes where LAPACK runs and in a dtype that it has; the result is of x's device and, where that is
// floating, of x's dtype.
struct Lapack {
  Device device;
  DType dtype;
  explicit Lapack(const Tensor& x) : Lapack(x.device(), x.dtype()) {}
  Lapack(Device d, DType t) : device(d), dtype(is_floating(t) ? t : float32) {}
  DType wide() const { return dtype == float64 ? float64 : float32; }
  Tensor in(const Tensor& x) const { return astype(x.to(cpu()), wide()); }
  Tensor out(const Tensor& y) const { return astype(y, dtype).to(device); }
};

inline Tensor dense(const Tensor& x) { return contiguous(x.detach()); }

}  // namespace ramie::detail
