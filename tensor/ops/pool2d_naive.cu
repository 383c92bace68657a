#include <ramie/tensor/ops/pool2d_naive.h>

#include <ramie/tensor/cuda/naive_grid.h>
#include <ramie/tensor/ops/pool2d_element.h>

namespace ramie::kernels::naive {

void AvgPool::run(Cuda cuda, View y, View x) const {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(cuda, y.layout->shape, Average<T>{window, count_padding, Grid<T>(y), Grid<T>(x)});
  });
}

void AvgPoolGradient::run(Cuda cuda, View dx, View dy) const {
  visit_floating(dx.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(cuda, dx.layout->shape,
                   AverageGradient<T>{window, count_padding, Grid<T>(dx), Grid<T>(dy)});
  });
}

void MaxPool::run(Cuda cuda, View y, View x) const {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    const Grid<T> to(y);
    for_each_index(cuda, y.layout->shape, Extreme<T, void>{window, minimum, to, Grid<T>(x), to});
  });
}

void MaxPoolIndex::run(Cuda cuda, View y, View index, View x) const {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(cuda, y.layout->shape,
                     Extreme<T, I>{window, minimum, Grid<T>(y), Grid<T>(x), Grid<I>(index)});
    });
  });
}

void PoolGather::run(Cuda cuda, View y, View x, View index) const {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(cuda, y.layout->shape, Gather<T, I>{window, Grid<T>(y), Grid<T>(x), Grid<I>(index)});
    });
  });
}

void PoolScatter::run(Cuda cuda, View dx, View dy, View index) const {
  visit_floating(dx.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index, [&]<class I>(Type<I>) {
      for_each_index(cuda, dx.layout->shape, Scatter<T, I>{window, Grid<T>(dx), Grid<T>(dy), Grid<I>(index)});
    });
  });
}

}  // namespace ramie::kernels::naive
