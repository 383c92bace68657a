// Depthwise convolution, where each channel has a kernel of its own, and its gradients, in vectors of
// channels. There is no sum over channels that a tile could share: the direct loop is bound by memory.
#pragma once

#include <cstddef>

#include <ramie/tensor/cpu/finish.h>
#include <ramie/tensor/ops/conv2d.h>

namespace ramie::kernels {

// Whether x [N,H,W,C] and kernel [KH,KW,1,C] are float32 or float64 with their channels side by side, in C
// groups.
bool is_depthwise(const ConvWindow& window, const Layout& x, const Layout& kernel);

void depthwise(const ConvWindow& window, View y, View x, View kernel, const Finish& finish);
void depthwise_input_gradient(const ConvWindow& window, View dx, View dy, View kernel);
// Images are divided into slices with a partial sum each, by the shapes alone.
std::size_t depthwise_kernel_gradient_workspace(const Layout& dy, const Shape& kernel);
void depthwise_kernel_gradient(const ConvWindow& window, View dkernel, View x, View dy, std::byte* workspace);

}  // namespace ramie::kernels
