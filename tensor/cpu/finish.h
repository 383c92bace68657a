// How a kernel hands complete pieces of its output to the epilogue that it was given:
//
//   const Finish finish(cpu, y);
//   finish(begin, end);                          // these elements have their final values
//   finish.block(first, rows, columns, pitch);   // these rows of neighbours, `pitch` elements apart
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

class Finish {
 public:
  Finish() = default;  // nothing follows
  Finish(const Cpu& cpu, View y) : epilogue_(cpu.epilogue), y_(y.data) {}
  void operator()(std::int64_t begin, std::int64_t end) const {
    if (epilogue_ && begin < end) epilogue_->run(epilogue_->self, y_, begin, end);
  }
  void block(std::int64_t first, std::int64_t rows, std::int64_t columns, std::int64_t pitch) const {
    if (!epilogue_) return;
    if (columns == pitch) return (*this)(first, first + rows * columns);
    for (std::int64_t i = 0; i < rows; ++i) (*this)(first + i * pitch, first + i * pitch + columns);
  }

 private:
  const Epilogue* epilogue_ = nullptr;
  std::byte* y_ = nullptr;
};

}  // namespace ramie::kernels
