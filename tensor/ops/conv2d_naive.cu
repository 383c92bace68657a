#include <ramie/tensor/ops/conv2d_naive.h>

#include <ramie/tensor/cuda/naive_grid.h>
#include <ramie/tensor/ops/conv2d_element.h>

namespace ramie::kernels::naive {

void Conv2d::run(Cuda cuda, View y, View x, View kernel) const {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(cuda, y.layout->shape, Forward<T>{window, Grid<T>(y), Grid<T>(x), Grid<T>(kernel)});
  });
}

void Conv2dInputGradient::run(Cuda cuda, View dx, View dy, View kernel) const {
  visit(dx.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(cuda, dx.layout->shape,
                   InputGradient<T>{window, Grid<T>(dx), Grid<T>(dy), Grid<T>(kernel)});
  });
}

void Conv2dKernelGradient::run(Cuda cuda, View dkernel, View x, View dy) const {
  visit(dkernel.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(cuda, dkernel.layout->shape,
                   KernelGradient<T>{window, Grid<T>(dkernel), Grid<T>(x), Grid<T>(dy)});
  });
}

}  // namespace ramie::kernels::naive
