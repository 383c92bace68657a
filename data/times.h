// What a pipeline knows about the time that it takes: a few counters for each of its steps, from all threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace ramie::data {

struct Times {
  std::atomic<std::int64_t> elements = 0, nanoseconds = 0;  // made here, without what was made before it
  // Of a queue: how full it was when the consumer asked, and for how long either side waited for the other.
  std::atomic<std::int64_t> asked = 0, ready = 0, waited_for_data = 0, waited_for_room = 0;
};

inline std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Adds the time of its life.
class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<std::int64_t>& total) : total_(total), start_(nanoseconds_now()) {}
  ~Stopwatch() { total_ += nanoseconds_now() - start_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::atomic<std::int64_t>& total_;
  std::int64_t start_;
};

}  // namespace ramie::data
