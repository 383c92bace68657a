#include <ramie/tensor/error.h>
#include <ramie/train/write_file.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

namespace ramie::train::detail {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop(int error) { throw std::system_error(error, std::generic_category()); }

// A call of the system, again if a signal came between.
template <class F>
auto checked(F call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) stop(errno);
  }
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

// A new file that takes the place of the one of this path, or goes without a trace.
class NewFile {
 public:
  // Two that write the same file, in threads, processes or machines, do not mix.
  explicit NewFile(const fs::path& path) : path_(path), part_(path) {
    part_ += fmt::format(".{:08x}.part", std::random_device()());
    // Without a name nothing is left if the program is killed; not every file system can.
    if (fs::exists("/proc/self/fd")) file_.number = open(folder_of(path).c_str(), O_TMPFILE | flags, mode);
    if (file_.number >= 0) return;
    file_.number = checked([&] { return open(part_.c_str(), O_CREAT | O_EXCL | flags, mode); });
    named_ = true;
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (named_) unlink(part_.c_str());
  }

  int descriptor() const { return file_.number; }
  // A full disk may show at any of these.
  void take_place() {
    checked([&] { return fsync(file_.number); });
    if (!named_) name();
    if (close(std::exchange(file_.number, -1)) != 0 && errno != EINTR) stop(errno);
    checked([&] { return rename(part_.c_str(), path_.c_str()); });
    named_ = false;
  }

 private:
  static constexpr int flags = O_WRONLY | O_CLOEXEC, mode = 0666;

  void name() {
    const std::string here = fmt::format("/proc/self/fd/{}", file_.number);
    checked([&] { return linkat(AT_FDCWD, here.c_str(), AT_FDCWD, part_.c_str(), AT_SYMLINK_FOLLOW); });
    named_ = true;
  }

  fs::path path_, part_;
  Descriptor file_;
  bool named_ = false;  // whether there is a file `part_`
};

void put_all(int file, const std::function<void(const Put&)>& content) {
  content([&](std::string_view bytes) {
    while (!bytes.empty())
      bytes.remove_prefix(
          static_cast<std::size_t>(checked([&] { return ::write(file, bytes.data(), bytes.size()); })));
  });
}

// A pipe or a device, which no file may replace.
void write_into(const fs::path& path, const std::function<void(const Put&)>& content) {
  const Descriptor file{checked([&] { return open(path.c_str(), O_WRONLY | O_CLOEXEC); })};
  put_all(file.number, content);
}

// The new name is in the folder's bytes. A file system that cannot sync a folder has its own ways.
void sync_folder(const fs::path& path) {
  const Descriptor folder{open(folder_of(path).c_str(), O_RDONLY | O_CLOEXEC)};
  if (folder.number >= 0) fsync(folder.number);
}

void replace(const fs::path& path, const std::function<void(const Put&)>& content) {
  const fs::file_status status = fs::status(path);
  if (fs::is_directory(status)) stop(EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_into(path, content);
  // A link stays one.
  const fs::path target = fs::exists(status) && fs::is_symlink(path) ? fs::canonical(path) : path;
  NewFile file(target);
  put_all(file.descriptor(), content);
  file.take_place();
  sync_folder(target);
}

}  // namespace

Descriptor::~Descriptor() {
  if (number >= 0) close(number);
}

void write_file(std::string_view op, const fs::path& path,
                const std::function<void(const Put& put)>& content) {
  try {
    replace(path, content);
  } catch (const std::system_error& error) {
    fail(op, fmt::format("cannot write {}: {}", path.string(), error.code().message()));
  }
}

void write_file(std::string_view op, const fs::path& path, std::string_view bytes) {
  write_file(op, path, [&](const Put& put) { put(bytes); });
}

}  // namespace ramie::train::detail
