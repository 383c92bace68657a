// The stage behind Pipeline::cache: the first complete pass is kept, all later ones are read from memory.
// Until then every pass begins the input anew, as it is in the first loop. So it does not matter which pass
// was the complete one, nor whether a program that takes up a loop again has seen the loops before.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include <ramie/data/stage.h>

namespace ramie::data {

class CachedValue;

// What all loops over one cached pipeline share.
struct CacheMemory {
  std::mutex mutex;
  std::vector<std::shared_ptr<CachedValue>> values;
  bool complete = false;
};

class CacheStage : public Stage {
 public:
  CacheStage(std::function<StagePtr()> begin, std::shared_ptr<CacheMemory> memory, std::uint64_t loop);
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  std::optional<Element> pull();
  void finish();
  bool is_complete() const;
  std::function<StagePtr()> begin_;
  StagePtr input_;  // nothing while it is not needed
  std::shared_ptr<CacheMemory> memory_;
  std::vector<std::shared_ptr<CachedValue>> values_;  // of this pass, while it is the first
  std::size_t at_ = 0;
  std::uint64_t loop_, pass_ = 0;
  bool replays_;
};

}  // namespace ramie::data
