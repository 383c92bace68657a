// One of `count` equal parts of another sampler: its places index, index + count, index + 2 count, ...
//
//   data::sharded(data::shuffled(n, 42), 3, rank);      // the same order, cut between three processes
//   data::sharded(data::sharded(all, processes, rank), workers, worker);      // and each part between
//   workers
//
// Together the shards of an epoch give what the whole gives. Where the size is no multiple of `count`, the
// first shards are one longer; processes that must take equally many steps pad or drop.
// Source: torch's DistributedSampler (drop_last = False is pad, True is drop), tf.data's shard (keep).
#pragma once

#include <ramie/data/sampler.h>

namespace ramie::data {

enum class Remainder {
  keep,  // no record twice, none left out: shards may differ in size by one
  pad,   // the shorter shards go on with the first records of the epoch
  drop,  // the last records of the epoch, fewer than `count`, are left out
};

struct ShardedOptions {
  Remainder remainder = Remainder::keep;
};

// An error unless 0 <= index < count.
SamplerPtr sharded(SamplerPtr sampler, std::int64_t count, std::int64_t index, ShardedOptions options = {});

}  // namespace ramie::data
