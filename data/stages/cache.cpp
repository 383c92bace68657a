#include <ramie/data/stages/cache.h>

#include <utility>

#include <ramie/data/stages/order.h>

namespace ramie::data {

// An element whose value is made once, by whoever asks first.
class CachedValue {
 public:
  explicit CachedValue(Element element) : element_(std::move(element)), records_(element_.records()) {}
  const Batch& get() {
    const std::lock_guard lock(mutex_);
    if (value_.empty()) {
      value_ = element_.make();
      element_ = {};
    }
    return value_;
  }
  const std::vector<RecordId>& records() const { return records_; }

 private:
  std::mutex mutex_;
  Element element_;
  Batch value_;
  std::vector<RecordId> records_;
};

namespace {

// The records are those of the first pass, in the epoch of this one: operators behind the cache draw anew.
class CachedRecipe : public Recipe {
 public:
  CachedRecipe(std::shared_ptr<CachedValue> value, std::uint64_t epoch)
      : value_(std::move(value)), epoch_(epoch) {}
  Batch make() const override { return value_->get(); }
  void append_records(std::vector<RecordId>& to) const override {
    for (const RecordId& record : value_->records()) to.push_back({record.index, epoch_});
  }

 private:
  std::shared_ptr<CachedValue> value_;
  std::uint64_t epoch_;
};

}  // namespace

CacheStage::CacheStage(StagePtr input, std::shared_ptr<CacheMemory> memory, std::uint64_t loop)
    : input_(std::move(input)), memory_(std::move(memory)), loop_(loop), replays_(is_complete()) {}

bool CacheStage::is_complete() const {
  const std::lock_guard lock(memory_->mutex);
  return memory_->complete;
}

std::optional<Element> CacheStage::pull() {
  input_began_ = true;
  auto element = input_->next();
  if (!element) return finish(), std::nullopt;
  values_.push_back(std::make_shared<CachedValue>(std::move(*element)));
  return Element{.recipe = std::make_shared<CachedRecipe>(values_.back(), epoch_of(loop_, pass_))};
}

void CacheStage::finish() {
  const std::lock_guard lock(memory_->mutex);
  if (!std::exchange(memory_->complete, true)) memory_->values = values_;
}

std::optional<Element> CacheStage::next() {
  if (!replays_) return pull();
  if (at_ == memory_->values.size()) return {};  // complete: nobody writes there any more
  return Element{.recipe = std::make_shared<CachedRecipe>(memory_->values[at_++], epoch_of(loop_, pass_))};
}

void CacheStage::reset() {
  ++pass_;
  at_ = 0;
  values_.clear();
  replays_ = is_complete();
  if (!replays_ && input_began_) input_->reset();
}

}  // namespace ramie::data
