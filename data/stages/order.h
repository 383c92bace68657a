// Stages that choose and order elements, and never look at them; see pipeline.h for what each means.
#pragma once

#include <vector>

#include <ramie/data/random.h>
#include <ramie/data/sampler.h>
#include <ramie/data/stage.h>

namespace ramie::data {

// A pass over the data has a number: that of the loop, and within a loop the passes of repeat().
constexpr std::uint64_t epoch_of(std::uint64_t loop, std::uint64_t pass) { return loop + (pass << 32); }

class RecordStage : public Stage {
 public:
  // Without a sampler: in order.
  RecordStage(SourcePtr source, SamplerPtr sampler, std::uint64_t loop);
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  std::int64_t sampled(std::uint64_t epoch, std::int64_t i) const;
  SourcePtr source_;
  SamplerPtr sampler_;
  std::int64_t records_, size_, at_ = 0;
  std::uint64_t loop_, pass_ = 0;
};

class RepeatStage : public Stage {
 public:
  RepeatStage(StagePtr input, std::int64_t count) : input_(std::move(input)), count_(count) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  bool again();
  StagePtr input_;
  std::int64_t count_, passes_ = 0;  // count < 0: for ever
  std::uint64_t pass_ = 0;           // of a repeat() behind this one
  bool pass_is_empty_ = true;
};

// The passes of one loop draw from keys of their own, unless every pass is to have the same order.
class ShuffleStage : public Stage {
 public:
  ShuffleStage(StagePtr input, std::size_t buffer_size, std::uint64_t key, bool reshuffle)
      : input_(std::move(input)), buffer_size_(buffer_size), key_(key), reshuffle_(reshuffle), random_(key) {}
  std::optional<Element> next() override;
  void reset(std::uint64_t pass) override;

 private:
  void fill();
  StagePtr input_;
  std::size_t buffer_size_;
  std::uint64_t key_;
  bool reshuffle_, input_ended_ = false;
  CounterRandom random_;
  std::vector<Element> buffer_;
};

// The elements from `first` on, up to `last`, which is not included; last < 0: to the end.
class SliceStage : public Stage {
 public:
  SliceStage(StagePtr input, std::int64_t first, std::int64_t last)
      : input_(std::move(input)), first_(first), last_(last) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  bool begin();
  StagePtr input_;
  std::int64_t first_, last_, at_ = 0;
};

// Every count-th element, from number `index` on.
class ShardStage : public Stage {
 public:
  ShardStage(StagePtr input, std::int64_t count, std::int64_t index)
      : input_(std::move(input)), count_(count), index_(index) {}
  std::optional<Element> next() override;
  void reset(std::uint64_t pass) override;

 private:
  StagePtr input_;
  std::int64_t count_, index_;
  bool began_ = false;
};

class ConcatenateStage : public Stage {
 public:
  ConcatenateStage(StagePtr first, StagePtr second) : first_(std::move(first)), second_(std::move(second)) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  StagePtr first_, second_;
  bool first_ended_ = false;
};

}  // namespace ramie::data
