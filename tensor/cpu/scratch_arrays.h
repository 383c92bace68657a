// A kernel's workspace cut into arrays, by one piece of code for their sizes and their places:
//
//   struct Arrays {                               // std::size_t workspace(...) const {
//     float* a;                                   //   ScratchArrays sizes;
//     int* pivots;                                //   Arrays(sizes, n);
//     Arrays(ScratchArrays& s, std::int64_t n)    //   return sizes.bytes;
//         : a(s.take<float>(n * n)),              // }
//           pivots(s.take<int>(n)) {}             // and in run: ScratchArrays s{cpu.workspace};
//   };
#pragma once

#include <cstddef>
#include <cstdint>

namespace ramie::kernels {

struct ScratchArrays {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  template <class T>
  T* take(std::int64_t n) {
    T* array = data ? reinterpret_cast<T*>(data + bytes) : nullptr;
    bytes += (static_cast<std::size_t>(n) * sizeof(T) + 63) / 64 * 64;
    return array;
  }
};

}  // namespace ramie::kernels
