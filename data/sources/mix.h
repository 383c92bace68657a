// Records of several sources in random order, by weight.
//
//   data::SourcePtr both = data::mix({photos, drawings}, {3, 1}, 42);   // three photos for each drawing
//
// Each place draws its source by the weights, and gets the next record of it. Once a source has given all of
// its records, the next one in the list that has some left stands in for it. So every record comes exactly
// once, and the length is the sum of the lengths. What stands at a place follows from the seed and the place;
// finding it needs up to 16 draws, and half a byte of memory per record and source.
//
// Source: Datarax's MixDataSources; the draws are not JAX's.
#pragma once

#include <vector>

#include <ramie/data/sources/any_source.h>

namespace ramie::data {

// The weights are normalised; they must be finite, not negative, and not all 0. A source of weight 0 only
// stands in.
SourcePtr mix(const std::vector<AnySource>& sources, const std::vector<double>& weights,
              std::uint64_t seed = 0);

}  // namespace ramie::data
