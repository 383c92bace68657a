// What the samplers check: an n that is a number of records, and a place that is in the epoch.
#pragma once

#include <cstdint>

namespace ramie::data {

// Throws Error("[op] ...") unless n >= 0.
void check_records(const char* op, std::int64_t n);

[[noreturn]] void fail_place(const char* op, std::int64_t i, std::int64_t size);

// Throws Error("[op] place ... is outside the ... places of an epoch.") unless 0 <= i < size.
inline void check_place(const char* op, std::int64_t i, std::int64_t size) {
  if (static_cast<std::uint64_t>(i) >= static_cast<std::uint64_t>(size)) fail_place(op, i, size);
}

}  // namespace ramie::data
