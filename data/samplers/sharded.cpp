#include <ramie/data/samplers/sharded.h>

#include <utility>

#include <fmt/format.h>

#include <ramie/data/samplers/place.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

const char* name(Remainder remainder) {
  return remainder == Remainder::keep ? "" : remainder == Remainder::pad ? ", pad" : ", drop";
}

class Sharded : public Sampler {
 public:
  Sharded(SamplerPtr whole, std::int64_t count, std::int64_t index, Remainder remainder)
      : whole_(std::move(whole)),
        count_(count),
        index_(index),
        remainder_(remainder),
        full_(whole_->size() / count),
        rest_(whole_->size() % count) {}
  std::int64_t size() const override {
    const bool one_more = remainder_ == Remainder::pad ? rest_ != 0 : index_ < rest_;
    return full_ + (one_more && remainder_ != Remainder::drop ? 1 : 0);
  }
  std::int64_t at(std::uint64_t epoch, std::int64_t i) const override {
    check_place("sharded", i, size());
    const bool padding = i == full_ && index_ >= rest_;
    return whole_->at(epoch, padding ? (index_ - rest_) % whole_->size() : i * count_ + index_);
  }
  std::string describe() const override {
    return fmt::format("sharded({}, {} of {}{})", whole_->describe(), index_, count_, name(remainder_));
  }

 private:
  SamplerPtr whole_;
  std::int64_t count_, index_;
  Remainder remainder_;
  std::int64_t full_, rest_;  // the places of every shard, and how many shards have one more
};

}  // namespace

SamplerPtr sharded(SamplerPtr sampler, std::int64_t count, std::int64_t index, ShardedOptions options) {
  if (!sampler) fail("sharded", "there is no sampler to cut.");
  if (count < 1) fail("sharded", fmt::format("there must be at least one shard, not {}.", count));
  if (index < 0 || index >= count)
    fail("sharded", fmt::format("shard {} is outside of 0..{}.", index, count - 1));
  return std::make_shared<Sharded>(std::move(sampler), count, index, options.remainder);
}

}  // namespace ramie::data
