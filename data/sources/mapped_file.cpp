#include <ramie/data/sources/mapped_file.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

MappedFile::MappedFile(std::string_view op, const std::filesystem::path& path) : op_(op), path_(path) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.number < 0 && errno == ENOENT) fail("no such file.");
  if (file.number < 0 || fstat(file.number, &status) != 0)
    fail(fmt::format("cannot be opened: {}.", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) fail("is not a file that can be read.");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;  // which cannot be mapped
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (data == MAP_FAILED) fail(fmt::format("cannot be mapped: {}.", std::strerror(errno)));
  bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::fail(const std::string& what) const {
  ramie::fail(op_, fmt::format("{}: {}", path_.string(), what));
}

}  // namespace ramie::data
