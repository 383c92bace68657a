// One file to read, plain or gzipped: zlib reads both through the same door.
//
//   GzFile file("read_idx", path);
//   std::array<std::byte, 4> magic;
//   if (file.read(magic) < 4) file.fail("too short.");   // "[read_idx] <path>: too short."
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct gzFile_s;

namespace ramie::data {

class GzFile {
 public:
  // `op` opens the text of every error; it must outlive the file.
  GzFile(std::string_view op, const std::filesystem::path& path);

  // Fills `to`; returns the bytes read, fewer only at the end of the file. Damaged or cut gzip data is an
  // error.
  std::size_t read(std::span<std::byte> to);
  // The most bytes that this file can possibly unpack to.
  std::uint64_t capacity();
  std::uint64_t file_size() const { return size_; }
  // Throws Error("[op] path: what").
  [[noreturn]] void fail(const std::string& what) const;

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  void check();

  std::string_view op_;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace ramie::data
