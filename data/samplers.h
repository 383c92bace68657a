// Every sampler: which record comes when. All are aware of the epoch (Datarax's EpochAwareSampler): n of them
// are .repeat(n), and each has its own order. One of your own says how many places an epoch has and which
// record stands at each:
//
//   struct Backwards : data::Sampler {
//     std::int64_t size() const override { return 100; }
//     std::int64_t at(std::uint64_t, std::int64_t i) const override { return 99 - i; }
//     std::string describe() const override { return "backwards(100)"; }
//   };
#pragma once

#include <ramie/data/samplers/permutation.h>
#include <ramie/data/samplers/sequential.h>
#include <ramie/data/samplers/sharded.h>
#include <ramie/data/samplers/shuffled.h>
#include <ramie/data/samplers/sliding_window.h>
#include <ramie/data/samplers/stratified.h>
#include <ramie/data/samplers/weighted.h>
