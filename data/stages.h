// One stage per operation of a Pipeline; see pipeline.h for what each means.
#pragma once

#include <functional>
#include <vector>

#include <ramie/data/random.h>
#include <ramie/data/source.h>
#include <ramie/data/stage.h>

namespace ramie::data {

class RangeStage : public Stage {
 public:
  explicit RangeStage(std::int64_t size) : size_(size) {}
  std::optional<Element> next() override;
  void reset() override { at_ = 0; }

 private:
  std::int64_t size_, at_ = 0;
};

class RepeatStage : public Stage {
 public:
  RepeatStage(StagePtr input, std::int64_t count) : input_(std::move(input)), count_(count) {}
  std::optional<Element> next() override;
  void reset() override;

 private:
  StagePtr input_;
  std::int64_t count_, passes_ = 0;  // count < 0: for ever
  bool pass_is_empty_ = true;
};

// The passes of one iterator draw from keys of their own, unless every pass is to have the same order.
class ShuffleStage : public Stage {
 public:
  ShuffleStage(StagePtr input, std::size_t buffer_size, std::uint64_t key, bool reshuffle)
      : input_(std::move(input)), buffer_size_(buffer_size), key_(key), reshuffle_(reshuffle), random_(key) {}
  std::optional<Element> next() override;
  void reset() override;

 private:
  void fill();
  StagePtr input_;
  std::size_t buffer_size_;
  std::uint64_t key_, pass_ = 0;
  bool reshuffle_, input_ended_ = false;
  CounterRandom random_;
  std::vector<Element> buffer_;
};

class BatchStage : public Stage {
 public:
  BatchStage(StagePtr input, std::shared_ptr<const Source> source, std::int64_t size, bool drop_remainder)
      : input_(std::move(input)), source_(std::move(source)), size_(size), drop_remainder_(drop_remainder) {}
  std::optional<Element> next() override;
  void reset() override { input_->reset(); }

 private:
  StagePtr input_;
  std::shared_ptr<const Source> source_;
  std::int64_t size_;
  bool drop_remainder_;
};

class MapStage : public Stage {
 public:
  using Function = std::function<Batch(Batch)>;
  MapStage(StagePtr input, std::shared_ptr<const Source> source, Function function)
      : input_(std::move(input)), source_(std::move(source)), function_(std::move(function)) {}
  std::optional<Element> next() override;
  void reset() override { input_->reset(); }

 private:
  StagePtr input_;
  std::shared_ptr<const Source> source_;
  Function function_;
};

// The elements from `first` on, up to `last`, which is not included; last < 0: to the end.
class SliceStage : public Stage {
 public:
  SliceStage(StagePtr input, std::int64_t first, std::int64_t last)
      : input_(std::move(input)), first_(first), last_(last) {}
  std::optional<Element> next() override;
  void reset() override;

 private:
  StagePtr input_;
  std::int64_t first_, last_, at_ = 0;
};

}  // namespace ramie::data
