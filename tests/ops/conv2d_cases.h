// Random convolutions, and what the tests of their kernels share.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <ostream>
#include <random>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/conv2d_naive.h>

namespace ramie::cases {

using kernels::ConvWindow;
using Random = std::mt19937;

inline std::int64_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

// On the default device, as everything here.
inline Tensor from_doubles(const std::vector<double>& values, const Shape& shape, DType dtype) {
  Tensor x = Tensor::empty({dtype, shape});
  visit(dtype, [&]<class T>(Type<T>) {
    std::transform(values.begin(), values.end(), x.mutable_data<T>(), convert<T, double>);
  });
  return x.to(default_device());
}

// Small multiples of 1/8: every dtype holds them.
inline Tensor values(Random& random, const Shape& shape, DType dtype) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (auto& x : v) x = static_cast<double>(draw(random, -16, 16)) / 8;
  return from_doubles(v, shape, dtype);
}

// The same values with other strides: axes in another order in memory, and one of them backwards.
inline Tensor strided(Random& random, const Tensor& x) {
  std::vector<int> order = {0, 1, 2, 3};
  std::shuffle(order.begin(), order.end(), random);
  Shape strides = x.shape();
  std::int64_t step = 1, start = 0;
  for (int axis : order) strides[axis] = step, step *= x.shape(axis);
  if (x.size() && x.shape(order[1]) > 1)
    start = (x.shape(order[1]) - 1) * strides[order[1]], strides[order[1]] *= -1;
  const Layout layout(x.dtype(), x.shape(), strides);
  const Tensor base = Tensor::empty({x.dtype(), Shape{step}}), from = x.to(cpu());
  visit(x.dtype(), [&]<class T>(Type<T>) {
    std::int64_t i = 0;
    for_each_offset(layout, [&](std::int64_t at) {
      base.view().template as<T>()[start + at] = from.view().template as<T>()[i++];
    });
  });
  return base.to(default_device()).alias(layout, start);
}
// The same values, `by` elements into a buffer: packs of elements are no longer aligned.
inline Tensor shifted(const Tensor& x, std::int64_t by) {
  const Tensor base = Tensor::empty({x.dtype(), Shape{x.size() + by}}), from = x.to(cpu());
  std::memcpy(base.view().data + static_cast<std::size_t>(by) * size_of(x.dtype()), from.view().data,
              x.layout().bytes());
  return base.to(default_device()).alias(x.layout(), by);
}

struct ConvCase {
  Shape x, kernel;
  ConvWindow window;
};
inline std::ostream& operator<<(std::ostream& out, const ConvCase& c) {
  const auto& w = c.window;
  return out << "x " << str(c.x) << " kernel " << str(c.kernel) << " strides " << w.strides[0] << ','
             << w.strides[1] << " dilation " << w.dilation[0] << ',' << w.dilation[1] << " padding "
             << w.padding[0][0] << ',' << w.padding[0][1] << ';' << w.padding[1][0] << ',' << w.padding[1][1]
             << " groups " << w.groups;
}

// Odd sizes, kernels larger than the image, strides larger than the kernel, groups, depthwise, and plain
// cases.
inline ConvCase random_case(Random& random) {
  const std::int64_t groups = draw(random, 0, 3) ? 1 : draw(random, 2, 4);
  const std::int64_t in = draw(random, 0, 3) ? draw(random, 1, 5) : 1,
                     out = draw(random, 0, 2) ? draw(random, 1, 9) : draw(random, 14, 40);
  ConvCase c{{draw(random, 0, 3), draw(random, 1, 9), draw(random, 1, 18), in * groups},
             {draw(random, 1, 4), draw(random, 1, 5), in, out * groups},
             {}};
  c.window.groups = groups;
  for (int axis : {0, 1}) {
    c.window.strides[axis] = draw(random, 0, 1) ? 1 : draw(random, 1, 4);
    c.window.dilation[axis] = draw(random, 0, 1) ? 1 : draw(random, 1, 3);
    auto& pad = c.window.padding[axis];
    pad = {draw(random, -1, 3), draw(random, -1, 3)};
    const std::int64_t span = (c.kernel[axis] - 1) * c.window.dilation[axis] + 1;
    pad[1] += std::max<std::int64_t>(span - (c.x[1 + axis] + pad[0] + pad[1]), 0);
  }
  return c;
}

inline double error(const Tensor& got, const Tensor& expected) {
  const auto a = got.to_vector<double>(), b = expected.to_vector<double>();
  double worst = 0, largest = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::isnan(a[i]) ? INFINITY : std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}
inline double tolerance(DType t) {
  return t == float64 ? 1e-14 : t == float32 ? 1e-6 : t == float16 ? 1e-3 : 8e-3;
}

inline bool same_bits(const Tensor& x, const Tensor& y) {
  const Tensor a = x.to(cpu()), b = y.to(cpu());
  return a.layout().same(b.layout()) && std::memcmp(a.view().data, b.view().data, a.layout().bytes()) == 0;
}

// Calls f once for each instruction set that this machine and this build have; once on a GPU.
template <class F>
void for_each_target(F f) {
  if (default_device() != cpu()) return f();
  for (std::int64_t left = hwy::SupportedTargets(); left; left &= left - 1) {
    const std::int64_t target = left & -left;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    f();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

// Compares a kernel with its naive twin in float64, on random cases of every floating dtype, dense, strided
// and unaligned. The two inputs are those whose shapes `shapes` gives.
template <class Make, class Shapes>
void compare_with_naive(Random& random, const ConvCase& c, Make make, Shapes shapes) {
  SCOPED_TRACE(c);
  const auto [a, b] = shapes(c);
  const Tensor x = values(random, a, float64), y = values(random, b, float64);
  const Tensor expected = make(c, x, y, true);
  const auto cast = [](const Tensor& t, DType dtype) {
    return from_doubles(t.to_vector<double>(), t.shape(), dtype);
  };
  for (DType dtype : {float32, float64, float16, bfloat16}) {
    const Tensor p = cast(x, dtype), q = cast(y, dtype);
    const Tensor dense = make(c, p, q, false), other = make(c, strided(random, p), strided(random, q), false),
                 unaligned = make(c, shifted(p, 1), shifted(q, 3), false);
    ASSERT_EQ(dense.shape(), expected.shape());
    ASSERT_LE(error(dense, expected), tolerance(dtype)) << name(dtype);
    ASSERT_LE(error(other, expected), tolerance(dtype)) << name(dtype) << " strided";
    ASSERT_LE(error(unaligned, expected), tolerance(dtype)) << name(dtype) << " unaligned";
  }
}
template <class Make, class Shapes>
void compare_with_naive(unsigned seed, int count, Make make, Shapes shapes) {
  Random random(seed);
  for (int i = 0; i < count && !testing::Test::HasFatalFailure(); ++i)
    compare_with_naive(random, random_case(random), make, shapes);
}
inline Shape output_shape(const ConvCase& c) {
  return kernels::Conv2d{c.window}.outputs(Layout(float32, c.x), Layout(float32, c.kernel)).shape;
}

}  // namespace ramie::cases
