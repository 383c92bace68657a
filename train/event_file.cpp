#include <ramie/train/event_file.h>

#include <algorithm>
#include <array>
#include <bit>

namespace ramie::train::detail {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
  return table;
}();

template <class T>
std::string little_endian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

// A protocol buffer, field by field.
class Message {
 public:
  Message& whole(int field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real(int field, double value) {
    key(field, 1);
    bytes_ += little_endian(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real32(int field, float value) {
    key(field, 5);
    bytes_ += little_endian(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  Message& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  Message& reals(int field, const std::vector<double>& values) {
    std::string packed;
    for (const double v : values) packed += little_endian(std::bit_cast<std::uint64_t>(v));
    return text(field, packed);
  }
  std::string bytes() const { return bytes_; }

 private:
  void key(int field, int type) { varint(static_cast<std::uint64_t>(field << 3 | type)); }
  void varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>((value & 127) | 128);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

std::string summary_event(const Moment& at, std::string_view tag, const Message& value) {
  const Message summary = Message().text(1, Message().text(1, tag).bytes() + value.bytes());
  return Message().real(1, at.wall_time).whole(2, at.step).message(5, summary).bytes();
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const unsigned char byte : bytes) crc = crc >> 8 ^ crc_table[(crc ^ byte) & 255];
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u; }

std::string record(std::string_view data) {
  std::string bytes = little_endian(std::uint64_t{data.size()});
  bytes += little_endian(masked_crc32c(bytes));
  bytes += data;
  return bytes + little_endian(masked_crc32c(data));
}

std::string version_event(double wall_time) {
  return Message().real(1, wall_time).text(3, "brain.Event:2").bytes();
}

std::string scalar_event(const Moment& at, std::string_view tag, float value) {
  return summary_event(at, tag, Message().real32(2, value));
}

std::string image_event(const Moment& at, std::string_view tag, const EncodedImage& image) {
  return summary_event(at, tag,
                       Message().message(4, Message()
                                                .whole(1, image.height)
                                                .whole(2, image.width)
                                                .whole(3, image.channels)
                                                .text(4, image.png)));
}

Histogram histogram_of(const std::vector<double>& values) {
  Histogram h;
  if (values.empty()) return h;
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  h.min = *least, h.max = *largest;
  // Halves, so that the distance between the ends of double does not overflow.
  const double range = h.max / 2 - h.min / 2;
  const std::size_t buckets = range > 0 ? 30 : 1;
  const double width = range / static_cast<double>(buckets) * 2;
  for (std::size_t i = 1; i < buckets; ++i) h.right_edges.push_back(h.min + width * static_cast<double>(i));
  h.right_edges.push_back(h.max);
  h.counts.resize(buckets);
  for (const double x : values) {
    const double place = buckets == 1 ? 0 : (x / 2 - h.min / 2) / range * static_cast<double>(buckets);
    ++h.counts[std::min(static_cast<std::size_t>(place), buckets - 1)];
    h.sum += x, h.sum_of_squares += x * x;
  }
  h.count = static_cast<double>(values.size());
  return h;
}

std::string histogram_event(const Moment& at, std::string_view tag, const Histogram& h) {
  return summary_event(at, tag,
                       Message().message(5, Message()
                                                .real(1, h.min)
                                                .real(2, h.max)
                                                .real(3, h.count)
                                                .real(4, h.sum)
                                                .real(5, h.sum_of_squares)
                                                .reals(6, h.right_edges)
                                                .reals(7, h.counts)));
}

}  // namespace ramie::train::detail
