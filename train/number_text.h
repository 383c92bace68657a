// Numbers in tables as people read them; "-" where there is none (NaN).
#pragma once

#include <cstdint>
#include <string>

namespace ramie::train::detail {

std::string value_text(double value);         // 0.9834, 3.142e-05, 1.200e+07, inf
std::string count_text(std::int64_t count);   // 421,642
std::string short_count(std::int64_t count);  // 421.6K, 1.2M
std::string size_text(double bytes);          // 1.7 MB
std::string duration_text(double seconds);    // 85 ms, 42.3 s, 5m 12s, 1h 02m 03s
std::string percent_text(double percent);     // 12.5%, <0.1%, 1,234%, 1.2e+07%; of a size: no sign

}  // namespace ramie::train::detail
