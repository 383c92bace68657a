#include <ramie/data/sources/image.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include <ramie/autograd/ops/resize.h>
#include <ramie/data/rows.h>
#include <ramie/data/sources/image_codecs.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

Tensor decode(const MappedFile& file, int channels) {
  const ImageFail fail = [&](const std::string& what) { file.fail(what); };
  if (file.text().empty()) fail("is empty.");
  if (file.text().starts_with("\x89PNG\r\n\x1a\n")) return decode_png(file.bytes(), fail);
  if (file.text().starts_with("\xFF\xD8")) return decode_jpeg(file.bytes(), channels, fail);
  fail("is neither PNG nor JPEG.");
  return {};
}

Tensor with_channels(const Tensor& x, int channels) {
  if (x.shape(2) == channels) return x;
  Tensor y = Tensor::empty({uint8, {x.shape(0), x.shape(1), channels}});
  const auto* from = x.view().as<std::uint8_t>();
  auto* to = y.view().as<std::uint8_t>();
  for (std::int64_t i = 0; i < x.shape(0) * x.shape(1); ++i, from += x.shape(2), to += channels) {
    if (channels == 3)
      std::fill_n(to, 3, *from);
    else
      *to = static_cast<std::uint8_t>((from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + 0x8000) >> 16);
  }
  return y;
}

Tensor resized(const Tensor& x, std::int64_t height, std::int64_t width) {
  if (x.shape(0) == height && x.shape(1) == width) return x;
  const Tensor real = dense(resize(x, {height, width, x.shape(2)}, Resize::linear));
  Tensor y = Tensor::empty({uint8, real.shape()});
  const float* from = real.data<float>();
  std::transform(from, from + real.size(), y.view().as<std::uint8_t>(), [](float v) {
    return static_cast<std::uint8_t>(std::clamp(std::floor(v + 0.5f), 0.0f, 255.0f));
  });
  return y;
}

}  // namespace

Tensor read_image(const std::filesystem::path& path, const ImageOptions& options) {
  if (options.channels != 1 && options.channels != 3)
    fail("image", fmt::format("{} channels: there are images of 1 (gray) and 3 (colour).", options.channels));
  if (options.size && ((*options.size)[0] < 1 || (*options.size)[1] < 1))
    fail("image", fmt::format("a size of {} x {} has no pixels.", (*options.size)[0], (*options.size)[1]));
  const MappedFile file("image", path);
  const Tensor x = with_channels(decode(file, options.channels), options.channels);
  return options.size ? resized(x, (*options.size)[0], (*options.size)[1]) : x;
}

}  // namespace ramie::data
