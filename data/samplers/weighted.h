// Records drawn by weight, `count` of them an epoch.
//
//   data::weighted({1, 1, 8}, 6, 42);                           // 2 2 0 2 2 1, and others in the next epoch
//   data::weighted({.1, .2, .7}, 2, 42, {.replacement = false});     // two different records
//
// With replacement every place is drawn for itself, in proportion to the weights (Walker's alias table: O(n)
// memory, O(1) time). Without it, each record is drawn from those that are left, in proportion to their
// weights: the `count` records with the smallest -log(u) / weight, in that order (Efraimidis, Spirakis 2006).
// That order is made when an epoch begins, in O(n log n), and the two epochs that were used last are kept.
// Source: torch's WeightedRandomSampler.
#pragma once

#include <vector>

#include <ramie/data/sampler.h>

namespace ramie::data {

struct WeightedOptions {
  bool replacement = true;  // a record may come more than once in an epoch
};

// Weights need not add up to 1. An error if one is negative, infinite or NaN, if all are 0, or if without
// replacement there are fewer than `count` above 0.
SamplerPtr weighted(std::vector<double> weights, std::int64_t count, std::uint64_t seed = 0,
                    WeightedOptions options = {});

}  // namespace ramie::data
