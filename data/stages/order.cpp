#include <ramie/data/stages/order.h>

#include <algorithm>
#include <utility>

namespace ramie::data {

RecordStage::RecordStage(SourcePtr source, SamplerPtr sampler, std::uint64_t loop)
    : source_(std::move(source)),
      sampler_(std::move(sampler)),
      records_(source_->size()),
      size_(sampler_ ? sampler_->size() : records_),
      loop_(loop) {}

std::optional<Element> RecordStage::next() {
  if (at_ == size_) return {};
  const std::uint64_t epoch = epoch_of(loop_, pass_);
  const std::int64_t i = at_++;
  return Element{.source = source_.get(), .record = {sampler_ ? sampled(epoch, i) : i, epoch}};
}

std::int64_t RecordStage::sampled(std::uint64_t epoch, std::int64_t i) const {
  try {
    const std::int64_t index = sampler_->at(epoch, i);
    if (index < 0 || index >= records_) check_index(*source_, index);
    return index;
  } catch (...) {
    fail_at(sampler_->describe(), {});
  }
}

std::int64_t RecordStage::skip(std::int64_t n) {
  n = std::min(n, size_ - at_);
  at_ += n;
  return n;
}

void RecordStage::reset(std::uint64_t pass) {
  at_ = 0;
  pass_ = pass;
}

namespace {

// Its number tells a pass of a repeat() within a pass of another from all others: within the first one they
// are counted from 0, within later ones they have 31 mixed bits.
std::uint64_t pass_within(std::uint64_t outer, std::int64_t pass) {
  const auto number = static_cast<std::uint64_t>(pass);
  return outer == 0 ? number : std::uint64_t{1} << 31 | fold(outer, number) >> 33;
}

}  // namespace

// Whether another pass begins. One that was empty is the last, or an endless repetition of nothing would
// hang.
bool RepeatStage::again() {
  if (pass_is_empty_ || ++passes_ == count_) {
    passes_ = count_;
    return false;
  }
  input_->reset(pass_within(pass_, passes_));
  pass_is_empty_ = true;
  return true;
}

std::optional<Element> RepeatStage::next() {
  if (passes_ == count_) return {};
  do {
    if (auto element = input_->next()) {
      pass_is_empty_ = false;
      return element;
    }
  } while (again());
  return {};
}

std::int64_t RepeatStage::skip(std::int64_t n) {
  std::int64_t skipped = 0;
  if (passes_ == count_) return 0;
  do {
    const std::int64_t now = input_->skip(n - skipped);
    pass_is_empty_ = pass_is_empty_ && now == 0;
    skipped += now;
  } while (skipped < n && again());
  return skipped;
}

void RepeatStage::reset(std::uint64_t pass) {
  pass_ = pass;
  passes_ = 0;
  input_->reset(pass_within(pass_, 0));
  pass_is_empty_ = true;
}

void ShuffleStage::fill() {
  while (!input_ended_ && buffer_.size() < buffer_size_) {
    auto element = input_->next();
    input_ended_ = !element;
    if (element) buffer_.push_back(std::move(*element));
  }
}

std::optional<Element> ShuffleStage::next() {
  fill();
  if (buffer_.empty()) return {};
  std::swap(buffer_[random_.below(buffer_.size())], buffer_.back());
  Element drawn = std::move(buffer_.back());
  buffer_.pop_back();
  return drawn;
}

void ShuffleStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  input_ended_ = false;
  buffer_.clear();
  random_ = CounterRandom(reshuffle_ ? fold(key_, pass) : key_);
}

// Whether element number at_ is within the slice.
bool SliceStage::begin() {
  if (at_ < first_) at_ += input_->skip(first_ - at_);
  return at_ >= first_ && at_ != last_;
}

std::optional<Element> SliceStage::next() {
  if (!begin()) return {};
  ++at_;
  return input_->next();
}

std::int64_t SliceStage::skip(std::int64_t n) {
  if (!begin()) return 0;
  const std::int64_t skipped = input_->skip(last_ < 0 ? n : std::min(n, last_ - at_));
  at_ += skipped;
  return skipped;
}

void SliceStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  at_ = 0;
}

std::optional<Element> ShardStage::next() {
  const std::int64_t others = std::exchange(began_, true) ? count_ - 1 : index_;
  if (input_->skip(others) < others) return {};
  return input_->next();
}

void ShardStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  began_ = false;
}

std::optional<Element> ConcatenateStage::next() {
  if (!first_ended_) {
    if (auto element = first_->next()) return element;
    first_ended_ = true;
  }
  return second_->next();
}

std::int64_t ConcatenateStage::skip(std::int64_t n) {
  const std::int64_t skipped = first_ended_ ? 0 : first_->skip(n);
  first_ended_ = first_ended_ || skipped < n;
  return skipped < n ? skipped + second_->skip(n - skipped) : skipped;
}

void ConcatenateStage::reset(std::uint64_t pass) {
  first_->reset(pass);
  second_->reset(pass);
  first_ended_ = false;
}

}  // namespace ramie::data
