// The running half of a pipeline: each operation of a Pipeline becomes a stage that pulls from the one before
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ramie/data/batch.h>

namespace ramie::data {

// Before batch() an element is the index of a record, so that shuffling moves no pixels. Its value is made
// when an operation needs it; from then on the value counts.
struct Element {
  std::int64_t index = 0;
  Batch value = {};
};

class Stage {
 public:
  virtual ~Stage() = default;
  // Nothing at the end, and then at every further call until reset().
  virtual std::optional<Element> next() = 0;
  // Begins another pass.
  virtual void reset() = 0;
};

using StagePtr = std::unique_ptr<Stage>;

}  // namespace ramie::data
