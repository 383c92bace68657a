#include <cstdlib>
#include <string>
#include <string_view>

#include <ramie/tensor/cuda/sim/settings.h>
#include <ramie/tensor/error.h>

namespace ramie::sim {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const std::string_view text = variable(name);
  return text.empty() ? otherwise : std::strtoull(text.data(), nullptr, 10);
}

bool is(const char* name, std::string_view value) { return variable(name) == value; }

Order order() {
  if (is("RAMIE_SIM_ORDER", "reverse")) return Order::reverse;
  if (is("RAMIE_SIM_ORDER", "random")) return Order::random;
  if (is("RAMIE_SIM_ORDER", "forward") || is("RAMIE_SIM_ORDER", "")) return Order::forward;
  fail("cuda", "RAMIE_SIM_ORDER is forward, reverse or random.");
}

Settings read() {
  Settings s;
  s.order = order();
  s.seed = number("RAMIE_SIM_SEED", s.seed);
  s.lazy_streams = is("RAMIE_SIM_STREAMS", "lazy");
  s.devices = static_cast<int>(number("RAMIE_SIM_DEVICES", 1));
  s.memory = number("RAMIE_SIM_MEMORY", s.memory);
  return s;
}

}  // namespace

Settings& settings() {
  static Settings s = read();
  return s;
}

}  // namespace ramie::sim
