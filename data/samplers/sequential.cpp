#include <ramie/data/samplers/sequential.h>

#include <fmt/format.h>

#include <ramie/data/samplers/place.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

struct Range : Sampler {
  Range(std::int64_t first, std::int64_t step_size, std::int64_t count, std::string text)
      : start(first), step(step_size), places(count), description(std::move(text)) {}
  std::int64_t size() const override { return places; }
  std::int64_t at(std::uint64_t, std::int64_t i) const override {
    check_place("range", i, places);
    return start + i * step;
  }
  std::string describe() const override { return description; }

  std::int64_t start, step, places;
  std::string description;
};

// How many records, the last of which must not be negative. Unsigned, so that nothing overflows.
std::int64_t count(std::uint64_t start, std::uint64_t stop, std::uint64_t step, bool down,
                   const std::string& text) {
  const std::uint64_t distance = down ? start - stop : stop - start, size = down ? 0 - step : step;
  const std::uint64_t further = (distance - 1) / size;  // records after the first
  if (down && further * size > start)
    fail("range", text + " has negative numbers: there are no such records.");
  return static_cast<std::int64_t>(further + 1);
}

}  // namespace

SamplerPtr sequential(std::int64_t n) {
  check_records("sequential", n);
  return std::make_shared<Range>(0, 1, n, fmt::format("sequential({})", n));
}

SamplerPtr range(std::int64_t start, std::int64_t stop, std::int64_t step) {
  const std::string text = fmt::format("range({}, {}, {})", start, stop, step);
  if (step == 0) fail("range", text + " never ends: the step must not be 0.");
  if (start < 0) fail("range", text + " has negative numbers: there are no such records.");
  const auto number = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
  const bool down = step < 0, none = down ? start <= stop : start >= stop;
  const std::int64_t places = none ? 0 : count(number(start), number(stop), number(step), down, text);
  return std::make_shared<Range>(start, step, places, text);
}

}  // namespace ramie::data
