#include <ramie/tensor/cuda/packs.h>
#include <ramie/tensor/ops/scale_shift.h>

namespace ramie::kernels {
namespace {

template <class T, class From>
__global__ void scale_shift(T* y, const From* x, const T* scale, const T* shift, std::int64_t n,
                            std::int64_t channels) {
  for (std::int64_t k = global_thread(); k < n; k += grid_threads()) {
    const std::int64_t c = channels == 1 ? 0 : k % channels;
    const T value = convert<T>(x[k]);
    if constexpr (std::is_same_v<T, float>)
      y[k] = std::fma(value, scale[c], shift[c]);
    else
      y[k] = value * scale[c] + shift[c];
  }
}

template <class T, class From>
void start(Cuda cuda, View y, View x, View scale, View shift) {
  launch_kernel(scale_shift<T, From>, grid_for(y.size()), block_threads, 0, cuda, y.as<T>(), x.as<From>(),
                scale.as<T>(), shift.as<T>(), y.size(), scale.size());
}

}  // namespace

void ScaleShift::run(Cuda cuda, View y, View x, View scale, View shift) const {
  if (y.size() == 0) return;
  if (x.layout->dtype == uint8) return start<float, std::uint8_t>(cuda, y, x, scale, shift);
  if (x.layout->dtype == float32) return start<float, float>(cuda, y, x, scale, shift);
  start<double, double>(cuda, y, x, scale, shift);
}

}  // namespace ramie::kernels
