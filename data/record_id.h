// Which record it is, and in which pass over the data: what the randomness of operators is keyed on.
//
//   Tensor keys = data::record_keys(seed, ids);     // uint32[n, 2], one threefry key per record
//
// Record 17 of epoch 3 gets one and the same key whatever the batch size, the number of workers, the shard,
// or the place where a run was taken up again.
#pragma once

#include <cstdint>
#include <span>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

struct RecordId {
  std::int64_t index = 0;   // in its source
  std::uint64_t epoch = 0;  // how often the source had been read through before
  bool operator==(const RecordId&) const = default;
};

// Row i is fold_in(fold_in(key(seed), epoch), index) of ids[i], on the CPU.
Tensor record_keys(std::uint64_t seed, std::span<const RecordId> ids);

}  // namespace ramie::data
