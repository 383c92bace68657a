#include <ramie/tensor/ops/pad.h>

#include <algorithm>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/cpu/strided_copy.h>

namespace ramie::kernels {

void Pad::run(Cpu, View y, View x) const noexcept {
  if (x.size() < y.size())
    visit(y.layout->dtype, [&]<class T>(Type<T>) {
      const T v = value.as<T>();
      parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
        std::fill(y.as<T>() + begin, y.as<T>() + end, v);
      });
    });
  Shape strides = y.layout->strides;
  std::int64_t offset = 0;
  for (int i = 0; i < strides.rank(); ++i) {
    offset += first[i] * strides[i];
    strides[i] *= step[i];
  }
  copy_strided(y.data + offset * static_cast<std::int64_t>(size_of(y.layout->dtype)), strides, x.data,
               *x.layout);
}

}  // namespace ramie::kernels
