#include <ramie/data/samplers/sliding_window.h>

#include <limits>

#include <fmt/format.h>

#include <ramie/data/samplers/place.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

struct SlidingWindow : Sampler {
  SlidingWindow(std::int64_t records, std::int64_t window, std::int64_t step, std::int64_t windows)
      : n(records), length(window), stride(step), places(windows * window) {}
  std::int64_t size() const override { return places; }
  std::int64_t at(std::uint64_t, std::int64_t i) const override {
    check_place("sliding_window", i, places);
    return i / length * stride + i % length;
  }
  std::string describe() const override {
    return fmt::format("sliding_window({}, {}, {})", n, length, stride);
  }

  std::int64_t n, length, stride, places;
};

}  // namespace

SamplerPtr sliding_window(std::int64_t n, std::int64_t size, std::int64_t stride) {
  check_records("sliding_window", n);
  if (size < 1 || stride < 1) {
    fail("sliding_window",
         fmt::format("size and stride must be at least 1, but they are {} and {}.", size, stride));
  }
  const std::int64_t windows = n < size ? 0 : (n - size) / stride + 1;
  if (windows > std::numeric_limits<std::int64_t>::max() / size) {
    fail("sliding_window", fmt::format("{} windows of {} are too many to count.", windows, size));
  }
  return std::make_shared<SlidingWindow>(n, size, stride, windows);
}

}  // namespace ramie::data
