// Where a tensor's bytes are.
#pragma once

#include <compare>
#include <string>

namespace ramie {

enum class DeviceKind : unsigned char { cpu };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;
  auto operator<=>(const Device&) const = default;
};
constexpr Device cpu() { return {}; }
std::string str(Device d);  // "cpu"

// "auto" or "cpu"; an error that lists the choices otherwise.
Device parse_device(const std::string& text);

}  // namespace ramie
