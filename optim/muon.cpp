// Matrices made orthogonal.
#include <fmt/format.h>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/optim/blocks.h>
#include <ramie/optim/detail/blocks.h>
#include <ramie/optim/detail/counting.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

// x = a x + (b A + c A A) x with A = x x^T drives all singular values towards 1. Wide matrices are cheaper.
Tensor orthogonalize(const Tensor& x, const MuonScaling& o) {
  if (x.shape(0) > x.shape(1)) return transpose(orthogonalize(transpose(x), o));
  const auto [a, b, c] = o.ns_coeffs;
  Tensor y = x / (detail::norm(x) + o.eps).astype(x.dtype());
  for (int i = 0; i < o.ns_steps; ++i) {
    const Tensor square = matmul(y, transpose(y));
    y = a * y + matmul(b * square + c * matmul(square, square), y);
  }
  return y;
}

}  // namespace

GradientTransformation scale_by_muon(MuonScaling o) {
  const auto momentum = detail::counting(kernels::stage::ema(o.beta, true, o.nesterov), {"mu"});
  return chain(momentum, detail::each([o](const Tensor& u, const Tensor&) {
                 if (u.rank() != 2)
                   fail("scale_by_muon",
                        fmt::format("a parameter is {}: it takes matrices alone. multi_transform leaves the "
                                    "others to another optimizer, as muon() does.",
                                    str(u.layout())));
                 return orthogonalize(u, o);
               }));
}

}  // namespace ramie::optim
