// Windows of `size` neighbouring records, each `stride` behind the one before: with batches of that size, and
// drop_remainder, a batch is a window.
//
//   data::sliding_window(6, 3);              // 0 1 2  1 2 3  2 3 4  3 4 5
//   data::sliding_window(6, 3, 2);           // 0 1 2  2 3 4
//
// A last window that is not full is left out. Source: tf.data's window with shift and drop_remainder,
// Datarax's SlidingWindowSampler.
#pragma once

#include <ramie/data/sampler.h>

namespace ramie::data {

// An error unless size and stride are at least 1.
SamplerPtr sliding_window(std::int64_t n, std::int64_t size, std::int64_t stride = 1);

}  // namespace ramie::data
