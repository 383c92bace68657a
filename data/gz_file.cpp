#include <ramie/data/gz_file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <zlib.h>

#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Deflate cannot compress by more than about 1032 : 1.
constexpr std::uint64_t max_expansion = 1040;

}  // namespace

GzFile::GzFile(std::string_view op, const std::filesystem::path& path) : op_(op), path_(path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) fail("no such file.");
  if (!std::filesystem::is_regular_file(status)) fail("is not a file that can be read.");
  size_ = std::filesystem::file_size(path, error);
  file_.reset(gzopen(path.c_str(), "rb"));
  if (error || !file_) fail(fmt::format("cannot be opened: {}.", std::strerror(errno)));
  gzbuffer(file_.get(), 1 << 17);
}

std::size_t GzFile::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const auto step = static_cast<unsigned>(std::min<std::size_t>(to.size() - done, 1u << 30));
    const int got = gzread(file_.get(), to.data() + done, step);
    check();
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::uint64_t GzFile::capacity() { return gzdirect(file_.get()) != 0 ? size_ : size_ * max_expansion; }

void GzFile::check() {
  int code = Z_OK;
  const char* text = gzerror(file_.get(), &code);
  if (code == Z_OK || code == Z_STREAM_END) return;
  if (code == Z_BUF_ERROR) fail("the gzip data is cut short: copy or download the file again.");
  if (code == Z_ERRNO) fail(fmt::format("cannot be read: {}.", std::strerror(errno)));
  // zlib's text repeats the path before a colon.
  const std::string_view reason = text;
  const auto colon = reason.rfind(": ");
  fail(fmt::format("the gzip data is damaged ({}): copy or download the file again.",
                   colon == std::string_view::npos ? reason : reason.substr(colon + 2)));
}

void GzFile::fail(const std::string& what) const {
  ramie::fail(op_, fmt::format("{}: {}", path_.string(), what));
}

void GzFile::Close::operator()(gzFile_s* file) const { gzclose(file); }

}  // namespace ramie::data
