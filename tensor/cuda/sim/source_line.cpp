// The source line of an address, from binutils' addr2line. Only used where a report is written.
#include <dlfcn.h>

#include <cstdint>

#include <cstdio>
#include <memory>
#include <string>

#include <ramie/tensor/cuda/sim/race.h>

namespace ramie::sim {
namespace {

std::string first_line_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  char line[1024] = "";
  if (!pipe || !std::fgets(line, sizeof line, pipe.get())) return "";
  const std::string text = line;
  return text.substr(0, text.find_first_of(" \n"));  // without "(discriminator 3)"
}

std::string hexadecimal(std::size_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%zx", value);
  return text;
}

}  // namespace

std::string source_line(const void* pc) {
  const auto* before = static_cast<const char*>(pc) - 1;  // in the call, not behind it
  Dl_info file{};
  dladdr(before, &file);
  const auto base = reinterpret_cast<std::uintptr_t>(file.dli_fbase);
  const bool position_independent = base > 0x10000000;
  const auto address = reinterpret_cast<std::uintptr_t>(before) - (position_independent ? base : 0);
  const std::string name = file.dli_fname ? file.dli_fname : "";
  const std::string line =
      first_line_of("addr2line -e '" + name + "' " + hexadecimal(address) + " 2>/dev/null");
  return line.empty() || line[0] == '?' ? hexadecimal(address) : line;
}

}  // namespace ramie::sim
