// Where an axis ends and where its ticks stand.
//
//   Limits limits = with_margin(0, 9);         // -0.45 to 9.45
//   Ticks ticks = nice_ticks(limits, 9, true); // 0, 1, 2, ... 9
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ramie::train::detail {

struct Limits {
  double low = 0, high = 1;
};

struct Ticks {
  std::vector<double> at;           // ascending
  std::vector<std::string> labels;  // one per tick, all with the same number of decimals
  std::string note;  // what the labels leave out: a common factor and offset, "1e6" or "1e-5+3.2"
};

// Can be drawn: finite and far enough from overflow that a range of such numbers is finite too.
bool is_drawable(double value);

// Five per cent of room on both sides; a single value gets five per cent of itself. No values (low > high): 0
// to 1.
Limits with_margin(double low, double high);

// At most `most` intervals in steps of 1, 2 or 5 times a power of ten; never below 1 when `whole`.
Ticks nice_ticks(const Limits& limits, int most, bool whole);

// names[0] at 0, names[1] at 1, ..., as far as they lie within the limits; only every `stride`-th.
Ticks named_ticks(const std::vector<std::string>& names, const Limits& limits, std::size_t stride);

}  // namespace ramie::train::detail
