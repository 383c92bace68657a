// Colours by the names that plots use.
//
//   Rgb blue = color("tab:blue");     // or "C0" (the same), "blue", "r", "0.5" (a gray), "#1f77b4"
#pragma once

#include <cstddef>
#include <string_view>

namespace ramie::train {

struct Rgb {
  double red = 0, green = 0, blue = 0;  // each from 0 to 1
  bool operator==(const Rgb&) const = default;
};

// CSS's common names, matplotlib's letters and "tab:" names, "C0".."C9" (the cycle), "0.5" (gray), "#rrggbb".
// Throws Error for anything else.
Rgb color(std::string_view name);

// The colour that the `index`-th line gets when it asks for none: ten that are told apart, then again.
Rgb cycle_color(std::size_t index);

// The colour of a share between 0 and 1: "gray" runs from black to white, "Blues" from near white to navy.
// Throws Error for another map.
Rgb map_color(std::string_view map, double share);

// As bright as that gray, from 0 to 1: text on it is readable in black above a half, in white below.
double brightness(const Rgb& color);

}  // namespace ramie::train
