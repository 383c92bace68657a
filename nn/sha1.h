// SHA-1, for keys that follow from names (linen.h); not for secrets.
//
//   nn::sha1("abc")[0];   // 0xa9993e36
//
// Source: RFC 3174.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ramie::nn {

// The five words of the digest.
std::array<std::uint32_t, 5> sha1(std::string_view message);

}  // namespace ramie::nn
