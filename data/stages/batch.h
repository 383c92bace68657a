// Stages that join elements to batches and take batches apart.
#pragma once

#include <deque>

#include <ramie/data/collate.h>
#include <ramie/data/stage.h>
#include <ramie/data/times.h>

namespace ramie::data {

class BatchStage : public Stage {
 public:
  BatchStage(StagePtr input, std::int64_t size, bool drop_remainder, Collate collate,
             std::shared_ptr<Times> times)
      : input_(std::move(input)),
        size_(size),
        drop_remainder_(drop_remainder),
        collate_(std::move(collate)),
        times_(std::move(times)) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override { input_->reset(pass); }

 private:
  StagePtr input_;
  std::int64_t size_;
  bool drop_remainder_;
  Collate collate_;  // empty: records are stacked
  std::shared_ptr<Times> times_;
};

// Batches of another size from batches, or single records.
class RebatchStage : public Stage {
 public:
  RebatchStage(StagePtr input, std::int64_t size, bool drop_remainder)
      : input_(std::move(input)), size_(size), drop_remainder_(drop_remainder) {}
  std::optional<Element> next() override;
  void reset(std::uint64_t pass) override;

 private:
  struct Piece {
    Batch value;
    std::vector<RecordId> records;
    std::int64_t rows, at = 0;
  };
  bool pull();
  Piece take(std::int64_t rows);
  StagePtr input_;
  std::int64_t size_;
  bool drop_remainder_;
  std::deque<Piece> pieces_;
  std::int64_t rows_ = 0;  // of all pieces
};

class UnbatchStage : public Stage {
 public:
  explicit UnbatchStage(StagePtr input) : input_(std::move(input)) {}
  std::optional<Element> next() override;
  void reset(std::uint64_t pass) override;

 private:
  StagePtr input_;
  Batch batch_;
  std::vector<RecordId> records_;
  std::int64_t at_ = 0, rows_ = 0;
};

// The number of rows, which all tensors share; else an error in the name of `op`.
std::int64_t rows_of(const char* op, const Batch& batch);

}  // namespace ramie::data
