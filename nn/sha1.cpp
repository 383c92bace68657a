#include <ramie/nn/sha1.h>

#include <bit>
#include <string>

namespace ramie::nn {
namespace {

using Words = std::array<std::uint32_t, 5>;

// A one bit, zeros, and the length in bits as a big-endian uint64, to whole blocks of 64 bytes.
std::string padded(std::string_view message) {
  std::string out(message);
  out += '\x80';
  out.resize((out.size() + 8 + 63) / 64 * 64 - 8);
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(std::uint64_t{message.size()} * 8 >> shift);
  return out;
}

std::array<std::uint32_t, 80> schedule(std::string_view block) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 64; ++i) w[i / 4] = w[i / 4] << 8 | static_cast<unsigned char>(block[i]);
  for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  return w;
}

std::uint32_t mixed(std::size_t round, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  switch (round / 20) {
    case 0:
      return ((b & c) | (~b & d)) + 0x5a827999;
    case 1:
      return (b ^ c ^ d) + 0x6ed9eba1;
    case 2:
      return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default:
      return (b ^ c ^ d) + 0xca62c1d6;
  }
}

void compress(Words& state, std::string_view block) {
  const auto w = schedule(block);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    const std::uint32_t next = std::rotl(a, 5) + mixed(i, b, c, d) + e + w[i];
    e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
  }
  const Words add = {a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) state[i] += add[i];
}

}  // namespace

Words sha1(std::string_view message) {
  Words state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::string blocks = padded(message);
  for (std::size_t at = 0; at < blocks.size(); at += 64)
    compress(state, std::string_view(blocks).substr(at, 64));
  return state;
}

}  // namespace ramie::nn
