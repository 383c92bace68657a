#include <ramie/data/stages/cache.h>

#include <algorithm>
#include <utility>

#include <ramie/data/stages/order.h>

namespace ramie::data {

// An element whose value is made once, by whoever asks first.
class CachedValue {
 public:
  explicit CachedValue(Element element) : element_(std::move(element)), records_(element_.records()) {}
  const Batch& get() {
    const std::lock_guard lock(mutex_);
    if (!value_) {
      value_ = element_.make();
      element_ = {};
    }
    return *value_;
  }
  const std::vector<RecordId>& records() const { return records_; }

 private:
  std::mutex mutex_;
  Element element_;
  std::optional<Batch> value_;
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

CacheStage::CacheStage(std::function<StagePtr()> begin, std::shared_ptr<CacheMemory> memory,
                       std::uint64_t loop)
    : begin_(std::move(begin)), memory_(std::move(memory)), loop_(loop), replays_(is_complete()) {}

bool CacheStage::is_complete() const {
  const std::lock_guard lock(memory_->mutex);
  return memory_->complete;
}

std::optional<Element> CacheStage::pull() {
  if (!input_) input_ = begin_();
  auto element = input_->next();
  if (!element) return finish(), std::nullopt;
  values_.push_back(std::make_shared<CachedValue>(std::move(*element)));
  return Element{.recipe = std::make_shared<CachedRecipe>(values_.back(), epoch_of(loop_, pass_))};
}

void CacheStage::finish() {
  const std::lock_guard lock(memory_->mutex);
  if (!std::exchange(memory_->complete, true)) memory_->values = std::move(values_);
  values_.clear();
  replays_ = true;
  at_ = memory_->values.size();
}

std::optional<Element> CacheStage::next() {
  if (!replays_) return pull();
  if (at_ == memory_->values.size()) return {};  // complete: nobody writes there any more
  return Element{.recipe = std::make_shared<CachedRecipe>(memory_->values[at_++], epoch_of(loop_, pass_))};
}

std::int64_t CacheStage::skip(std::int64_t n) {
  if (!replays_) return Stage::skip(n);
  n = std::min(n, static_cast<std::int64_t>(memory_->values.size() - at_));
  at_ += static_cast<std::size_t>(n);
  return n;
}

void CacheStage::reset(std::uint64_t pass) {
  pass_ = pass;
  at_ = 0;
  values_.clear();
  input_.reset();
  replays_ = is_complete();
}

}  // namespace ramie::data
