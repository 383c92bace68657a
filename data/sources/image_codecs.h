// PNG and JPEG in memory to pixels, behind libpng and libjpeg.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

// Throws an Error that names the file.
using ImageFail = std::function<void(const std::string& what)>;

// uint8[height, width, 1 or 3], as the file has it.
Tensor decode_png(std::span<const std::byte> file, const ImageFail& fail);
// uint8[height, width, channels].
Tensor decode_jpeg(std::span<const std::byte> file, int channels, const ImageFail& fail);

}  // namespace ramie::data
