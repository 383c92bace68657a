#include <ramie/tensor/ops/pool2d_naive.h>

#include <ramie/tensor/ops/pool2d_element.h>

namespace ramie::kernels::naive {

void AvgPool::run(Cpu, View y, View x) const noexcept {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(y.layout->shape, Average<T>{window, count_padding, Grid<T>(y), Grid<T>(x)});
  });
}

void AvgPoolGradient::run(Cpu, View dx, View dy) const noexcept {
  visit_floating(dx.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(dx.layout->shape, AverageGradient<T>{window, count_padding, Grid<T>(dx), Grid<T>(dy)});
  });
}

void MaxPool::run(Cpu, View y, View x) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    const Grid<T> to(y);
    for_each_index(y.layout->shape, Extreme<T, void>{window, minimum, to, Grid<T>(x), to});
  });
}

void MaxPoolIndex::run(Cpu, View y, View index, View x) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(y.layout->shape, Extreme<T, I>{window, minimum, Grid<T>(y), Grid<T>(x), Grid<I>(index)});
    });
  });
}

void PoolGather::run(Cpu, View y, View x, View index) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(y.layout->shape, Gather<T, I>{window, Grid<T>(y), Grid<T>(x), Grid<I>(index)});
    });
  });
}

void PoolScatter::run(Cpu, View dx, View dy, View index) const noexcept {
  visit_floating(dx.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(dx.layout->shape, Scatter<T, I>{window, Grid<T>(dx), Grid<T>(dy), Grid<I>(index)});
    });
  });
}

}  // namespace ramie::kernels::naive
