#include <ramie/data/sources/image_codecs.h>

#include <csetjmp>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <png.h>

namespace ramie::data {
namespace {

// Deflate cannot compress by more than about 1032 : 1.
constexpr std::uint64_t max_expansion = 1040;

// libpng leaves by longjmp, so what it calls and what calls it holds nothing that needs a destructor.
struct Reader {
  std::span<const std::byte> rest;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[160] = "out of memory";

  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

void on_error(png_structp png, png_const_charp text) {
  auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
  std::strncpy(reader->message, text, sizeof reader->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, std::size_t size) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (size > reader->rest.size()) png_error(png, "the file is cut short");
  std::memcpy(to, reader->rest.data(), size);
  reader->rest = reader->rest.subspan(size);
}

// f calls libpng; false if that failed.
template <class F>
bool guarded(Reader& reader, F f) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  f(reader.png, reader.info);
  return true;
}

void open(Reader& reader, const ImageFail& fail) {
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
  reader.info = reader.png ? png_create_info_struct(reader.png) : nullptr;
  if (!reader.info) fail("libpng cannot be started.");
  const bool good = guarded(reader, [&](png_structp png, png_infop info) {
    png_set_read_fn(png, &reader, on_read);
    png_read_info(png, info);
  });
  if (!good) fail(fmt::format("is a damaged PNG: {}.", reader.message));
}

// So that a lying header cannot make it allocate.
void check_size(const Reader& reader, std::size_t file_size, const ImageFail& fail) {
  const std::uint64_t height = png_get_image_height(reader.png, reader.info);
  const std::uint64_t bytes = height * (png_get_rowbytes(reader.png, reader.info) + 1);
  if (bytes / max_expansion <= file_size) return;
  fail(fmt::format("is a damaged PNG: {} x {} pixels are more than a file of {} bytes can hold.", height,
                   png_get_image_width(reader.png, reader.info), file_size));
}

// Whatever the file has, as 8 bits of gray or colour.
bool set_transforms(Reader& reader) {
  return guarded(reader, [](png_structp png, png_infop info) {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
  });
}

}  // namespace

Tensor decode_png(std::span<const std::byte> file, const ImageFail& fail) {
  Reader reader{file};
  open(reader, fail);
  check_size(reader, file.size(), fail);
  if (!set_transforms(reader)) fail(fmt::format("is a damaged PNG: {}.", reader.message));
  const std::int64_t height = png_get_image_height(reader.png, reader.info),
                     width = png_get_image_width(reader.png, reader.info),
                     channels = png_get_channels(reader.png, reader.info);
  Tensor x = Tensor::empty({uint8, {height, width, channels}});
  std::vector<png_bytep> rows;
  for (std::int64_t i = 0; i < height; ++i) rows.push_back(x.view().as<png_byte>() + i * width * channels);
  const bool good = guarded(reader, [&](png_structp png, png_infop) {
    png_read_image(png, rows.data());
    png_read_end(png, nullptr);
  });
  if (!good) fail(fmt::format("is a damaged PNG: {}.", reader.message));
  return x;
}

}  // namespace ramie::data
