#include <ramie/tensor/error.h>
#include <ramie/train/write_file.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace ramie::train::detail {
namespace {

[[noreturn]] void fail_to_write(std::string_view op, const std::filesystem::path& path,
                                std::error_code error) {
  fail(op, fmt::format("cannot write {}: {}", path.string(), error.message()));
}

std::error_code last_error() { return {errno, std::generic_category()}; }

// A full disk may show at any of the three, so each is asked.
std::error_code write_all(const std::filesystem::path& path, std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return last_error();
  const bool written =
      std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0;
  const std::error_code error = written ? std::error_code() : last_error();
  const bool closed = std::fclose(file) == 0;
  return error || closed ? error : last_error();
}

}  // namespace

void write_file(std::string_view op, const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path partial = path;
  partial += fmt::format(".{}.part", getpid());  // two processes that write the same file do not mix
  std::error_code error = write_all(partial, bytes);
  if (!error) std::filesystem::rename(partial, path, error);
  if (!error) return;
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  fail_to_write(op, path, error);
}

}  // namespace ramie::train::detail
