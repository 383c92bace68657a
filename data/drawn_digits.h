// Handwritten-like digits without files: pen strokes, distorted and rendered in MNIST's format, as many as
// asked for.
//
//   data::Split train = data::draw_digits(60000);                        // uint8[60000,28,28,1],
//   int32[60000] data::Split test = data::draw_digits(10000, {.first = 60000});       // other digits of the
//   same hand
//
// Record i is a function of (seed, i) alone, the same bits on every platform: neither the number of records
// nor of threads changes it. Every ten records hold each digit once.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <ramie/data/split.h>

namespace ramie::data {

inline constexpr int digit_side = 28;

struct DrawnDigitsOptions {
  std::uint64_t seed = 0;
  std::int64_t first = 0;  // the number of the first record
};

std::string name_of(const DrawnDigitsOptions& options);  // "seed 3, from 60000"

Split draw_digits(std::int64_t count, const DrawnDigitsOptions& options = {});

// One record: fills the image, white (255) on black, and returns its label. Cheap enough to draw on the fly.
int draw_digit(std::uint64_t seed, std::int64_t index,
               std::span<std::uint8_t, digit_side * digit_side> image);

}  // namespace ramie::data
