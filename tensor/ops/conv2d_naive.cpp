#include <ramie/tensor/ops/conv2d_naive.h>

#include <ramie/tensor/ops/conv2d_element.h>

namespace ramie::kernels::naive {

void Conv2d::run(Cpu, View y, View x, View kernel) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(y.layout->shape, Forward<T>{window, Grid<T>(y), Grid<T>(x), Grid<T>(kernel)});
  });
}

void Conv2dInputGradient::run(Cpu, View dx, View dy, View kernel) const noexcept {
  visit(dx.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(dx.layout->shape, InputGradient<T>{window, Grid<T>(dx), Grid<T>(dy), Grid<T>(kernel)});
  });
}

void Conv2dKernelGradient::run(Cpu, View dkernel, View x, View dy) const noexcept {
  visit(dkernel.layout->dtype, [&]<class T>(Type<T>) {
    for_each_index(dkernel.layout->shape,
                   KernelGradient<T>{window, Grid<T>(dkernel), Grid<T>(x), Grid<T>(dy)});
  });
}

}  // namespace ramie::kernels::naive
