// A stable sort of pairs by their keys' low bits, byte after byte: each pass counts the digits of every
// block, and so knows where each of its pairs goes.
//
//   RadixSort sort(n, cuda.workspace);       // of sort.bytes()
//   fill(sort.pairs.keys, sort.pairs.values);
//   sort.run(cuda, 20);                      // now sort.pairs are sorted
#pragma once

#include <cstddef>
#include <cstdint>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

class RadixSort {
 public:
  struct Pairs {
    std::uint32_t *keys, *values;
  };
  explicit RadixSort(std::int64_t n, std::byte* workspace = nullptr);
  std::size_t bytes() const { return bytes_; }
  void run(Cuda cuda, int bits);

  Pairs pairs;

 private:
  static constexpr std::int64_t most_blocks = 1024;
  std::int64_t n_;
  unsigned steps_, blocks_;
  Pairs other_;
  std::uint32_t* counts_;  // [digits, blocks], then [digits]
  std::size_t bytes_ = 0;
};

}  // namespace ramie::kernels
