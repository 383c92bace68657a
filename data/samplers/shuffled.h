// All records in a random order that needs no memory (samplers/permutation.h): one of its own for every
// epoch.
//
//   data::from_source(source, 128, {.sampler = data::shuffled(source.size(), 42)});
//   data::shuffled(60000, 42, {.replay = true});      // every epoch in the order of the first
//
// The order follows from (n, seed, epoch) alone, whatever the workers, shards and batch size.
// Source: Grain's index_shuffle, Datarax's ShuffleSampler; torch's RandomSampler without its memory.
#pragma once

#include <ramie/data/sampler.h>

namespace ramie::data {

struct ShuffledOptions {
  bool replay = false;  // every epoch has the same order
};

SamplerPtr shuffled(std::int64_t n, std::uint64_t seed = 0, ShuffledOptions options = {});

}  // namespace ramie::data
