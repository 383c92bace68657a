#include <ramie/tensor/error.h>
#include <ramie/train/write_file.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace ramie::train::detail {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void check(bool good) {
  if (!good) throw std::system_error(errno, std::generic_category());
}

// A full disk may show at any of the four, so each is asked.
void write_all(const fs::path& path, const std::function<void(const Put&)>& content) {
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wbe"));
  check(file != nullptr);
  content([&](std::string_view bytes) {
    check(std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size());
  });
  check(std::fflush(file.get()) == 0);
  check(fsync(fileno(file.get())) == 0);
  check(std::fclose(file.release()) == 0);
}

// The new name is in the folder's bytes. A file system that cannot sync a folder has its own ways.
void sync_folder(const fs::path& path) {
  const int folder = open(path.has_parent_path() ? path.parent_path().c_str() : ".", O_RDONLY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

// Removes the part unless the file is whole.
struct Partial {
  fs::path path;
  ~Partial() {
    std::error_code ignored;
    if (!path.empty()) fs::remove(path, ignored);
  }
};

}  // namespace

void write_file(std::string_view op, const fs::path& path,
                const std::function<void(const Put& put)>& content) {
  Partial partial{path};
  partial.path += fmt::format(".{}.part", getpid());  // two processes that write the same file do not mix
  try {
    write_all(partial.path, content);
    fs::rename(partial.path, path);
  } catch (const std::system_error& error) {
    fail(op, fmt::format("cannot write {}: {}", path.string(), error.code().message()));
  }
  partial.path.clear();
  sync_folder(path);
}

void write_file(std::string_view op, const fs::path& path, std::string_view bytes) {
  write_file(op, path, [&](const Put& put) { put(bytes); });
}

}  // namespace ramie::train::detail
