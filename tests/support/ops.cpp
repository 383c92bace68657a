#include "support/ops.h"

#include <cmath>
#include <cstring>

namespace ramie {

Tensor to_tensor(const oracle::Array& a) {
  const Tensor x = from_vector(a.data, Shape(a.shape));
  return a.dtype == "float64" ? x
                              : astype(x, a.dtype == "bool"    ? bool_
                                          : a.dtype == "int32" ? int32
                                                               : float32);
}

double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, scale = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!std::isfinite(a[i] - b[i])) return INFINITY;
    difference = std::max(difference, std::abs(a[i] - b[i]));
  }
  for (double v : b)
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  return difference / scale;
}

void expect_near(const Tensor& x, const std::vector<double>& expected, const Shape& shape, double tolerance) {
  ASSERT_EQ(x.shape(), shape) << str(x.shape()) << " instead of " << str(shape);
  EXPECT_LE(relative_error(x.to_vector<double>(), expected), tolerance) << x;
}

void expect_near(const Tensor& x, const oracle::Array& a, double tolerance) {
  expect_near(x, a.data, Shape(a.shape), tolerance);
}

void expect_near(const Tensor& x, const Tensor& y, double tolerance) {
  expect_near(x, y.to_vector<double>(), y.shape(), tolerance);
}

std::vector<Tensor> results(const oracle::Case& c, const OpOfCase& f, DType dtype) {
  const auto given = [&](const oracle::Array& a) {
    const Tensor x = to_tensor(a);
    return x.dtype() == float64 ? x.astype(dtype) : x;
  };
  std::vector<Tensor> x, wanted, out;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    x.push_back(given(c.inputs[i]));
    if (c.gradients[i]) wanted.push_back(x[i] = variable(x[i]));
  }
  out.push_back(f(x));
  if (wanted.empty() || c.cotangents.empty()) return out;
  const Tensor dy = given(c.cotangents[0]).astype(out[0].dtype());
  for (auto& g : gradients(out[0], wanted, dy)) out.push_back(g);
  return out;
}

void expect_agreement_with_cpu(const oracle::Case& c, const OpOfCase& f) {
  for (const DType dtype : {float64, float32}) {
    const auto here = results(c, f, dtype);
    const DeviceScope on(cpu());
    const auto there = results(c, f, dtype);
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i)
      expect_near(here[i], there[i], dtype == float64 ? 1e-12 : 1e-5);
  }
}

void check_case(const oracle::Case& c, const OpOfCase& f, double tolerance) {
  SCOPED_TRACE(c);
  const auto found = results(c, f);
  expect_near(found[0], c.outputs[0], tolerance);
  std::size_t next = 1;
  for (auto& g : c.gradients)
    if (g && next < found.size()) expect_near(found[next++], *g, tolerance);
  if (default_device() != cpu()) expect_agreement_with_cpu(c, f);
}

std::mt19937_64& generator() {
  static std::mt19937_64 g(7);
  return g;
}

Tensor random_normal(const Shape& shape, DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  std::normal_distribution<double> normal;
  for (double& v : values) v = normal(generator());
  return astype(from_vector(values, shape), dtype);
}

Tensor random_integers(const Shape& shape, int low, int high, DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  std::uniform_int_distribution<int> uniform(low, high);
  for (double& v : values) v = uniform(generator());
  return astype(from_vector(values, shape), dtype);
}

std::vector<Tensor> odd_views(const Tensor& x) {
  std::vector<Tensor> out{transpose(contiguous(transpose(x))), flip(contiguous(flip(x)))};
  if (x.rank()) {
    const Tensor twice = flatten(stack({x, x}, x.rank()), x.rank() - 1);  // each element two times
    out.push_back(slice(twice, -1, 0, twice.shape(-1), 2));
  }
  return out;
}

void expect_same_bits_for_any_threads(const std::function<Tensor()>& f) {
  const int before = threads();
  set_threads(1);
  const Tensor one = contiguous(f()).to(cpu());
  for (int n : {2, 3, 5}) {
    set_threads(n);
    const Tensor many = contiguous(f()).to(cpu());
    ASSERT_TRUE(one.layout().same(many.layout()));
    EXPECT_EQ(0, std::memcmp(one.view().data, many.view().data, one.layout().bytes())) << n << " threads";
  }
  set_threads(before);
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace ramie
