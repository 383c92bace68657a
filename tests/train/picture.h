// What a figure has written, read back: pixels of a PNG, the grammar of an SVG.
#pragma once

#include <cairo/cairo.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

// Fontconfig keeps its cache until the program ends; the leak sanitizer asks here what to overlook.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }

namespace ramie::train {

// A PNG file read back; pixels are 0xrrggbb.
class Picture {
 public:
  explicit Picture(const std::filesystem::path& path) {
    cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
    width = cairo_image_surface_get_width(surface);
    height = cairo_image_surface_get_height(surface);
    for (int y = 0; y < height; ++y) {
      const unsigned char* row =
          cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface);
      for (int x = 0; x < width; ++x) {
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, row + 4 * x, sizeof pixel);
        pixels_.push_back(pixel & 0xffffff);
      }
    }
    cairo_surface_destroy(surface);
  }

  std::uint32_t at(int x, int y) const { return pixels_.at(static_cast<std::size_t>(y * width + x)); }
  auto count(std::uint32_t color) const { return std::ranges::count(pixels_, color); }
  // The rows between which the color occurs in these columns; first > last when it does not.
  std::pair<int, int> rows_with(std::uint32_t color, int from_x, int to_x) const {
    std::pair<int, int> rows{height, -1};
    for (int y = 0; y < height; ++y)
      for (int x = from_x; x < to_x; ++x)
        if (at(x, y) == color) rows = {std::min(rows.first, y), y};
    return rows;
  }

  int width = 0, height = 0;

 private:
  std::vector<std::uint32_t> pixels_;
};

// Where the text stops being XML: a tag that closes another one than the last opened, or a bare & or <.
inline std::string xml_problem(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size(); ++at) {
    if (xml[at] == '&' && xml.find(';', at) > at + 6) return "bare & at " + std::to_string(at);
    if (xml[at] != '<') continue;
    const auto end = xml.find('>', at);
    if (end == xml.npos) return "no end of the tag at " + std::to_string(at);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    at = end;
    if (tag.starts_with('?') || tag.starts_with('!') || tag.ends_with('/')) continue;
    if (!tag.starts_with('/')) {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      return "unexpected <" + tag + ">";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace ramie::train
