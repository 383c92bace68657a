#include <ramie/tensor/ops/conv2d_naive.h>

#include <ramie/tensor/cpu/accumulator.h>

namespace ramie::kernels::naive {
namespace {

template <class T>
struct Grid {  // a view with four axes
  T* data;
  const Shape& strides;
  explicit Grid(View v) : data(v.as<T>()), strides(v.layout->strides) {}
  T& operator()(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) const {
    return data[i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3]];
  }
};

template <class F>
void for_each_index(const Shape& s, F f) {
  for (std::int64_t i = 0; i < s[0]; ++i)
    for (std::int64_t j = 0; j < s[1]; ++j)
      for (std::int64_t k = 0; k < s[2]; ++k)
        for (std::int64_t l = 0; l < s[3]; ++l) f(i, j, k, l);
}

bool inside(std::int64_t i, std::int64_t n) { return i >= 0 && i < n; }

// The input position that tap p of the kernel meets at output position i.
std::int64_t position(const ConvWindow& w, int axis, std::int64_t i, std::int64_t p) {
  return i * w.strides[axis] - w.padding[axis][0] + p * w.dilation[axis];
}
// The output position at which tap p meets input position i; -1 where there is none.
std::int64_t output_position(const ConvWindow& w, int axis, std::int64_t i, std::int64_t p) {
  const std::int64_t at = i + w.padding[axis][0] - p * w.dilation[axis];
  return at % w.strides[axis] ? -1 : at / w.strides[axis];
}

template <class T>
void forward(const ConvWindow& w, View y_view, View x_view, View kernel_view) {
  const Grid<T> y(y_view), x(x_view), kernel(kernel_view);
  const Shape &in = x_view.layout->shape, &k = kernel_view.layout->shape;
  for_each_index(y_view.layout->shape, [&](auto n, auto i, auto j, auto o) {
    const std::int64_t first = o / (k[3] / w.groups) * k[2];  // channel of the output's group
    Accumulator<T> sum = 0;
    for (std::int64_t p = 0; p < k[0]; ++p)
      for (std::int64_t q = 0; q < k[1]; ++q) {
        const auto h = position(w, 0, i, p), v = position(w, 1, j, q);
        if (!inside(h, in[1]) || !inside(v, in[2])) continue;
        for (std::int64_t c = 0; c < k[2]; ++c)
          sum += convert<Accumulator<T>>(x(n, h, v, first + c)) * convert<Accumulator<T>>(kernel(p, q, c, o));
      }
    y(n, i, j, o) = convert<T>(sum);
  });
}

template <class T>
void input_gradient(const ConvWindow& w, View dx_view, View dy_view, View kernel_view) {
  const Grid<T> dx(dx_view), dy(dy_view), kernel(kernel_view);
  const Shape &out = dy_view.layout->shape, &k = kernel_view.layout->shape;
  const std::int64_t outputs = k[3] / w.groups;
  for_each_index(dx_view.layout->shape, [&](auto n, auto h, auto v, auto c) {
    const std::int64_t first = c / k[2] * outputs;
    Accumulator<T> sum = 0;
    for (std::int64_t p = 0; p < k[0]; ++p)
      for (std::int64_t q = 0; q < k[1]; ++q) {
        const auto i = output_position(w, 0, h, p), j = output_position(w, 1, v, q);
        if (!inside(i, out[1]) || !inside(j, out[2])) continue;
        for (std::int64_t o = first; o < first + outputs; ++o)
          sum += convert<Accumulator<T>>(dy(n, i, j, o)) * convert<Accumulator<T>>(kernel(p, q, c % k[2], o));
      }
    dx(n, h, v, c) = convert<T>(sum);
  });
}

template <class T>
void kernel_gradient(const ConvWindow& w, View dkernel_view, View x_view, View dy_view) {
  const Grid<T> dkernel(dkernel_view), x(x_view), dy(dy_view);
  const Shape &in = x_view.layout->shape, &out = dy_view.layout->shape, &k = dkernel_view.layout->shape;
  for_each_index(k, [&](auto p, auto q, auto c, auto o) {
    const std::int64_t channel = o / (k[3] / w.groups) * k[2] + c;
    Accumulator<T> sum = 0;
    for (std::int64_t n = 0; n < in[0]; ++n)
      for (std::int64_t i = 0; i < out[1]; ++i)
        for (std::int64_t j = 0; j < out[2]; ++j) {
          const auto h = position(w, 0, i, p), v = position(w, 1, j, q);
          if (!inside(h, in[1]) || !inside(v, in[2])) continue;
          sum += convert<Accumulator<T>>(x(n, h, v, channel)) * convert<Accumulator<T>>(dy(n, i, j, o));
        }
    dkernel(p, q, c, o) = convert<T>(sum);
  });
}

}  // namespace

void Conv2d::run(Cpu, View y, View x, View kernel) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) { forward<T>(window, y, x, kernel); });
}
void Conv2dInputGradient::run(Cpu, View dx, View dy, View kernel) const noexcept {
  visit(dx.layout->dtype, [&]<class T>(Type<T>) { input_gradient<T>(window, dx, dy, kernel); });
}
void Conv2dKernelGradient::run(Cpu, View dkernel, View x, View dy) const noexcept {
  visit(dkernel.layout->dtype, [&]<class T>(Type<T>) { kernel_gradient<T>(window, dkernel, x, dy); });
}

}  // namespace ramie::kernels::naive
