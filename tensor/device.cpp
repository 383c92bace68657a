#include <ramie/tensor/device.h>

#include <ramie/tensor/error.h>

namespace ramie {

std::string str(Device) { return "cpu"; }

Device parse_device(const std::string& text) {
  if (text == "auto" || text == "cpu") return cpu();
  fail("device", "'" + text + "' is not here: this build knows 'auto' and 'cpu'.");
}

}  // namespace ramie
