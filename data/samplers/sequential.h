// Records in their own order.
//
//   data::sequential(4);         // 0 1 2 3
//   data::range(10, 0, -3);      // 10 7 4 1
//
// Source: torch's SequentialSampler; Datarax's RangeSampler, Python's range.
#pragma once

#include <ramie/data/sampler.h>

namespace ramie::data {

// 0, 1, ..., n - 1.
SamplerPtr sequential(std::int64_t n);

// start, start + step, ... as long as that is below stop, or above it where step is negative. An error if
// step is 0, or if one of the records would be negative.
SamplerPtr range(std::int64_t start, std::int64_t stop, std::int64_t step = 1);

}  // namespace ramie::data
