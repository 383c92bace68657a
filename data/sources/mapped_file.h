// A file's bytes as memory: the system reads pages as they are touched and may drop them again, so that a
// file may be larger than the memory.
//
//   MappedFile file("read_npy", path);
//   file.bytes();                         // std::span<const std::byte>
//   file.fail("too short.");              // "[read_npy] <path>: too short."
//
// The file must not be cut while it is mapped.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ramie::data {

class MappedFile {
 public:
  // `op` opens the text of every error; it must outlive the file. Errors: not there, not a file, may not be
  // read.
  MappedFile(std::string_view op, const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept
      : op_(other.op_), path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  const std::filesystem::path& path() const { return path_; }
  // Throws Error("[op] path: what").
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string_view op_;
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace ramie::data
