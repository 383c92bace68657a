#include <ramie/data/samplers/place.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

void check_records(const char* op, std::int64_t n) {
  if (n < 0) fail(op, fmt::format("there cannot be {} records.", n));
}

void fail_place(const char* op, std::int64_t i, std::int64_t size) {
  fail(op, fmt::format("place {} is outside the {} places of an epoch.", i, size));
}

}  // namespace ramie::data
