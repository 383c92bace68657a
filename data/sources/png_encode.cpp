#include <ramie/data/sources/image_codecs.h>

#include <array>

#include <fmt/format.h>
#include <png.h>

#include <ramie/data/rows.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

std::string encode_png(const Tensor& image) {
  constexpr std::array<png_uint_32, 4> formats = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB,
                                                  PNG_FORMAT_RGBA};
  const bool good = image.dtype() == uint8 && image.rank() == 3 && image.size() > 0 && image.shape(2) <= 4;
  if (!good)
    fail("encode_png", fmt::format("the image is {}; it must be uint8[height, width, 1 to 4 channels].",
                                   str(image.layout())));
  const Tensor pixels = dense(image);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.height = static_cast<png_uint_32>(image.shape(0));
  png.width = static_cast<png_uint_32>(image.shape(1));
  png.format = formats[static_cast<std::size_t>(image.shape(2) - 1)];
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, pixels.view().data, 0, nullptr) == 0)
    fail("encode_png", fmt::format("{} cannot be packed: {}.", str(image.layout()), png.message));
  bytes.resize(size);
  return bytes;
}

}  // namespace ramie::data
