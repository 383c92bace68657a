// The stage behind Pipeline::cache: the first complete pass is kept, all later ones are read from memory.
#pragma once

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
  CacheStage(StagePtr input, std::shared_ptr<CacheMemory> memory, std::uint64_t loop);
  std::optional<Element> next() override;
  void reset() override;

 private:
  std::optional<Element> pull();
  void finish();
  bool is_complete() const;
  StagePtr input_;
  std::shared_ptr<CacheMemory> memory_;
  std::vector<std::shared_ptr<CachedValue>> values_;  // of this pass, while it is the first
  std::size_t at_ = 0;
  std::uint64_t loop_, pass_ = 0;
  bool replays_, input_began_ = false;
};

}  // namespace ramie::data
