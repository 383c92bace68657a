// A sampler says which record comes when. It computes place i of an epoch directly, so that it needs no
// memory, any place can be taken up again at once, and workers and shards agree without a word.
//
//   data::Pipeline train = data::from_source(source, 128, {.sampler = data::shuffled(source.size(), 42)});
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ramie::data {

// Implementations must be safe to call from several threads.
class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual std::int64_t size() const = 0;  // how many records an epoch has
  // The record at place i, 0 <= i < size(), of an epoch, counted from 0.
  virtual std::int64_t at(std::uint64_t epoch, std::int64_t i) const = 0;
  virtual std::string describe() const = 0;  // "shuffled(seed 42)"
};
using SamplerPtr = std::shared_ptr<const Sampler>;

}  // namespace ramie::data
