// PNG and JPEG in memory to pixels and back, behind libpng and libjpeg.
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

// The bytes of a PNG file of uint8[height, width, 1 to 4]: gray, gray with alpha, colour, colour with alpha.
std::string encode_png(const Tensor& image);

}  // namespace ramie::data
