#include <ramie/data/stages/batch.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Records of one source that nobody has changed are read together.
class BatchRecipe : public Recipe {
 public:
  BatchRecipe(std::vector<Element> elements, const Collate& collate, std::shared_ptr<Times> times)
      : elements_(std::move(elements)), collate_(collate), times_(std::move(times)) {}

  Batch make() const override {
    ++times_->elements;
    const bool raw = std::all_of(elements_.begin(), elements_.end(), [&](const Element& e) {
      return !e.recipe && e.source == elements_.front().source;
    });
    return raw && !collate_ ? gather() : join();
  }
  void append_records(std::vector<RecordId>& to) const override {
    for (const Element& e : elements_) e.recipe ? e.recipe->append_records(to) : to.push_back(e.record);
  }

 private:
  Batch gather() const {
    const Stopwatch watch(times_->nanoseconds);
    std::vector<std::int64_t> indices;
    indices.reserve(elements_.size());
    for (const Element& e : elements_) indices.push_back(e.record.index);
    try {
      return elements_.front().source->gather(indices);
    } catch (...) {
      for (const Element& e : elements_) e.make();  // names the record, if one is to blame
      fail_here();
    }
  }
  Batch join() const {
    std::vector<Batch> values;
    values.reserve(elements_.size());
    for (const Element& e : elements_) values.push_back(e.make());
    const Stopwatch watch(times_->nanoseconds);
    try {
      return collate_ ? collate_(values) : stack(values);
    } catch (...) {
      fail_here();
    }
  }
  [[noreturn]] void fail_here() const {
    std::vector<RecordId> records;
    append_records(records);
    fail_at("batch", records);
  }

  std::vector<Element> elements_;
  Collate collate_;
  std::shared_ptr<Times> times_;
};

Batch rows_between(const Batch& batch, std::int64_t first, std::int64_t last) {
  Batch rows;
  for (const auto& [name, x] : batch) rows.set(name, x.slice(0, first, last));
  return rows;
}

Batch joined(const std::vector<Batch>& pieces) {
  if (pieces.size() == 1) return pieces.front();
  Batch all;
  for (const auto& [name, first] : pieces.front()) {
    std::vector<Tensor> parts;
    for (const Batch& piece : pieces) parts.push_back(piece[name]);
    all.set(name, concatenate(parts, 0));
  }
  return all;
}

}  // namespace

std::int64_t rows_of(const char* op, const Batch& batch) {
  std::int64_t rows = -1;
  for (const auto& [name, x] : batch) {
    if (x.rank() == 0 || (rows >= 0 && x.shape(0) != rows))
      fail(op,
           fmt::format("it takes batches, whose tensors have equally many rows, but got {}.", str(batch)));
    rows = x.shape(0);
  }
  return std::max<std::int64_t>(rows, 0);
}

std::optional<Element> BatchStage::next() {
  std::vector<Element> elements;
  elements.reserve(static_cast<std::size_t>(std::min<std::int64_t>(size_, 1024)));
  for (std::int64_t i = 0; i < size_; ++i) {
    auto element = input_->next();
    if (!element) break;
    elements.push_back(std::move(*element));
  }
  const bool full = static_cast<std::int64_t>(elements.size()) == size_;
  if (elements.empty() || (drop_remainder_ && !full)) return {};
  return Element{.recipe = std::make_shared<BatchRecipe>(std::move(elements), collate_, times_)};
}

std::int64_t BatchStage::skip(std::int64_t n) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t skipped = input_->skip(n > most / size_ ? most : n * size_);
  return skipped / size_ + (skipped % size_ != 0 && !drop_remainder_ ? 1 : 0);
}

bool RebatchStage::pull() {
  const auto element = input_->next();
  if (!element) return false;
  Piece piece{element->make(), element->records(), 0};
  piece.rows = rows_of("rebatch", piece.value);
  rows_ += piece.rows;
  if (piece.rows > 0) pieces_.push_back(std::move(piece));
  return true;
}

// Up to that many rows of the first piece.
RebatchStage::Piece RebatchStage::take(std::int64_t rows) {
  Piece& first = pieces_.front();
  const std::int64_t end = std::min(first.rows, first.at + rows);
  Piece taken{rows_between(first.value, first.at, end), {}, end - first.at};
  if (static_cast<std::int64_t>(first.records.size()) == first.rows)
    taken.records.assign(first.records.begin() + first.at, first.records.begin() + end);
  first.at = end;
  if (end == first.rows) pieces_.pop_front();
  rows_ -= taken.rows;
  return taken;
}

std::optional<Element> RebatchStage::next() {
  while (rows_ < size_ && pull()) continue;
  if (rows_ == 0 || (drop_remainder_ && rows_ < size_)) return {};
  std::vector<Batch> pieces;
  std::vector<RecordId> records;
  for (std::int64_t left = std::min(size_, rows_); left > 0;) {
    Piece piece = take(left);
    left -= piece.rows;
    records.insert(records.end(), piece.records.begin(), piece.records.end());
    pieces.push_back(std::move(piece.value));
  }
  return element_of(joined(pieces), std::move(records));
}

void RebatchStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  pieces_.clear();
  rows_ = 0;
}

std::optional<Element> UnbatchStage::next() {
  while (at_ == rows_) {
    const auto element = input_->next();
    if (!element) return {};
    batch_ = element->make();
    records_ = element->records();
    rows_ = rows_of("unbatch", batch_);
    at_ = 0;
  }
  const auto i = static_cast<std::size_t>(at_);
  std::vector<RecordId> record;
  if (static_cast<std::int64_t>(records_.size()) == rows_) record.push_back(records_[i]);
  return element_of(row(batch_, at_++), std::move(record));
}

void UnbatchStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  at_ = rows_ = 0;
}

}  // namespace ramie::data
