// Neighbouring elements, 16 bytes of them, which one instruction loads or stores.
#pragma once

namespace ramie::kernels {

template <class T, int n = static_cast<int>(16 / sizeof(T))>
struct alignas(n * sizeof(T) < 16 ? n * sizeof(T) : 16) Pack {
  static constexpr int count = n;
  T v[n];
};
template <class T>
inline constexpr int pack_size = Pack<T>::count;

}  // namespace ramie::kernels
