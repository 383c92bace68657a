// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace ramie::nn::detail {

std::string grouped(std::int64_t n);     // 824,458
std::string bytes_text(double bytes);    // 3.3 MB
std::string amount_text(double amount);  // 14.5 M

}  // namespace ramie::nn::detail
