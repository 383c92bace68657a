#include <ramie/data/idx.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/gz_file.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

constexpr std::size_t first_block = std::size_t{1} << 20;

struct Header {
  DType dtype = uint8;
  std::vector<std::int64_t> shape;
};

std::string str(const Header& h) { return fmt::format("{}[{}]", name(h.dtype), fmt::join(h.shape, ",")); }

std::optional<DType> dtype_of_code(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return uint8;
    case 0x09:
      return int8;
    case 0x0B:
      return int16;
    case 0x0C:
      return int32;
    case 0x0D:
      return float32;
    case 0x0E:
      return float64;
  }
  return {};
}

std::uint32_t big_endian(const std::array<std::byte, 4>& bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint32_t>(b);
  return value;
}

Header read_header(GzFile& file) {
  std::array<std::byte, 4> word{};
  if (file.read(word) < 4) file.fail("too short for an IDX file: it has no magic number.");
  const auto dtype = dtype_of_code(word[2]);
  if (word[0] != std::byte{} || word[1] != std::byte{} || !dtype) {
    file.fail(
        fmt::format("not an IDX file: it starts with {:08x} but the format wants 0000, a type (08, 09, "
                    "0b..0e) and the number of axes.",
                    big_endian(word)));
  }
  Header header{*dtype, {}};
  for (int axes = std::to_integer<int>(word[3]); axes > 0; --axes) {
    if (file.read(word) < 4) file.fail("the header is cut short.");
    header.shape.push_back(big_endian(word));
  }
  if (header.shape.size() > max_rank) {
    file.fail(fmt::format("{} axes, but a tensor has at most {}.", header.shape.size(), max_rank));
  }
  return header;
}

// Bytes that the header promises; the largest number instead of an overflow.
std::uint64_t promised_bytes(const Header& header) {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  if (std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end()) return 0;
  std::uint64_t bytes = size_of(header.dtype);
  for (const auto extent : header.shape) {
    const auto n = static_cast<std::uint64_t>(extent);
    bytes = bytes > max / n ? max : bytes * n;
  }
  return bytes;
}

// Grows with what really arrives, so that a lying header cannot make it allocate.
std::vector<std::byte> read_values(GzFile& file, const Header& header) {
  const auto promised = promised_bytes(header);
  if (promised > file.capacity()) {
    file.fail(fmt::format("the header promises {}, more than a file of {} bytes can hold.", str(header),
                          file.file_size()));
  }
  std::vector<std::byte> bytes;
  while (bytes.size() < promised) {
    const auto have = bytes.size();
    bytes.resize(std::min<std::uint64_t>(promised, std::max(first_block, 2 * have)));
    const auto got = file.read(std::span(bytes).subspan(have));
    if (have + got == bytes.size()) continue;
    file.fail(fmt::format("the header promises {} ({} bytes) but only {} follow.", str(header), promised,
                          have + got));
  }
  return bytes;
}

// Reading past the values also makes zlib compare the checksum.
void expect_end(GzFile& file, const Header& header) {
  std::array<std::byte, 1> extra{};
  if (file.read(extra) != 0) file.fail(fmt::format("more bytes follow than {} needs.", str(header)));
}

void to_host_order(std::byte* data, std::size_t size, std::size_t item) {
  if (std::endian::native == std::endian::big || item == 1) return;
  for (std::byte* end = data + size; data != end; data += item) std::reverse(data, data + item);
}

}  // namespace

Tensor read_idx(const std::filesystem::path& path) {
  GzFile file("read_idx", path);
  const Header header = read_header(file);
  const auto bytes = read_values(file, header);
  expect_end(file, header);
  Tensor x = Tensor::empty({header.dtype, Shape(header.shape)});
  std::copy(bytes.begin(), bytes.end(), x.view().data);
  to_host_order(x.view().data, bytes.size(), size_of(header.dtype));
  return x;
}

}  // namespace ramie::data
