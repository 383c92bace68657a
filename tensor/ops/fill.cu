#include <ramie/tensor/ops/fill.h>

#include <bit>

#include <ramie/tensor/cuda/packs.h>

namespace ramie::kernels {
namespace {

// Eight bytes again and again.
__global__ void fill(std::byte* y, std::int64_t bytes, std::uint64_t pattern) {
  const std::int64_t packs = bytes / 16;
  for (std::int64_t k = global_thread(); k < packs; k += grid_threads())
    reinterpret_cast<Pack<std::uint64_t>*>(y)[k] = {pattern, pattern};
  if (const std::int64_t at = packs * 16 + global_thread(); at < bytes)
    y[at] = static_cast<std::byte>(pattern >> at % 8 * 8);
}

// The bytes of one number, repeated.
template <class T>
std::uint64_t pattern_of(T value) {
  std::array<T, 8 / sizeof(T)> copies;
  copies.fill(value);
  return std::bit_cast<std::uint64_t>(copies);
}

template <class T>
__global__ void ramp(T* y, std::int64_t n, double start, double step) {
  for (std::int64_t k = global_thread(); k < n; k += grid_threads())
    y[k] = convert_on_device<T>(start + static_cast<double>(k) * step);
}

template <class T>
__global__ void diagonal(T* y, std::int64_t n, T value) {
  for (std::int64_t k = global_thread(); k < n; k += grid_threads()) y[k * (n + 1)] = value;
}

}  // namespace

void Fill::run(Cuda cuda, View y) const {
  if (y.size() == 0) return;
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    const auto bytes = static_cast<std::int64_t>(y.layout->bytes());
    launch_kernel(fill, grid_for(ceil_divide(bytes, 16)), block_threads, 0, cuda, y.data, bytes,
                  pattern_of(value.as<T>()));
  });
}

void Ramp::run(Cuda cuda, View y) const {
  if (y.size() == 0) return;
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_kernel(ramp<T>, grid_for(y.size()), block_threads, 0, cuda, y.as<T>(), y.size(), start, step);
  });
}

void Eye::run(Cuda cuda, View y) const {
  if (y.size() == 0) return;
  Fill{*y.layout, 0}.run(cuda, y);
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_kernel(diagonal<T>, grid_for(y.shape(0)), block_threads, 0, cuda, y.as<T>(), y.shape(0),
                  convert<T>(1));
  });
}

}  // namespace ramie::kernels
