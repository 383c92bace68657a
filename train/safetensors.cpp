#include <ramie/train/safetensors.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include <ramie/data/rows.h>
#include <ramie/data/sources/npy_format.h>
#include <ramie/tensor/error.h>
#include <ramie/train/safetensors_header.h>
#include <ramie/train/write_file.h>

namespace ramie::train {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's values are little-endian");

std::string_view bytes_of(const Tensor& dense) {
  return {reinterpret_cast<const char*>(dense.view().data), dense.layout().bytes()};
}

// Read and not mapped: who cuts the file meanwhile, or a disk that fails, would end the program.
class File {
 public:
  explicit File(const std::filesystem::path& path)
      : path_(path), file_{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {
    struct stat status {};
    if (file_.number < 0 && errno == ENOENT) fail("no such file.");
    if (file_.number < 0 || fstat(file_.number, &status) != 0) fail_to("opened");
    if (!S_ISREG(status.st_mode)) fail("is not a file that can be read.");
    size_ = static_cast<std::size_t>(status.st_size);
  }

  std::size_t size() const { return size_; }
  void read(std::size_t begin, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = pread(file_.number, bytes.data(), bytes.size(), static_cast<off_t>(begin));
      if (n == 0) fail("was cut short while it was read.");
      if (n < 0 && errno != EINTR) fail_to("read");
      if (n < 0) continue;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      begin += static_cast<std::size_t>(n);
    }
  }
  std::string text(std::size_t begin, std::size_t size) const {
    std::string bytes(size, '\0');
    read(begin, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }
  [[noreturn]] void fail(const std::string& what) const {
    ramie::fail("load_safetensors", fmt::format("{}: {}", path_.string(), what));
  }

 private:
  [[noreturn]] void fail_to(const char* be) const {
    fail(fmt::format("cannot be {}: {}.", be, std::strerror(errno)));
  }
  std::filesystem::path path_;
  detail::Descriptor file_;
  std::size_t size_ = 0;
};

Tensor tensor_of(const Layout& layout, const File& file, std::size_t begin) {
  Tensor x = Tensor::empty(layout);
  const std::span bytes(x.view().data, layout.bytes());
  file.read(begin, bytes);
  if (layout.dtype == bool_) data::make_boolean(bytes);
  return x;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const nn::State& tensors, const Metadata& metadata) {
  std::map<std::string_view, const Tensor*> values;
  for (const auto& [name, value] : tensors) values.emplace(name, &value);
  const auto order = detail::safetensors_order(tensors);
  const std::string front = detail::safetensors_front(order, metadata);
  detail::write_file("save_safetensors", path, [&](const detail::Put& put) {
    put(front);
    for (const auto& stored : order) put(bytes_of(data::dense(*values[stored.name])));
  });
}

Safetensors load_safetensors(const std::filesystem::path& path) {
  const File file(path);
  const detail::Fail fail = [&](const std::string& what) { file.fail(what); };
  const std::string front = file.text(0, std::min<std::size_t>(8, file.size()));
  const std::size_t length = detail::safetensors_header_length(front, file.size(), fail);
  auto header = detail::parse_safetensors_header(file.text(front.size(), length), file.size(), fail);
  Safetensors loaded{{}, std::move(header.metadata)};
  for (auto& [name, layout, begin] : header.tensors)
    loaded.tensors.add(std::move(name), tensor_of(layout, file, header.size + begin));
  return loaded;
}

}  // namespace ramie::train
