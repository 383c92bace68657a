// A value that the shape of an op's result depends on: jit and vmap cannot know it.
#pragma once

#include <ramie/autograd/trace.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {

inline std::int64_t read_size(const char* op, const Tensor& size) {
  if (is_traced(size))
    fail(op,
         "the size of the result depends on the values, which differ within the batch of a vmap: do this "
         "outside, or where the op takes a size, give it.");
  if (context.recorder) context.recorder->read(op, size);
  return size.item<std::int64_t>();
}

}  // namespace ramie::detail
