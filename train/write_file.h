// Writes a whole file or leaves the old one.
//
//   write_file("figure", "loss.png", bytes);
//   write_file("save", "big.bin", [&](const Put& put) { put(header); put(values); });
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace ramie::train::detail {

// An open file of the system's, which is closed with it.
struct Descriptor {
  int number = -1;
  ~Descriptor();
};

// Writes beside `path` and renames, so that a reader sees the old or the new file and never a part, even if
// the machine stops meanwhile: bytes reach the disk before the name does. Of several that write the same file
// at once the last wins. What is written so far has no name, so that a killed program leaves nothing (on file
// systems that cannot have such, NFS for one, a file "<name>.<8 digits>.part"). Pipes and devices are written
// to; links are followed. Throws Error "[op] cannot write loss.png: No space left on device"; makes no
// folders.
void write_file(std::string_view op, const std::filesystem::path& path, std::string_view bytes);

// The same of a file in pieces, which need not be in memory together.
using Put = std::function<void(std::string_view bytes)>;
void write_file(std::string_view op, const std::filesystem::path& path,
                const std::function<void(const Put& put)>& content);

}  // namespace ramie::train::detail
