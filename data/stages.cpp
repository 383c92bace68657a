#include <ramie/data/stages.h>

#include <utility>

#include <ramie/tensor/error.h>

namespace ramie::data {

std::optional<Element> RangeStage::next() {
  if (at_ == size_) return {};
  return Element{at_++};
}

std::optional<Element> RepeatStage::next() {
  while (passes_ != count_) {
    if (auto element = input_->next()) {
      pass_is_empty_ = false;
      return element;
    }
    if (pass_is_empty_) return {};  // or an endless repetition of nothing would hang
    if (++passes_ != count_) input_->reset();
    pass_is_empty_ = true;
  }
  return {};
}

void RepeatStage::reset() {
  input_->reset();
  passes_ = 0;
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

void ShuffleStage::reset() {
  input_->reset();
  input_ended_ = false;
  buffer_.clear();
  random_ = CounterRandom(reshuffle_ ? fold(key_, ++pass_) : key_);
}

std::optional<Element> BatchStage::next() {
  std::vector<std::int64_t> indices;
  std::vector<Batch> values;
  std::int64_t count = 0;
  for (; count < size_; ++count) {
    auto element = input_->next();
    if (!element) break;
    if (element->value.empty())
      indices.push_back(element->index);
    else
      values.push_back(std::move(element->value));
  }
  if (count == 0 || (drop_remainder_ && count < size_)) return {};
  return Element{-1, values.empty() ? source_->gather(indices) : stack(values)};
}

std::optional<Element> MapStage::next() {
  auto element = input_->next();
  if (!element) return {};
  if (element->value.empty()) element->value = source_->record(element->index);
  element->value = function_(std::move(element->value));
  if (element->value.empty()) fail("map", "the function returned nothing: return the batch it was given.");
  return element;
}

std::optional<Element> SliceStage::next() {
  for (; at_ < first_; ++at_)
    if (!input_->next()) return {};
  if (at_ == last_) return {};
  ++at_;
  return input_->next();
}

void SliceStage::reset() {
  input_->reset();
  at_ = 0;
}

}  // namespace ramie::data
