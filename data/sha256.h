// SHA-256 (FIPS 180-4), for checking downloads.
//
//   data::sha256(bytes);   // "ba7816bf...", 64 lower-case hexadecimal digits
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ramie::data {

std::string sha256(std::span<const std::byte> message);
std::string sha256(std::string_view message);

}  // namespace ramie::data
