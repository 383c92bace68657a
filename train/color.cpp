#include <ramie/tensor/error.h>
#include <ramie/train/color.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace ramie::train {
namespace {

using Named = std::pair<std::string_view, unsigned>;

constexpr std::array<Named, 10> kCycle{{{"tab:blue", 0x1f77b4},
                                        {"tab:orange", 0xff7f0e},
                                        {"tab:green", 0x2ca02c},
                                        {"tab:red", 0xd62728},
                                        {"tab:purple", 0x9467bd},
                                        {"tab:brown", 0x8c564b},
                                        {"tab:pink", 0xe377c2},
                                        {"tab:gray", 0x7f7f7f},
                                        {"tab:olive", 0xbcbd22},
                                        {"tab:cyan", 0x17becf}}};

// "green" is CSS's (half as bright as "lime"), so that a green title stays readable on white.
constexpr std::array<Named, 25> kNames{
    {{"black", 0x000000}, {"white", 0xffffff}, {"red", 0xff0000},     {"green", 0x008000},
     {"blue", 0x0000ff},  {"cyan", 0x00ffff},  {"magenta", 0xff00ff}, {"yellow", 0xffff00},
     {"gray", 0x808080},  {"grey", 0x808080},  {"orange", 0xffa500},  {"purple", 0x800080},
     {"brown", 0xa52a2a}, {"pink", 0xffc0cb},  {"olive", 0x808000},   {"navy", 0x000080},
     {"teal", 0x008080},  {"lime", 0x00ff00},  {"k", 0x000000},       {"w", 0xffffff},
     {"r", 0xff0000},     {"g", 0x008000},     {"b", 0x0000ff},       {"c", 0x00bfbf},
     {"m", 0xbf00bf}}};

constexpr Rgb from_hex(unsigned hex) {
  return {(hex >> 16) / 255.0, (hex >> 8 & 0xff) / 255.0, (hex & 0xff) / 255.0};
}

std::optional<Rgb> named(std::string_view name) {
  for (const auto& [known, hex] : kNames)
    if (known == name) return from_hex(hex);
  for (const auto& [known, hex] : kCycle)
    if (known == name) return from_hex(hex);
  return std::nullopt;
}

std::optional<Rgb> hexadecimal(std::string_view name) {
  unsigned hex = 0;
  const char* end = name.data() + name.size();
  if (name.size() != 7 || name[0] != '#') return std::nullopt;
  const auto [stop, error] = std::from_chars(name.data() + 1, end, hex, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return from_hex(hex);
}

std::optional<Rgb> numbered(std::string_view name) {
  if (name.size() != 2 || name[0] != 'C' || name[1] < '0' || name[1] > '9') return std::nullopt;
  return cycle_color(static_cast<std::size_t>(name[1] - '0'));
}

std::optional<Rgb> gray(std::string_view name) {
  double level = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, level);
  if (name.empty() || error != std::errc() || stop != end || !(level >= 0 && level <= 1)) return std::nullopt;
  return Rgb{level, level, level};
}

// Evenly spaced from 0 to 1; between them colours are mixed.
constexpr std::array<unsigned, 2> kGray{0x000000, 0xffffff};
constexpr std::array<unsigned, 6> kBlues{0xf7fafd, 0xd5e3f1, 0xa3c8e2, 0x5da3cf, 0x2573b5, 0x0a3170};

Rgb mixed(std::span<const unsigned> stops, double share) {
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto before = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const Rgb from = from_hex(stops[before]), to = from_hex(stops[before + 1]);
  const double t = place - static_cast<double>(before);
  return {std::lerp(from.red, to.red, t), std::lerp(from.green, to.green, t),
          std::lerp(from.blue, to.blue, t)};
}

}  // namespace

Rgb color(std::string_view name) {
  for (auto* reading : {named, numbered, hexadecimal, gray})
    if (const auto found = reading(name)) return *found;
  fail("color",
       fmt::format("\"{}\" is no colour: use a name (\"blue\", \"red\", \"tab:orange\"), \"C0\" to \"C9\", "
                   "\"#rrggbb\" or a gray from \"0\" to \"1\"",
                   name));
}

Rgb cycle_color(std::size_t index) { return from_hex(kCycle[index % kCycle.size()].second); }

Rgb map_color(std::string_view map, double share) {
  if (map == "gray") return mixed(kGray, share);
  if (map == "Blues") return mixed(kBlues, share);
  fail("color", fmt::format("\"{}\" is no colour map: use \"gray\" or \"Blues\"", map));
}

double brightness(const Rgb& rgb) { return 0.299 * rgb.red + 0.587 * rgb.green + 0.114 * rgb.blue; }

}  // namespace ramie::train
