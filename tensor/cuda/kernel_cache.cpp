#include <ramie/tensor/cuda/kernel_cache.h>

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include <unistd.h>

namespace ramie::gpu {
namespace {

namespace fs = std::filesystem;

// FNV-1a. With another start it is another hash, for names of 128 bits.
std::uint64_t hash(std::string_view text, std::uint64_t start = 0xcbf29ce484222325) {
  for (const char c : text) start = (start ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return start;
}

std::string head(std::string_view binary) {
  return fmt::format("ramie kernel, {} bytes, sum {:016x}\n", binary.size(), hash(binary));
}

std::optional<std::string> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return {};
  std::string binary{std::istreambuf_iterator<char>(file), {}};
  if (line + "\n" != head(binary)) return {};
  return binary;
}

// Errors are nobody's: the next process compiles again.
void write(const std::string& path, std::string_view binary) {
  static std::atomic<unsigned> count = 0;
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const std::string part = fmt::format("{}.{}.{}", path, getpid(), count.fetch_add(1));
  std::ofstream file(part, std::ios::binary);
  file << head(binary) << binary;
  file.close();
  if (file) fs::rename(part, path, error);
  if (!file || error) fs::remove(part, error);
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

}  // namespace

std::string KernelCache::default_folder() {
  if (const char* chosen = variable("RAMIE_CACHE_DIR")) return chosen;
  if (const char* cache = variable("XDG_CACHE_HOME")) return fmt::format("{}/ramie/kernels", cache);
  if (const char* home = variable("HOME")) return fmt::format("{}/.cache/ramie/kernels", home);
  return "";
}

std::string KernelCache::path(std::string_view depends_on) const {
  return fmt::format("{}/{:016x}{:016x}.kernel", folder_, hash(depends_on), hash(depends_on, hash("second")));
}

std::string KernelCache::get(std::string_view depends_on, const std::function<std::string()>& compile) const {
  if (folder_.empty()) return compile();
  const std::string at = path(depends_on);
  if (auto found = read(at)) return *std::move(found);
  std::string binary = compile();
  write(at, binary);
  return binary;
}

}  // namespace ramie::gpu
