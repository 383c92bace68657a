#include <ramie/nn/linear.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

Shape joined(Shape a, const Shape& b) {
  for (auto n : b) a.push_back(n);
  return a;
}

Shape batch_shape(const std::map<std::int64_t, std::int64_t>& batch_axis) {
  Shape shape;
  for (auto& [axis, size] : batch_axis) {
    if (axis != shape.rank())
      fail("LinearGeneral",
           fmt::format("batch axes are the leading ones: there is {}, but no {}.", axis, shape.rank()));
    shape.push_back(size);
  }
  return shape;
}

// Drawn as a matrix, since an initializer takes the last two axes for in and out.
Tensor drawn_kernel(const Shape& batch, const Shape& in, const Shape& out, const LinearGeneralOptions& o,
                    Rngs& rngs) {
  if (in.rank() != o.axis.rank())
    fail("LinearGeneral", fmt::format("in_features {} and axis {} differ in length.", str(in), str(o.axis)));
  const Tensor flat = o.kernel_init(rngs.params(), {batch.size() * in.size(), out.size()}, o.param_dtype);
  return reshape(flat, joined(joined(batch, in), out));
}

// How the axes of x lie: those that are summed over come last.
struct Contraction {
  Shape order, batch, rest;
  Shape of_bias;  // its lengths along the axes of x that stay
};

[[noreturn]] void does_not_fit(const LinearGeneral& layer, const Tensor& x) {
  const Shape batch = batch_shape(layer.batch_axis);
  fail("LinearGeneral", fmt::format("the input is {}, but its axes {} must have in_features = {} elements{}.",
                                    str(x.layout()), str(layer.axis), str(layer.in_features),
                                    batch.empty() ? "" : fmt::format(", and its first axes {}", str(batch))));
}

Shape summed_axes(const LinearGeneral& layer, const Tensor& x) {
  Shape axes;
  for (int i = 0; i < layer.axis.rank(); ++i) {
    const std::int64_t a = layer.axis[i] < 0 ? layer.axis[i] + x.rank() : layer.axis[i];
    if (a < 0 || a >= x.rank() || x.shape(static_cast<int>(a)) != layer.in_features[i])
      does_not_fit(layer, x);
    axes.push_back(a);
  }
  return axes;
}

Contraction contraction(const LinearGeneral& layer, const Tensor& x) {
  const Shape summed = summed_axes(layer, x);
  Contraction c;
  for (int a = 0; a < x.rank(); ++a) {
    if (std::find(summed.begin(), summed.end(), a) != summed.end()) continue;
    const bool batch = layer.batch_axis.contains(a);
    c.order.push_back(a);
    (batch ? c.batch : c.rest).push_back(x.shape(a));
    c.of_bias.push_back(batch ? x.shape(a) : 1);
  }
  if (c.batch != batch_shape(layer.batch_axis)) does_not_fit(layer, x);
  c.order = joined(c.order, summed);
  return c;
}

std::string checked(std::string formula, const Shape& kernel) {
  std::erase(formula, ' ');
  const auto arrow = formula.find("->");
  if (arrow == formula.npos || std::count(formula.begin(), formula.end(), ',') != 1)
    fail("Einsum",
         fmt::format("\"{}\": it needs two operands, x and the kernel, and a result: \"ab,bc->ac\".",
                     formula));
  const auto comma = formula.find(',');
  const auto labels = comma < arrow ? formula.substr(comma + 1, arrow - comma - 1) : "";
  if (static_cast<int>(labels.size()) != kernel.rank() || labels.find('.') != labels.npos)
    fail("Einsum", fmt::format("\"{}\": \"{}\" does not name the {} axes of the kernel {}.", formula, labels,
                               kernel.rank(), str(kernel)));
  return formula;
}

// The bias has the axes of the result that the kernel has; "..." stands for the others.
Shape bias_among(const std::string& formula, const Shape& kernel, int rank) {
  const auto arrow = formula.find("->"), comma = formula.find(',');
  const std::string labels = formula.substr(comma + 1, arrow - comma - 1), result = formula.substr(arrow + 2);
  Shape shape;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == '.') {
      for (int n = rank - static_cast<int>(result.size()) + 3; n > 0; --n) shape.push_back(1);
      i += 2;
    } else {
      const auto at = labels.find(result[i]);
      shape.push_back(at == labels.npos ? 1 : kernel[static_cast<int>(at)]);
    }
  }
  return shape;
}

}  // namespace

Tensor detail::dense(const char* layer, const Tensor& x, const Tensor& kernel,
                     const std::optional<Param>& bias) {
  if (x.rank() == 0 || x.shape(-1) != kernel.shape(0))
    fail(layer, fmt::format("the input is {}, but its last axis must have in_features = {} elements.",
                            str(x.layout()), kernel.shape(0)));
  Tensor y = matmul(x, kernel);
  return bias ? add(y, *bias) : y;
}

// The bias draws a key even where zeros make nothing of it, as in Flax: the next layer's key depends on it.
Linear::Linear(std::int64_t in, std::int64_t out, const LinearOptions& o, Rngs& rngs)
    : kernel(o.kernel_init(rngs.params(), {in, out}, o.param_dtype)), in_features(in), out_features(out) {
  if (o.use_bias) bias.emplace(o.bias_init(rngs.params(), {out}, o.param_dtype));
}

Tensor Linear::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) { return detail::dense("Linear", x, kernel, bias); });
}

LinearGeneral::LinearGeneral(const Numbers& in, const Numbers& out, const LinearGeneralOptions& o, Rngs& rngs)
    : kernel(drawn_kernel(batch_shape(o.batch_axis), in, out, o, rngs)),
      in_features(in),
      out_features(out),
      axis(o.axis),
      batch_axis(o.batch_axis) {
  const Shape shape = joined(batch_shape(o.batch_axis), out);
  if (o.use_bias) bias.emplace(reshape(o.bias_init(rngs.params(), {shape.size()}, o.param_dtype), shape));
}

Tensor LinearGeneral::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const Contraction c = contraction(*this, x);
    const std::int64_t in = in_features.size(), out = out_features.size();
    const Tensor rows = reshape(transpose(x, c.order), joined(c.batch, {c.rest.size(), in}));
    const Tensor y = reshape(matmul(rows, reshape(kernel, joined(c.batch, {in, out}))),
                             joined(joined(c.batch, c.rest), out_features));
    return bias ? y + reshape(*bias, joined(c.of_bias, out_features)) : y;
  });
}

Einsum::Einsum(std::string formula, const Shape& kernel_shape, const std::optional<Shape>& bias_shape,
               const EinsumOptions& o, Rngs& rngs)
    : einsum_str(checked(std::move(formula), kernel_shape)) {
  kernel = o.kernel_init(rngs.params(), kernel_shape, o.param_dtype);
  if (bias_shape) bias.emplace(o.bias_init(rngs.params(), *bias_shape, o.param_dtype));
}

Tensor Einsum::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const Tensor y = einsum(einsum_str, {x, kernel});
    return bias ? y + reshape(*bias, bias_among(einsum_str, kernel.shape(), y.rank())) : y;
  });
}

}  // namespace ramie::nn
