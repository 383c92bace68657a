// Pictures from files: PNG and JPEG, told apart by their content.
//
//   Tensor x = data::read_image("cat.jpg");                               // uint8[h, w, 3]
//   Tensor y = data::read_image("cat.jpg", {.channels = 1, .size = {{28, 28}}});   // uint8[28, 28, 1]
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

struct ImageOptions {
  int channels = 3;                                      // 1: gray, 3: red, green, blue
  std::optional<std::array<std::int64_t, 2>> size = {};  // height, width; not given: the file's
};

// uint8[height, width, channels]. Any PNG (16 bits are cut to 8, transparency is dropped, gamma ignored), any
// JPEG in gray or colour; an orientation in its EXIF data is ignored. Colour becomes gray by the weights of
// ITU-R 601, as in Pillow; resizing is linear with antialias (autograd/ops/resize.h). Safe from several
// threads. Errors name the file: not there, empty, no PNG or JPEG, cut short, damaged, more pixels promised
// than such a file can hold, CMYK.
Tensor read_image(const std::filesystem::path& path, const ImageOptions& options = {});

}  // namespace ramie::data
