// TensorBoard's event files: records with checksums that hold protocol buffers.
//
//   length (8 bytes) | masked CRC-32C of the length | Event | masked CRC-32C of the Event
//
// Source: tensorflow/core/lib/io/record_writer.cc, tensorboard/compat/proto/{event,summary,histogram}.proto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ramie::train::detail {

// CRC-32 with Castagnoli's polynomial: of "123456789" it is 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);
// A checksum of bytes that hold their own checksum says little; so it is turned and shifted.
std::uint32_t masked_crc32c(std::string_view bytes);

std::string record(std::string_view data);

struct Moment {
  double wall_time;  // seconds since 1970
  std::int64_t step;
};

// The serialised Event: the first of a file, and one for each kind of value.
std::string version_event(double wall_time);
std::string scalar_event(const Moment& at, std::string_view tag, float value);
struct EncodedImage {
  std::int64_t height, width, channels;
  std::string png;
};
std::string image_event(const Moment& at, std::string_view tag, const EncodedImage& image);
struct Histogram {
  double min = 0, max = 0, count = 0, sum = 0, sum_of_squares = 0;
  std::vector<double> right_edges, counts;  // of the buckets; the first begins at min
};
// 30 buckets of equal width from the least to the largest of the values, which are finite; one bucket if they
// are equal, none of no values.
Histogram histogram_of(const std::vector<double>& values);
std::string histogram_event(const Moment& at, std::string_view tag, const Histogram& histogram);

}  // namespace ramie::train::detail
