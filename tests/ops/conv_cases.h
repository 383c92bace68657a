// Convolutions of 1 to 3 axes, drawn at random, for the tests of conv*.
#pragma once

#include <ramie/autograd/ops/conv.h>

#include "support/ops.h"

namespace ramie::conv_cases {

struct Axis {
  std::int64_t size = 1, taps = 1, stride = 1, dilation = 1, spacing = 1, before = 0, after = 0;
  std::int64_t positions() const {
    const std::int64_t padded = (size - 1) * spacing + 1 + before + after;
    return (padded - (taps - 1) * dilation - 1) / stride + 1;
  }
};
struct Case {
  std::vector<Axis> axes = {};
  std::int64_t images = 2, groups = 1, in = 1, out = 1;  // channels of one group

  ConvOptions options() const {
    ConvOptions o{.feature_group_count = groups};
    o.padding = {Padding::Kind::given, static_cast<int>(axes.size()), {}};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      o.strides.push_back(axes[i].stride);
      o.kernel_dilation.push_back(axes[i].dilation);
      o.input_dilation.push_back(axes[i].spacing);
      o.padding.of[i] = {axes[i].before, axes[i].after};
    }
    return o;
  }
  Shape x() const {
    Shape s{images};
    for (auto& a : axes) s.push_back(a.size);
    s.push_back(in * groups);
    return s;
  }
  Shape kernel() const {
    Shape s;
    for (auto& a : axes) s.push_back(a.taps);
    s.push_back(in);
    s.push_back(out * groups);
    return s;
  }
  Shape y() const {
    Shape s{images};
    for (auto& a : axes) s.push_back(a.positions());
    s.push_back(out * groups);
    return s;
  }
};
inline std::ostream& operator<<(std::ostream& s, const Case& c) {
  s << str(c.x()) << " * " << str(c.kernel()) << " groups " << c.groups;
  for (auto& a : c.axes)
    s << "; stride " << a.stride << " dilation " << a.dilation << " spacing " << a.spacing << " padding "
      << a.before << ',' << a.after;
  return s;
}

inline std::int64_t draw(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator());
}
inline Case random_case(std::size_t axes) {
  Case c{.images = draw(1, 2), .groups = draw(0, 2) ? 1 : draw(2, 3), .in = draw(1, 3), .out = draw(1, 3)};
  for (std::size_t i = 0; i < axes; ++i) {
    Axis a{draw(1, 6),  draw(1, 3), draw(0, 1) ? 1 : draw(2, 4), draw(1, 2), draw(0, 1) ? 1 : draw(2, 3),
           draw(-1, 3), draw(-1, 3)};
    while ((a.size - 1) * a.spacing + 1 + a.before + a.after < (a.taps - 1) * a.dilation + 1) ++a.after;
    c.axes.push_back(a);
  }
  return c;
}

inline Tensor sequence(std::initializer_list<double> values) {
  return reshape(tensor(values, float64), {1, -1, 1});
}
inline Tensor weights(std::initializer_list<double> values) {
  return reshape(tensor(values, float64), {-1, 1, 1});
}

}  // namespace ramie::conv_cases
