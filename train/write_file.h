// Writes a whole file or leaves the old one.
//
//   write_file("figure", "loss.png", bytes);
#pragma once

#include <filesystem>
#include <string_view>

namespace ramie::train::detail {

// Writes beside `path` and renames, so that a reader sees the old or the new file and never a part. Throws
// Error
// "[op] cannot write loss.png: No space left on device"; makes no folders.
void write_file(std::string_view op, const std::filesystem::path& path, std::string_view bytes);

}  // namespace ramie::train::detail
