// The running half of a pipeline: each operation becomes a stage that pulls from the one before it. Stages
// say what comes next; they make values only where the order depends on them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ramie/data/element.h>

namespace ramie::data {

class Stage {
 public:
  virtual ~Stage() = default;
  // Nothing at the end, and then at every further call until reset().
  virtual std::optional<Element> next() = 0;
  // Passes over up to n elements and says over how many.
  virtual std::int64_t skip(std::int64_t n) {
    std::int64_t skipped = 0;
    while (skipped < n && next()) ++skipped;
    return skipped;
  }
  // Begins another pass. Its number decides about orders and random numbers; the first one, that nobody has
  // to begin, is 0. It is given, and not counted here, since how often the passes of a repeat() before here
  // began anew depends on how far they were read: by whom, and how far ahead.
  virtual void reset(std::uint64_t pass) = 0;
};
using StagePtr = std::unique_ptr<Stage>;

}  // namespace ramie::data
