#include <ramie/data/sources/image_codecs.h>

#include <csetjmp>
#include <cstdio>

#include <fmt/format.h>
#include <jpeglib.h>
// After it.
#include <jerror.h>

namespace ramie::data {
namespace {

// Even one colour everywhere takes two bits for each block of 8 x 8.
constexpr std::uint64_t max_pixels_per_byte = 1024;

// libjpeg leaves by longjmp, so what it calls and what calls it holds nothing that needs a destructor.
struct Reader {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = "";

  ~Reader() { jpeg_destroy_decompress(&jpeg); }
};

void on_error(j_common_ptr jpeg) {
  auto* reader = static_cast<Reader*>(jpeg->client_data);
  jpeg->err->format_message(jpeg, reader->message);
  std::longjmp(reader->jump, 1);
}

// Warnings after which pixels are missing or wrong.
bool is_damage(int code) {
  return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
         code == JWRN_MUST_RESYNC || code == JWRN_NOT_SEQUENTIAL || code == JWRN_BOGUS_PROGRESSION;
}

void on_message(j_common_ptr jpeg, int level) {
  if (level < 0 && is_damage(jpeg->err->msg_code)) on_error(jpeg);
}

// f calls libjpeg; false if that failed.
template <class F>
bool guarded(Reader& reader, F f) {
  if (setjmp(reader.jump)) return false;
  f(&reader.jpeg);
  return true;
}

bool open(Reader& reader, std::span<const std::byte> file) {
  reader.jpeg.err = jpeg_std_error(&reader.errors);
  reader.errors.error_exit = on_error;
  reader.errors.emit_message = on_message;
  reader.jpeg.client_data = &reader;
  return guarded(reader, [&](j_decompress_ptr jpeg) {
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, reinterpret_cast<const unsigned char*>(file.data()),
                 static_cast<unsigned long>(file.size()));
    jpeg_read_header(jpeg, TRUE);
  });
}

void check(const Reader& reader, std::size_t file_size, const ImageFail& fail) {
  const std::uint64_t height = reader.jpeg.image_height, width = reader.jpeg.image_width;
  if (height * width / max_pixels_per_byte > file_size)
    fail(fmt::format("is a damaged JPEG: {} x {} pixels are more than a file of {} bytes can hold.", height,
                     width, file_size));
  if (reader.jpeg.arith_code) fail("is a JPEG with arithmetic coding, which is not supported.");
  if (reader.jpeg.num_components == 4) fail("is a JPEG in CMYK; convert it to RGB.");
}

}  // namespace

Tensor decode_jpeg(std::span<const std::byte> file, int channels, const ImageFail& fail) {
  Reader reader;
  const auto damaged = [&] { fail(fmt::format("is a damaged JPEG: {}.", reader.message)); };
  if (!open(reader, file)) damaged();
  check(reader, file.size(), fail);
  reader.jpeg.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  if (!guarded(reader, [](j_decompress_ptr jpeg) { jpeg_start_decompress(jpeg); })) damaged();
  const std::int64_t height = reader.jpeg.output_height, width = reader.jpeg.output_width;
  Tensor x = Tensor::empty({uint8, {height, width, channels}});
  auto* pixels = x.view().as<JSAMPLE>();
  const bool good = guarded(reader, [&](j_decompress_ptr jpeg) {
    while (jpeg->output_scanline < jpeg->output_height) {
      JSAMPROW row = pixels + std::int64_t{jpeg->output_scanline} * width * channels;
      jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
  });
  if (!good) damaged();
  return x;
}

}  // namespace ramie::data
