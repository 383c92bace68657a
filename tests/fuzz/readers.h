// What the fuzz targets and the test that replays their corpus call: a reader, given any bytes, must return
// or throw an Error, and nothing else.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <ramie/data/idx.h>
#include <ramie/data/sources/csv.h>
#include <ramie/data/sources/image.h>
#include <ramie/data/sources/npy.h>
#include <ramie/data/sources/npz.h>
#include <ramie/tensor/error.h>

namespace ramie::fuzz {

using Bytes = std::span<const std::uint8_t>;

// A file in memory: readers take paths.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes bytes) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    for (std::size_t done = 0; done < bytes.size();) {
      const auto wrote = ::write(file_, bytes.data() + done, bytes.size() - done);
      if (wrote <= 0) std::abort();
      done += static_cast<std::size_t>(wrote);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

// Whether the reader took the bytes.
template <class F>
bool accepts(Bytes bytes, F read) {
  const MemoryFile file(bytes);
  try {
    read(file.path());
    return true;
  } catch (const Error&) {
    return false;
  }
}

inline bool read_idx(Bytes bytes) {
  return accepts(bytes, [](const auto& path) { data::read_idx(path); });
}

inline bool read_npy(Bytes bytes) {
  return accepts(bytes, [](const auto& path) {
    const Tensor x = data::read_npy(path);
    if (x.rank() == 0) return;
    const data::NpySource source({{"x", path}});
    if (source.size() > 0) source.gather(std::array{source.size() - 1, std::int64_t{0}});
  });
}

inline bool read_npz(Bytes bytes) {
  return accepts(bytes, [](const auto& path) { data::read_npz(path); });
}

// The first byte chooses among the options.
inline bool read_csv(Bytes bytes) {
  if (bytes.empty()) return false;
  const int choice = bytes[0];
  const data::CsvOptions options{.delimiter = (choice & 1) != 0 ? ';' : ',',
                                 .header = (choice & 2) == 0,
                                 .features = (choice & 4) != 0 ? "features" : "",
                                 .allow_nan = (choice & 8) != 0};
  return accepts(bytes.subspan(1), [&](const auto& path) { data::read_csv(path, options); });
}

inline bool read_image(Bytes bytes) {
  return accepts(bytes, [](const auto& path) { data::read_image(path); });
}

struct Reader {
  const char* name;  // of its folder in tests/data/data_module/corpus
  bool (*read)(Bytes);
};
inline constexpr Reader readers[] = {
    {"idx", read_idx}, {"npy", read_npy}, {"npz", read_npz}, {"csv", read_csv}, {"image", read_image}};

}  // namespace ramie::fuzz
