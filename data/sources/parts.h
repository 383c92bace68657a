// Batches whose records lie in several sources.
#pragma once

#include <span>
#include <vector>

#include <ramie/data/source.h>

namespace ramie::data {

struct Place {
  std::size_t source = 0;
  std::int64_t index = 0;  // in that source
};

// Row i is the record of places[i]: one gather from each source that is needed. `op` opens the text of the
// error where the sources' records differ in names, shapes or dtypes.
Batch gather_places(const char* op, std::span<const SourcePtr> sources, std::span<const Place> places);

}  // namespace ramie::data
